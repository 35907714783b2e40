"""The second place: all runs, the newest first, each with what was proved and what failed."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual.app import ComposeResult
from textual.binding import Binding

from tui.core.plain import one_line
from tui.core.run import TERMINAL_RUN, Run
from tui.core.verbs import List
from tui.dashboard.cards import run_facts, work
from tui.dashboard.feed import RunsRead
from tui.dashboard.keymap import Scope, bindings
from tui.dashboard.row import Row, middle
from tui.dashboard.screens.place import Place
from tui.dashboard.screens.run import RunScreen
from tui.dashboard.state import Change
from tui.dashboard.widgets.bar import Bar
from tui.dashboard.widgets.menu import Menu

if TYPE_CHECKING:
    from tui.dashboard.desk import Desk


class Runs(Place):
    """One line a run."""

    BINDINGS: ClassVar[list[Binding]] = bindings("list", "runs")  # type: ignore[assignment]
    PLACE = "runs"
    FOOT: ClassVar[tuple[Scope, ...]] = ("runs", "everywhere")

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk)
        self._older_asked: str | None = None

    def body(self) -> ComposeResult:
        """The list."""
        yield Bar(Row(" "), id="columns")
        yield Menu[Run](self._draw, id="list")

    @property
    def menu(self) -> Menu[Run]:
        """The list."""
        return self.query_one("#list", Menu)

    def paint(self, changes: frozenset[Change]) -> None:
        """The chosen run stays chosen when newer ones come."""
        if not changes & {"runs", "clock", "status"}:
            return
        runs = self.desk.state.newest_runs()
        kept = self.menu.item.task_id if self.menu.item else None
        at = next((i for i, run in enumerate(runs) if run.task_id == kept), 0)
        self.menu.fill(runs, at)
        name, asked = _columns(self.size.width)
        if runs:
            row = (
                Row(" run", "dim")
                .to(12)
                .add("workflow", "dim")
                .to(name)
                .add("asked", "dim")
                .to(asked)
                .add("state", "dim")
            )
        else:
            row = Row(
                " no runs yet: start one from the workflows" if self.desk.state.runs_read else " reading …", "dim"
            )
        self.query_one("#columns", Bar).say(row)

    def _draw(self, run: Run, width: int) -> Row:
        name, asked = _columns(width)
        row = (
            Row(f" {middle(run.task_id or '', 10)}", "dim").to(12).add(one_line(run.title or run.workflow)).to(name - 1)
        )
        selectors = list(dict.fromkeys(step.asked or "inherit" for step in work(run)))
        more = f" +{len(selectors) - 1}" if len(selectors) > 1 else ""
        first = middle(one_line(selectors[0]) if selectors else "", asked - name - 1 - len(more))
        row.add(" ").add(f"{first}{more}", "dim").to(asked)
        return row.join(run_facts(run, self.desk.state.now()))

    def works(self, action: str) -> bool:
        """What the chosen run allows."""
        if not self.is_mounted:
            return True
        run = self.menu.item
        if action == "cancel":
            return run is not None and run.status not in TERMINAL_RUN
        return action != "open" or run is not None

    def on_menu_chosen(self) -> None:
        """The footer follows; at the end older runs are read."""
        self.tell_keys()
        older = self.desk.state.older
        if older and older != self._older_asked and self.menu.at >= len(self.menu.items) - 10:
            self._older_asked = older
            self.guarded(self._read_older(older))

    async def _read_older(self, after: str) -> None:
        page = await self.desk.read(List(view="runs", limit=100, after=after))
        self.desk.hear(RunsRead(page.tasks, page.next))

    def action_move(self, by: int) -> None:
        """The next run, or the one before."""
        self.menu.move(by)

    def action_page(self, direction: int) -> None:
        """A page of runs."""
        self.menu.page(direction)

    def action_edge(self, direction: int) -> None:
        """The first run, or the last."""
        self.menu.edge(direction)

    def action_open(self) -> None:
        """The steps of the chosen run."""
        run = self.menu.item
        if run is not None and run.task_id is not None:
            self.app.push_screen(RunScreen(self.desk, run.task_id))

    def action_cancel(self) -> None:
        """End the chosen run, when asked twice."""
        run = self.menu.item
        if run is None or run.task_id is None:
            return
        if self.desk.stray.confirmed(f"cancel {run.task_id}"):
            self.hint("cancelling …", 1.0)
            self.guarded(self.desk.cancel(run.task_id))
        else:
            self.hint(f"{self.desk.key('cancel-listed')} again ends {run.task_id}")


def _columns(width: int) -> tuple[int, int]:
    """Where asked and state begin."""
    return (38, 54) if width >= 100 else (28, 39)
