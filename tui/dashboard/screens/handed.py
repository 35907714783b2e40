"""What a step handed on to the next one, whole."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tui.core.plain import one_line, plain
from tui.core.run import Step
from tui.dashboard.row import Row, wrap
from tui.dashboard.screens.text import TextScreen

if TYPE_CHECKING:
    from tui.dashboard.desk import Desk


class HandedScreen(TextScreen):
    """The text as it is stored."""

    def __init__(self, desk: Desk, step: Step) -> None:
        title = "said at" if step.type == "approval" else "handed on by"
        super().__init__(desk, Row(f" {title} ", "dim").add(one_line(step.stage), "strong"))
        self._text = plain(step.result or "")

    def rows(self, width: int) -> list[Row]:
        """Wrapped at this width."""
        return [Row(), *(Row(" ").add(line) for line in wrap(self._text, max(width - 2, 20)))]
