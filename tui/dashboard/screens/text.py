"""A text to read: rows, scrolled by the list keys."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual.app import ComposeResult
from textual.binding import Binding

from tui.dashboard.key import Scope
from tui.dashboard.keymap import bindings
from tui.dashboard.row import Row
from tui.dashboard.screens.place import Place
from tui.dashboard.state import Change
from tui.dashboard.widgets.bar import Bar
from tui.dashboard.widgets.pane import Pane

if TYPE_CHECKING:
    from tui.dashboard.desk import Desk


class TextScreen(Place):
    """A title and rows that depend on the width alone."""

    BINDINGS: ClassVar[list[Binding]] = bindings("list", "text")  # type: ignore[assignment]
    ONLY_READ = True
    FOOT: ClassVar[tuple[Scope, ...]] = ("text", "everywhere")

    def __init__(self, desk: Desk, title: Row) -> None:
        super().__init__(desk)
        self._title = title

    def body(self) -> ComposeResult:
        """Title and text."""
        yield Bar(self._title, id="title")
        yield Pane(id="text")

    def works(self, action: str) -> bool:
        """The key that leaves the dashboard leaves only the text here."""
        return action != "quit"

    def rows(self, width: int) -> list[Row]:
        """The text at this width."""
        del width
        return []

    def paint(self, changes: frozenset[Change]) -> None:
        """The text changes with the width alone."""
        self.query_one("#text", Pane).tell(self.rows)

    def action_move(self, by: int) -> None:
        """A line down or up."""
        text = self.query_one("#text", Pane)
        text.jump(text.scroll_offset.y + by)

    def action_page(self, direction: int) -> None:
        """A page."""
        self.query_one("#text", Pane).page(direction)

    def action_edge(self, direction: int) -> None:
        """The beginning, or the end."""
        text = self.query_one("#text", Pane)
        text.jump(0 if direction < 0 else text.max_scroll_y)

    def action_leave(self) -> None:
        """Back."""
        self.dismiss()
