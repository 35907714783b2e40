"""A line across the screen: the header, the banner, the footer."""

from __future__ import annotations

from tui.dashboard.row import Row
from tui.dashboard.widgets.lines import Lines


class Bar(Lines):
    """One row; without one it takes no place."""

    def __init__(self, row: Row | None = None, *, id: str, tinted: bool = False) -> None:
        super().__init__([row] if row else [], id=id, classes="-line -bar" if tinted else "-line")
        self.set_class(row is None, "-gone")

    def say(self, row: Row | None) -> None:
        """Show this row, or nothing."""
        self.set_class(row is None, "-gone")
        self.show([row] if row else [])
