"""The place of specs: what is to be done, what each would run as, how far it is."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual.app import ComposeResult
from textual.binding import Binding

from tui.core.plain import one_line
from tui.core.settings import SpecType
from tui.core.spec import SPEC_TYPES
from tui.core.spec_verbs import DeleteSpec, StartSpec
from tui.core.verbs import List, Page
from tui.dashboard.draft import Draft
from tui.dashboard.key import Scope
from tui.dashboard.keymap import bindings
from tui.dashboard.latest import LatestRequest
from tui.dashboard.row import Row
from tui.dashboard.screens.list_place import CardPlace
from tui.dashboard.screens.place import EVERYTHING
from tui.dashboard.state import Change
from tui.dashboard.tickets import Ticket, ticket_rows
from tui.dashboard.widgets.bar import Bar
from tui.dashboard.widgets.pane import Pane

if TYPE_CHECKING:
    from tui.core.run import Run
    from tui.dashboard.desk import Desk
    from tui.dashboard.filing import Filed

PAGE = 50
"""Specs read at once; what they would run is asked in one more call."""

NEAR_END = 5
"""Cards before the end at which the next page is read."""

_OF_A_CARD = frozenset({"edit", "start", "pick_model", "story", "delete"})


class Specs(CardPlace):
    """Cards of specs, and all that can be done with one."""

    BINDINGS: ClassVar[list[Binding]] = bindings("list", "specs")  # type: ignore[assignment]
    PLACE = "specs"
    FOOT: ClassVar[tuple[Scope, ...]] = ("specs", "everywhere")
    FILTER = "words of the title or text"
    UNDER_FILTER = "#sieve"
    RESTS = 0.2
    OPENS = frozenset({"start", "pick_model", "edit", "new", "story", "menu"})

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk)
        self._tickets: list[Ticket] = []
        self._query = ""
        self._type: SpecType | None = None
        self._next: str | None = None
        self._read = False
        self._reading = False
        self._pages = LatestRequest(lambda: (self._type, self._query))
        self._again = False
        """Whether something changed while it was being read."""
        self._filed: str | None = None
        """The spec that was stored last from here, until it is focused."""

    def body(self) -> ComposeResult:
        """What is filtered by, the cards, and beside them what is known of the focused one."""
        yield Bar(id="sieve")
        yield from self.cards()

    @property
    def ticket(self) -> Ticket | None:
        """The focused one."""
        shown = self.deck.card
        return shown if isinstance(shown, Ticket) else None

    @property
    def ready(self) -> bool:
        """The specs were read too."""
        return super().ready and self._read

    def subject(self, action: str) -> str | None:
        """The focused spec."""
        if action not in _OF_A_CARD:
            return ""
        ticket = self.ticket if self.is_mounted else None
        return ticket.name if ticket is not None else None

    def on_screen_resume(self) -> None:
        """Back here: what others wrote meanwhile is read."""
        super().on_screen_resume()
        self.reread()

    def paint(self, changes: frozenset[Change]) -> None:
        """The cards that changed, and the detail pane."""
        if "specs" in changes or (not self._read and "status" in changes):
            self.reread()
        if changes & {"runs", "deck", "specs", "status"}:
            newest = {run.spec_id: run for run in reversed(self.desk.state.newest_runs()) if run.spec_id}
            for ticket in self._tickets:
                if ticket.name in newest:
                    ticket.lay(newest[ticket.name])
            self._deal()
        elif "clock" in changes:
            self.deck.touch(live_alone=True)
        self._paint_detail()

    def _deal(self) -> None:
        self.deck.deal(self._tickets, stale=False, empty=self._empty())
        at = next((i for i, ticket in enumerate(self._tickets) if ticket.name == self._filed), None)
        if at is not None:
            self._filed = None
            self.deck.go(at)
        row = None
        if self._query or self._type:
            said = " · ".join(part for part in (self._type or "", self._query and f'"{self._query}"') if part)
            count = f"{len(self._tickets)}{'+' if self._next else ''}"
            row = Row(" only: ", "dim").add(one_line(said), "accent").add(f"   {count}", "dim")
        self.query_one("#sieve", Bar).say(row)

    def _empty(self) -> str:
        """What a place without cards says."""
        if not self._read:
            return "The specs are read as soon as the executor answers."
        if self._query or self._type:
            return f"No spec is like that. {self.desk.key('unfilter-specs')} shows all again."
        return f"No specs here yet: {self.desk.key('new-spec')} writes one."

    def _paint_detail(self) -> None:
        ticket, now = self.ticket, self.desk.state.now()
        self.query_one("#detail", Pane).tell(lambda width: ticket_rows(ticket, width, now))

    # Reading -----------------------------------------------------------------------------------------------------

    def reread(self) -> None:
        """Read as many as are shown, once more."""
        if self.desk.feed.client is None or not self.is_mounted:
            return
        if self._reading:
            self._again = True
        else:
            self._reading = True
            self.guarded(self._fetch(None, max(PAGE, min(len(self._tickets), 500))))

    async def _fetch(self, after: str | None, limit: int) -> None:
        try:
            while True:
                self._again = False
                page = await self._pages.answer(lambda asked: self._read_page(*asked, after, limit))  # noqa: B023
                if page is not None:
                    plans = {ticket.name: ticket.plan for ticket in self._tickets}
                    new = [Ticket(item, plans.get(item.spec.id)) for item in page.specs]
                    self._tickets = [*self._tickets, *new] if after else new
                    self._next, self._read = page.next, True
                    self.redraw(EVERYTHING - {"specs"})
                    await self._plan(new)
                if not self._again:
                    return
                after = None
        finally:
            self._reading = False
            self._filed = None

    async def _read_page(self, kind: SpecType | None, query: str, after: str | None, limit: int) -> Page:
        project = str(self.desk.state.project)
        wanted = List(view="specs", project=project, limit=limit, after=after, query=query or None, spec_type=kind)
        return await self.desk.read(wanted)

    async def _plan(self, tickets: list[Ticket]) -> None:
        """What each would run, asked in one call."""
        if not tickets:
            return
        requests = tuple(StartSpec(ticket.name, dry_run=True) for ticket in tickets)
        page = await self.desk.read(List(view="plan", project=str(self.desk.state.project), specs=requests))
        for ticket, plan in zip(tickets, page.plan, strict=False):
            ticket.plan = plan
        self.redraw(EVERYTHING - {"specs"})

    def follow(self) -> None:
        """The detail pane and the footer follow the focus; towards the end older specs are read."""
        super().follow()
        self._paint_detail()
        if self._next and not self._reading and self.deck.at >= len(self._tickets) - NEAR_END:
            self._reading = True
            self.guarded(self._fetch(self._next, PAGE))

    # Keys --------------------------------------------------------------------------------------------------------

    def works(self, action: str) -> bool:
        """Keys that make no sense for the focused card are not offered."""
        if not self.is_mounted:
            return True
        ticket = self.ticket
        needs = {
            "cancel": ticket is not None and ticket.live,
            "open_run": ticket is not None and ticket.task_id is not None,
            "unfilter": self.filtering or bool(self._query or self._type),
        }
        return needs.get(action, ticket is not None or action not in _OF_A_CARD)

    def sift(self, text: str) -> None:
        """Ask for those that hold the words."""
        self._query = text.strip()
        self.reread()

    async def action_unfilter(self) -> None:
        """All specs."""
        self._type = None
        await super().action_unfilter()

    def action_type(self) -> None:
        """Specs of the next type alone, then all."""
        ring: tuple[SpecType | None, ...] = (None, *SPEC_TYPES)
        self._type = ring[(ring.index(self._type) + 1) % len(ring)]
        self.reread()
        self.redraw(EVERYTHING - {"specs"})

    def action_start(self) -> None:
        """The plan, and the start."""
        if self.ticket is not None:
            self._open_plan(self.ticket, None)

    def action_pick_model(self) -> None:
        """One model for a whole run of this spec; then its plan."""
        from tui.dashboard.screens.picker import Picker  # noqa: PLC0415  # the place is there before it

        ticket = self.ticket
        if ticket is None:
            return

        def taken(answer: tuple[str | None] | None) -> None:
            if answer is not None:
                self._open_plan(ticket, answer[0])

        async def preview(selector: str | None) -> Run | None:
            return await self.desk.plan(StartSpec(ticket.name, model=selector, dry_run=True))

        picker = Picker(self.desk, ticket.title, None, preview, running=ticket.live, wants_any=True)
        self.app.push_screen(picker, taken)

    def _open_plan(self, ticket: Ticket, model: str | None) -> None:
        from tui.dashboard.screens.start import StartDialog  # noqa: PLC0415  # the place is there before it

        if not self.desk.stray.doubled(f"open {ticket.name}"):
            request = StartSpec(ticket.name, model=model)
            self.app.push_screen(StartDialog(self.desk, ticket.title, request, ticket.plan, write=False), self.open_run)

    def action_open_run(self) -> None:
        """The newest run of this spec."""
        self.open_run(self.ticket.task_id if self.ticket is not None else None)

    def action_menu(self) -> None:
        """What can be created."""
        from tui.dashboard.screens.create import CreateMenu  # noqa: PLC0415  # not needed before the first paint

        if not self.desk.stray.doubled("menu"):
            self.app.push_screen(CreateMenu(self.desk, self.ticket.item.spec if self.ticket else None), self._stored)

    def action_new(self) -> None:
        """An empty form."""
        self._open_form(Draft())

    def action_story(self) -> None:
        """The form of a story of the focused spec."""
        ticket = self.ticket
        if ticket is not None:
            self._open_form(Draft("story", parent=ticket.name))

    def action_edit(self) -> None:
        """The form of the focused spec, as it is stored now."""
        ticket = self.ticket
        if ticket is not None and not self.desk.stray.doubled(f"edit {ticket.name}"):
            self.guarded(self._edit(ticket.name))

    async def _edit(self, spec_id: str) -> None:
        page = await self.desk.read(List(view="specs", ids=(spec_id,)))
        if page.specs and self.app.screen is self:  # else the user is elsewhere by now
            self._open_form(Draft.of(page.specs[0]))

    def _open_form(self, draft: Draft) -> None:
        from tui.dashboard.screens.spec_form import SpecForm  # noqa: PLC0415  # fields are costly; most never write one

        self.app.push_screen(SpecForm(self.desk, draft), self._stored)

    def _stored(self, filed: Filed | None) -> None:
        if filed is not None:
            self._filed = filed.spec_id
            self.reread()
            self.open_run(filed.task_id)

    def action_cancel(self) -> None:
        """End the spec's run, when asked twice."""
        task_id = self.ticket.task_id if self.ticket is not None else None
        self.cancel_run(task_id, "cancel-spec", f"the run {task_id}")

    def action_delete(self) -> None:
        """Take the spec away, when asked twice. Its runs stay."""
        ticket = self.ticket
        if ticket is None:
            return
        if self.asked_twice(f"delete {ticket.name}", "delete-spec", f"again deletes {ticket.title}; its runs stay"):
            self.guarded(self._delete(ticket))

    async def _delete(self, ticket: Ticket) -> None:
        await self.desk.client().start(DeleteSpec(ticket.name, ticket.item.spec.version))
        self.reread()
