"""The first place: the deck of workflow cards."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, ClassVar

from textual.app import ComposeResult
from textual.binding import Binding

from tui.core.plain import one_line
from tui.dashboard.detail import detail_rows
from tui.dashboard.efforts import why_no_levels
from tui.dashboard.key import Scope
from tui.dashboard.keymap import bindings
from tui.dashboard.screens.list_place import CardPlace
from tui.dashboard.state import Card, Change, Keepsake
from tui.dashboard.widgets.pane import Pane

if TYPE_CHECKING:
    from tui.core.run import Run
    from tui.dashboard.desk import Desk
    from tui.dashboard.filing import Filed
    from tui.dashboard.making import Maker

_OF_A_CARD = frozenset({"pick_model", "effort", "start", "plan", "why", "open", "output", "edit"})
"""Actions that need a card."""


class Workflows(CardPlace):
    """Cards with their model, and all that can be done with one."""

    BINDINGS: ClassVar[list[Binding]] = bindings("list", "workflows")  # type: ignore[assignment]
    PLACE = "workflows"
    FOOT: ClassVar[tuple[Scope, ...]] = ("workflows", "everywhere")
    FILTER = "part of a title"
    OPENS = frozenset(
        {"pick_model", "start", "plan", "open", "output", "why", "edit", "default_model", "menu", "trust"}
    )
    ASKS = frozenset({"effort", "favourite"})

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk)
        self._filter = ""
        self._made: Maker | None = None
        """What makes defaults, when it is first needed."""

    def body(self) -> ComposeResult:
        """The deck, and beside it what is known of the focused card."""
        yield from self.cards()

    @property
    def card(self) -> Card | None:
        """The focused card."""
        shown = self.deck.card
        return shown if isinstance(shown, Card) else None

    @property
    def ready(self) -> bool:
        """The cards are painted too."""
        return super().ready and (self.card is not None or not self.desk.state.cards)

    def subject(self, action: str) -> str | None:
        """The focused card, also one that is only remembered."""
        if action not in _OF_A_CARD | self.ASKS:
            return ""
        shown = self.deck.card if self.is_mounted else None
        return shown.name if shown is not None else None

    def paint(self, changes: frozenset[Change]) -> None:
        """The cards that changed, and the detail pane."""
        state = self.desk.state
        if changes & {"deck", "status", "runs"}:
            wanted = self._filter.lower()
            shown: list[Card] | list[Keepsake] = state.cards or state.keepsakes
            now = state.now()
            cards = [card for card in shown if not wanted or wanted in f"{card.face(now).title} {card.name}".lower()]
            self.deck.deal(cards, stale=state.as_of is not None or bool(state.keepsakes), empty=self._empty())
        elif "clock" in changes:
            self.deck.touch(live_alone=True)
        self._paint_detail()

    def _empty(self) -> str:
        """What a deck without cards says."""
        status = self.desk.state.status
        if status is not None and status.on_shipped_defaults:
            return "No workflows: your configuration can't be used, and the shipped defaults have none."
        if self._filter:
            return f'No title holds "{self._filter}". {self.desk.key("unfilter")} shows all cards again.'
        if self.desk.state.line == "apart" and self.desk.state.why_apart:
            return one_line(self.desk.state.why_apart, 2000)
        if self.desk.state.line != "connected":
            return "The deck is read as soon as the executor answers."
        return "No workflows here yet: write one under workflows: in the configuration, or try `modeldeck demo`."

    def _paint_detail(self) -> None:
        self.query_one("#detail", Pane).tell(lambda width: detail_rows(self.desk.state, self.card, width))

    def follow(self) -> None:
        """The detail pane and the footer follow the focus."""
        super().follow()
        self._paint_detail()

    def sift(self, text: str) -> None:
        """Show the cards whose titles hold it."""
        self._filter = text
        self.paint(frozenset({"deck"}))

    def works(self, action: str) -> bool:
        """Keys that make no sense for the focused card are not offered."""
        if not self.is_mounted:
            return True
        card, status = self.card, self.desk.state.status
        needs: dict[str, bool] = {
            "cancel": card is not None and card.live,
            "output": card is not None and card.run is not None,
            "inherit": card is not None and (card.pick, card.effort) != (None, None),
            "favourite": card is not None and status is not None and bool(status.favourites),
            "unfilter": self.filtering,
            "trust": status is not None and not status.trusted,
            "undo": bool(self.desk.written),
        }
        return needs.get(action, card is not None or action not in _OF_A_CARD)

    # The model ---------------------------------------------------------------------------------------------------

    def action_favourite(self, by: int) -> None:
        """Step through inherit and the favourites."""
        card, status = self.card, self.desk.state.status
        if card is None or status is None:
            return
        ring = [None, *status.favourites]
        at = ring.index(card.pick) if card.pick in ring else 0
        taken = ring[(at + by) % len(ring)]
        if taken != card.pick:  # else its effort would be lost for nothing
            self.guarded(self.desk.pick(card, taken))

    def action_inherit(self) -> None:
        """Nothing picked."""
        if self.card is not None:
            self.guarded(self.desk.pick(self.card, None))

    def action_effort(self) -> None:
        """The next effort level that the card's model is known to have."""
        work = self.desk.next_effort(self.card) if self.card is not None else None
        if work is None:
            plan = self.card.plan if self.card is not None else None
            self.hint(why_no_levels(plan, self.desk.state.providers) if plan is not None else "Not known yet")
        else:
            self.guarded(work)

    def action_pick_model(self) -> None:
        """Open the picker for this card."""
        from tui.dashboard.screens.picker import Picker  # noqa: PLC0415  # not needed before the first paint

        card = self.card
        if card is None:
            return

        def taken(answer: tuple[str | None] | None) -> None:
            if answer is not None:
                self.guarded(self.desk.pick(card, answer[0]))

        async def preview(selector: str | None) -> Run | None:
            return await self.desk.plan(replace(self.desk.request(card), model=selector, effort=None, dry_run=True))

        default = self._maker.of(card)
        picker = Picker(self.desk, card.item.title, card.pick, preview, default=default, running=card.live)
        self.app.push_screen(picker, taken)

    @property
    def _maker(self) -> Maker:
        from tui.dashboard.making import Maker  # noqa: PLC0415  # not needed before the first paint

        if self._made is None:
            self._made = Maker(self.desk, self._tell)
        return self._made

    def action_edit(self) -> None:
        """The default of each stage, in the file that defines the workflow."""
        from tui.dashboard.defaults import editable  # noqa: PLC0415  # not needed before the first paint
        from tui.dashboard.screens.workflow_editor import WorkflowEditor  # noqa: PLC0415  # nor is this

        card = self.card
        if card is None or self.desk.stray.doubled(f"edit {card.name}"):
            return
        why_not = editable(card.item)
        if why_not is not None:
            self.hint(why_not)
        else:
            self.app.push_screen(WorkflowEditor(self.desk, card.item))

    def action_default_model(self) -> None:
        """The person's own default, in their own file."""
        from tui.dashboard.making import OF_A_PERSON  # noqa: PLC0415  # not needed before the first paint
        from tui.dashboard.screens.picker import Picker  # noqa: PLC0415  # not needed before the first paint

        def taken(answer: tuple[str | None] | None) -> None:
            if answer is not None:
                self.guarded(self._maker.make_own(answer[0]))

        async def preview(selector: str | None) -> Run | None:
            return None  # what it comes to depends on who does the work

        own = self._maker.own
        self.app.push_screen(Picker(self.desk, "your default", None, preview, first=OF_A_PERSON, current=own), taken)

    def action_undo(self) -> None:
        """Put back what the last default replaced."""
        if not self.desk.stray.doubled("undo default"):
            self.guarded(self._maker.undo())

    def _tell(self, sentence: str) -> None:
        self.app.notify(one_line(sentence), timeout=8, markup=False)
        self.tell_keys()

    # Starting and ending -----------------------------------------------------------------------------------------

    def action_start(self) -> None:
        """Say what to do, then start."""
        self._open_start(write=True)

    def action_plan(self) -> None:
        """The plan, to read first."""
        self._open_start(write=False)

    def _open_start(self, *, write: bool) -> None:
        from tui.dashboard.screens.start import StartDialog  # noqa: PLC0415  # not needed before the first paint

        card = self.card
        if card is None or self.desk.stray.doubled(f"open {card.name}"):
            return
        if not card.item.runnable:
            self.hint(one_line(card.item.why_not or "it can not run here"))
            return
        if write and self.desk.state.trusted is False:
            key = self.desk.key("trust")
            self.hint(f"this folder is not trusted: nothing of it runs. {key} shows what it would run, and trusts it")
            return
        self.app.push_screen(
            StartDialog(self.desk, card.item.title, self.desk.request(card), card.plan, write=write), self.open_run
        )

    def action_menu(self) -> None:
        """What can be created."""
        from tui.dashboard.screens.create import CreateMenu  # noqa: PLC0415  # not needed before the first paint

        if not self.desk.stray.doubled("menu"):
            card = self.card
            workflow = card.item if card is not None and self._maker.of(card) is not None else None
            self.app.push_screen(CreateMenu(self.desk, workflow=workflow), self._stored)

    def _stored(self, filed: Filed | None) -> None:
        if filed is not None and filed.task_id is None:
            key = self.desk.key("specs")
            self.app.notify(f"Spec {one_line(filed.spec_id)} is stored; {key} shows it", timeout=6, markup=False)
        self.open_run(filed.task_id if filed is not None else None)

    def action_open(self) -> None:
        """The newest run of this workflow; where there is none, its plan."""
        card = self.card
        if card is None:
            return
        task_id = card.run.task_id if card.run else card.item.last.task_id if card.item.last else None
        if task_id is None:
            self.action_plan()
        else:
            self.open_run(task_id)

    def action_output(self) -> None:
        """What the newest run wrote."""
        self.action_open()

    def action_why(self) -> None:
        """What each tier said, for every stage."""
        from tui.core.verbs import List  # noqa: PLC0415  # not needed before the first paint
        from tui.dashboard.screens.trace import TraceScreen  # noqa: PLC0415  # not needed before the first paint

        card = self.card
        if card is not None:
            request = replace(self.desk.request(card), dry_run=True)
            project = str(self.desk.state.project)
            self.app.push_screen(
                TraceScreen(
                    self.desk,
                    one_line(card.item.title),
                    List(view="trace", project=project, requests=(request,)),
                )
            )

    def action_trust(self) -> None:
        """Look at what the folder would run."""
        from tui.dashboard.screens.trust import TrustScreen  # noqa: PLC0415  # not needed before the first paint

        if self.desk.open_trust is None:
            self.hint("trust this folder with `modeldeck trust`")
        elif not self.desk.stray.doubled("trust"):
            self.app.push_screen(TrustScreen(self.desk, self.desk.open_trust()))

    def action_cancel(self) -> None:
        """End the card's run, when asked twice."""
        card = self.card
        if card is not None and card.run is not None:
            self.cancel_run(card.run.task_id, "cancel", f"the run of {card.item.title}")
