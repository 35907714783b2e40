"""The first place: the deck of workflow cards."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, ClassVar

from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Horizontal

from tui.core.plain import one_line
from tui.dashboard.detail import detail_rows
from tui.dashboard.keymap import Scope, bindings
from tui.dashboard.screens.place import EVERYTHING, Place
from tui.dashboard.state import Card, Change, Keepsake
from tui.dashboard.widgets.deck import Deck
from tui.dashboard.widgets.pane import Pane

if TYPE_CHECKING:
    from textual.widgets import Input

    from tui.core.run import Run
    from tui.dashboard.desk import Desk

_OF_A_CARD = frozenset({"pick_model", "effort", "start", "plan", "why", "open"})
"""Actions that need a card."""


class Workflows(Place):
    """Cards with their model, and all that can be done with one."""

    BINDINGS: ClassVar[list[Binding]] = bindings("list", "workflows")  # type: ignore[assignment]
    PLACE = "workflows"
    FOOT: ClassVar[tuple[Scope, ...]] = ("workflows", "everywhere")

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk)
        self._filter = ""

    def body(self) -> ComposeResult:
        """The deck, and beside it what is known of the focused card."""
        with Horizontal(id="body"):
            yield Deck(self.desk.state.now, id="deck")
            yield Pane(id="detail")

    @property
    def deck(self) -> Deck:
        """The deck."""
        return self.query_one("#deck", Deck)

    @property
    def card(self) -> Card | None:
        """The focused card."""
        shown = self.deck.card
        return shown if isinstance(shown, Card) else None

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
        if self._filter:
            return f'No title holds "{self._filter}". {self.desk.key("unfilter")} shows all cards again.'
        if self.desk.state.line == "apart" and self.desk.state.why_apart:
            return one_line(self.desk.state.why_apart, 2000)
        if self.desk.state.line != "connected":
            return "The deck is read as soon as the executor answers."
        return "No workflows here yet: write one under workflows: in the configuration, or try `modeldeck demo`."

    def _paint_detail(self) -> None:
        self.query_one("#detail", Pane).tell(lambda width: detail_rows(self.desk.state, self.card, width))

    def _follow(self) -> None:
        """The detail pane and the footer follow the focus."""
        self.tell_keys()
        self._paint_detail()

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
            "unfilter": bool(self.query("#filter")),
            "trust": status is not None and not status.trusted,
        }
        return needs.get(action, card is not None or action not in _OF_A_CARD)

    # Moving ------------------------------------------------------------------------------------------------------

    def action_move(self, by: int) -> None:
        """The next card, or the one before."""
        self.deck.move(by)
        self._follow()

    def action_page(self, direction: int) -> None:
        """A page of cards."""
        self.deck.page(direction)
        self._follow()

    def action_edge(self, direction: int) -> None:
        """The first card, or the last."""
        self.deck.edge(direction)
        self._follow()

    # Filtering ---------------------------------------------------------------------------------------------------

    async def action_filter(self) -> None:
        """Open the filter, or go back to it."""
        from textual.widgets import Input  # noqa: PLC0415  # not needed before the first paint

        if not self.query("#filter"):
            await self.mount(Input(placeholder="part of a title", id="filter", compact=True), before="#body")
        self.set_focus(self.query_one("#filter", Input))  # at once: the next letter is the filter's
        self.tell_keys()

    def typed_early(self, text: str) -> bool:
        """Letters right behind the filter's key are for the filter: as keys they could start something."""
        if self.focused is None or self.focused.id != "filter":
            return False
        from textual.widgets import Input  # noqa: PLC0415  # not needed before the first paint

        self.query_one("#filter", Input).insert_text_at_cursor(text)
        return True

    def on_input_changed(self, event: Input.Changed) -> None:
        """Show what matches."""
        self._filter = event.value
        self.paint(frozenset({"deck"}))

    def on_input_submitted(self) -> None:
        """The keys are the deck's again; the filter stays."""
        self.set_focus(None)
        self.tell_keys()

    async def action_unfilter(self) -> None:
        """All cards."""
        self._filter = ""
        await self.query("#filter").remove()
        self.redraw(EVERYTHING)

    # The model ---------------------------------------------------------------------------------------------------

    def action_favourite(self, by: int) -> None:
        """Step through inherit and the favourites."""
        card, status = self.card, self.desk.state.status
        if card is None or status is None:
            return
        ring = [None, *status.favourites]
        at = ring.index(card.pick) if card.pick in ring else 0
        self.guarded(self.desk.pick(card, ring[(at + by) % len(ring)]))

    def action_inherit(self) -> None:
        """Nothing picked."""
        if self.card is not None:
            self.guarded(self.desk.pick(self.card, None))

    def action_effort(self) -> None:
        """The next effort level that the card's model is known to have."""
        work = self.desk.next_effort(self.card) if self.card is not None else None
        if work is None:
            self.hint("no effort levels are known of this model")
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

        self.app.push_screen(Picker(self.desk, card.item.title, card.pick, preview), taken)

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
            StartDialog(self.desk, card.item.title, self.desk.request(card), card.plan, write=write), self._started
        )

    def _started(self, task_id: str | None) -> None:
        """Watch what was just started."""
        if task_id is not None:
            self._open_run(task_id)

    def _open_run(self, task_id: str) -> None:
        from tui.dashboard.screens.run import RunScreen  # noqa: PLC0415  # not needed before the first paint

        self.app.push_screen(RunScreen(self.desk, task_id))

    def action_menu(self) -> None:
        """What can be created."""
        from tui.dashboard.screens.create import CreateMenu  # noqa: PLC0415  # not needed before the first paint

        if not self.desk.stray.doubled("menu"):
            self.app.push_screen(CreateMenu(self.desk), self._stored)

    def _stored(self, spec_id: str | None) -> None:
        if spec_id is not None:
            key = self.desk.key("specs")
            self.app.notify(f"Spec {one_line(spec_id)} is stored; {key} shows it", timeout=6, markup=False)

    def action_open(self) -> None:
        """The newest run of this workflow; where there is none, its plan."""
        card = self.card
        if card is None:
            return
        task_id = card.run.task_id if card.run else card.item.last.task_id if card.item.last else None
        if task_id is None:
            self.action_plan()
        else:
            self._open_run(task_id)

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
        if card is None or card.run is None or card.run.task_id is None:
            return
        if self.desk.stray.confirmed(f"cancel {card.run.task_id}"):
            self.hint("cancelling …", 1.0)
            self.guarded(self.desk.cancel(card.run.task_id))
        else:
            self.hint(f"{self.desk.key('cancel')} again ends the run of {one_line(card.item.title)}")
