"""What passed between a step and the rest of the run: what it was given, asked and handed on, whole."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tui.core.run import Run, Step
from tui.dashboard.between import passed_rows
from tui.dashboard.row import Row
from tui.dashboard.screens.text import TextScreen
from tui.dashboard.words import label

if TYPE_CHECKING:
    from tui.dashboard.desk import Desk


class HandedScreen(TextScreen):
    """The texts as they are stored, and as they come in."""

    def __init__(self, desk: Desk, run: Run, step: Step) -> None:
        super().__init__(desk, Row(" Given, asked and handed on: ", "strong").add(label(step)))
        self._run = run
        self._index = step.index

    def rows(self, width: int) -> list[Row]:
        """Wrapped at this width."""
        run = self.desk.state.runs.get(self._run.task_id or "", self._run)
        return passed_rows(run, run.steps[self._index], width, self.desk.state.now())
