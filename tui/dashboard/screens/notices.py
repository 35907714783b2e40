"""What is to know of the configuration, each sentence whole: the line over the places has room for a part of one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tui.dashboard.chrome import notices
from tui.dashboard.row import Row, wrap
from tui.dashboard.screens.text import TextScreen

if TYPE_CHECKING:
    from tui.dashboard.desk import Desk


class NoticesScreen(TextScreen):
    """All of them, as they are now."""

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk, Row(" Warnings", "strong").add("   of the configuration that is in force", "dim"))

    def rows(self, width: int) -> list[Row]:
        """One after the other, wrapped at this width."""
        rows = []
        for sign, sentence, ink in notices(self.desk.state.status):
            first, *more = wrap(sentence, max(width - 6, 20))
            rows += [Row(), Row(f"  {sign} ", ink).add(first), *(Row("    ").add(line) for line in more)]
        return rows or [Row(), Row(" none any more", "dim")]
