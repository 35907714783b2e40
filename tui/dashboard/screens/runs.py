"""The place of all runs, the newest first, each with what was proved and what failed; filtered by the executor."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import TYPE_CHECKING, ClassVar

from textual.app import ComposeResult
from textual.binding import Binding

from tui.core.plain import one_line
from tui.core.run import TERMINAL_RUN, Run
from tui.dashboard.cards import work
from tui.dashboard.key import Scope
from tui.dashboard.keymap import bindings
from tui.dashboard.latest import LatestRequest
from tui.dashboard.row import Row
from tui.dashboard.run_rows import run_heading, run_row
from tui.dashboard.screens.list_place import ListPlace
from tui.dashboard.screens.place import EVERYTHING
from tui.dashboard.sieve import Sieve, Words, understood
from tui.dashboard.state import Change
from tui.dashboard.widgets.bar import Bar
from tui.dashboard.widgets.menu import Menu

if TYPE_CHECKING:
    from tui.dashboard.desk import Desk

PAGE = 100
"""Runs read at once."""

NEAR_END = 10
"""Lines before the end at which the next page is read."""


class Runs(ListPlace):
    """One line a run."""

    BINDINGS: ClassVar[list[Binding]] = bindings("list", "runs")  # type: ignore[assignment]
    PLACE = "runs"
    FOOT: ClassVar[tuple[Scope, ...]] = ("runs", "everywhere")
    FILTER = "failed, differs, a workflow, a model; or status: verdict: workflow: model:"
    UNDER_FILTER = "#sieve"
    RESTS = 0.2

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk)
        self._sieve = Sieve()
        self._strange: str | None = None
        """What of the filter was not understood."""
        self._next: str | None = None
        """Cursor of the page after those that were read."""
        self._floor: str | None = None
        """When the oldest run was made down to which all are known; older ones may be known in part."""
        self._read: Sieve | None = None
        """What was read last."""
        self._reading = False
        self._pages = LatestRequest(lambda: self._sieve)

    def body(self) -> ComposeResult:
        """What is filtered by, and the list."""
        yield Bar(id="sieve")
        yield Bar(Row(" "), id="columns")
        yield Menu[Run](self._draw, id="list")

    @property
    def menu(self) -> Menu[Run]:
        """The list."""
        return self.query_one("#list", Menu)

    listing = menu

    def shown_runs(self) -> Iterable[str]:
        """All that are listed."""
        return (run.task_id or "" for run in self.menu.items)

    def paint(self, changes: frozenset[Change]) -> None:
        """The chosen run stays chosen when newer ones come."""
        if self._read != self._sieve and self.desk.feed.client is not None:
            self._read_first()
        if not changes & {"runs", "clock", "status"}:
            return
        runs = self._shown()
        kept = self.menu.item.task_id if self.menu.item else None
        at = next((i for i, run in enumerate(runs) if run.task_id == kept), 0)
        self.menu.fill(runs, at)
        row = run_heading(self.size.width) if runs else Row(f" {self._nothing()}", "dim")
        self.query_one("#columns", Bar).say(row)
        self._tell_sieve()

    def _shown(self) -> list[Run]:
        floor = self._floor
        return [
            run
            for run in self.desk.state.newest_runs()
            if (floor is None or (run.created_at or "") >= floor) and self._sieve.lets(run)
        ]

    def _nothing(self) -> str:
        if self._reading or self._read is None:
            return "reading …"
        if self._sieve != Sieve():
            return f"no run is like that; {self.desk.key('unfilter-runs')} shows all again"
        return "no runs yet: start one from the workflows"

    def _tell_sieve(self) -> None:
        row = None
        if self._strange:
            row = Row(f" {one_line(self._strange)}", "warn")
        elif self._sieve != Sieve():
            count = f"{len(self.menu.items)}{'+' if self._next else ''}"
            row = Row(" only: ", "dim").add(one_line(self._sieve.said()), "accent").add(f"   {count}", "dim")
        self.query_one("#sieve", Bar).say(row)

    def _draw(self, run: Run, width: int) -> Row:
        return run_row(run, width, self.desk.state.now())

    # Reading -----------------------------------------------------------------------------------------------------

    def _read_first(self) -> None:
        self._read, self._next, self._floor = self._sieve, None, None
        self._reading = True
        self.guarded(self._read_page(None))

    async def _read_page(self, after: str | None) -> None:
        outdated = False
        try:
            page = await self._pages.answer(lambda sieve: self.desk.read(sieve.request(PAGE, after)))
            outdated = page is None
        finally:
            if not outdated:  # else a newer request is on its way
                self._reading = False
        if page is None:
            return
        for run in page.tasks:
            self.desk.keep(run)
        self._next = page.next
        self._floor = page.tasks[-1].created_at if page.next and page.tasks else None
        self.redraw(EVERYTHING)

    def follow(self) -> None:
        """The footer follows; towards the end older runs are read."""
        super().follow()
        if self._next and not self._reading and self.menu.at >= len(self.menu.items) - NEAR_END:
            self._reading = True
            self.guarded(self._read_page(self._next))

    # Filtering ---------------------------------------------------------------------------------------------------

    def sift(self, text: str) -> None:
        """Show the runs that the words ask for."""
        self._sift(*understood(text, self._words()))

    def _sift(self, sieve: Sieve, strange: str | None = None) -> None:
        """Show such runs alone; those known here at once, the others when the executor has answered."""
        self._strange = strange
        self._sieve = sieve
        self.redraw(EVERYTHING)

    def _words(self) -> Words:
        state = self.desk.state
        ran = {run.workflow for run in state.runs.values()}
        sent = {step.sent for run in state.runs.values() for step in run.steps if step.sent}
        listed = {f"{provider.id}/{model.id}" for provider in state.providers for model in provider.models}
        return Words(
            tuple(sorted(ran | {card.name for card in state.cards})),
            tuple(sorted(sent)) + tuple(sorted(listed - sent)),
            tuple((alias.name, alias.means) for alias in state.aliases if alias.means),
        )

    def action_status(self) -> None:
        """Runs in the next state alone, then all."""
        self._sift(self._sieve.next_status())

    def action_verdict(self) -> None:
        """Runs with the next verdict alone, then all."""
        self._sift(self._sieve.next_verdict())

    def action_workflow(self) -> None:
        """Runs of the chosen one's workflow alone, or of all again."""
        run = self.menu.item
        if self._sieve.workflow is not None or run is not None:
            wanted = None if self._sieve.workflow is not None or run is None else run.workflow
            self._sift(replace(self._sieve, workflow=wanted))

    def action_model(self) -> None:
        """Runs of the model that the chosen one's first step was sent, or of all again."""
        run = self.menu.item
        sent = next((step.sent for step in work(run) if step.sent), None) if run is not None else None
        if self._sieve.models:
            self._sift(replace(self._sieve, models=(), typed_model=""))
        elif sent is not None:
            self._sift(replace(self._sieve, models=(sent,), typed_model=sent))

    # Keys --------------------------------------------------------------------------------------------------------

    def works(self, action: str) -> bool:
        """What the chosen run allows."""
        if not self.is_mounted:
            return True
        run = self.menu.item
        match action:
            case "cancel":
                return run is not None and run.status not in TERMINAL_RUN
            case "open":
                return run is not None
            case "unfilter":
                return self.filtering or self._sieve != Sieve()
            case _:
                return True

    def action_open(self) -> None:
        """The steps of the chosen run."""
        self.open_run(self.menu.item.task_id if self.menu.item is not None else None)

    def action_cancel(self) -> None:
        """End the chosen run, when asked twice."""
        task_id = self.menu.item.task_id if self.menu.item is not None else None
        self.cancel_run(task_id, "cancel-listed", task_id or "")
