"""A text whose rows depend on the width: the detail pane, the trace, the help."""

from __future__ import annotations

from collections.abc import Callable

from tui.dashboard.row import Row
from tui.dashboard.widgets.lines import Lines


class Pane(Lines):
    """Rows that are made when the width is known, and anew when it changes."""

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._build: Callable[[int], list[Row]] = lambda _: []

    def tell(self, build: Callable[[int], list[Row]]) -> None:
        """Show what ``build`` makes of the width."""
        self._build = build
        if self.size.width:
            self.show(build(self.size.width))

    def on_resize(self) -> None:
        """Another width makes other rows."""
        self.rows = self._build(self.size.width)
        super().on_resize()
