"""A list painted line by line: the base of the deck, the picker's rows, the timeline, every text and every bar."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import ClassVar

from rich.color import ColorSystem
from rich.segment import Segment
from rich.style import Style
from textual.geometry import Region, Size
from textual.scroll_view import ScrollView
from textual.strip import Strip

from tui.dashboard.glyphs import ascii_twin
from tui.dashboard.row import INKS, Ink, Row
from tui.dashboard.theme import selection


class Lines(ScrollView, can_focus=False):
    """Paints rows. Only rows that changed are painted anew; nothing is when nothing changed."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {f"ink--{ink}" for ink in INKS}

    def __init__(self, rows: Iterable[Row] = (), *, id: str | None = None, classes: str | None = None) -> None:
        super().__init__(id=id, classes=classes)
        self.rows: list[Row] = list(rows)
        self._ink_styles: dict[Ink, Style] = {}

    def show(self, rows: Sequence[Row]) -> None:
        """Paint these rows in place of the ones before."""
        before, self.rows = self.rows, list(rows)
        if len(before) != len(self.rows):
            self.resize_rows()
        width, height = self.size
        top = self.scroll_offset.y
        for y in range(top, min(top + height, max(len(before), len(self.rows)))):
            old = before[y] if y < len(before) else None
            new = self.rows[y] if y < len(self.rows) else None
            if old != new:
                self.refresh(Region(0, y - top, width, 1))

    def resize_rows(self) -> None:
        """Tell the scrolling how many rows there are."""
        self.virtual_size = Size(self.size.width, self.row_count())

    def row_count(self) -> int:
        """How many rows there are."""
        return len(self.rows)

    def row(self, y: int) -> Row | None:
        """The row to paint at line ``y``; ``None`` leaves it blank."""
        return self.rows[y] if y < len(self.rows) else None

    def jump(self, y: int) -> None:
        """Show line ``y`` at the top, as far as there is enough below."""
        self.scroll_to(y=max(min(y, self.max_scroll_y), 0), animate=False, force=True, immediate=True)

    def page(self, direction: int) -> None:
        """A page forward or back."""
        self.jump(self.scroll_offset.y + direction * max(self.size.height - 1, 1))

    def on_resize(self) -> None:
        """Count anew: how many rows fit decides how far to scroll."""
        self.resize_rows()

    def notify_style_update(self) -> None:
        """A theme came: look the inks up anew."""
        super().notify_style_update()
        self._ink_styles.clear()

    def ink(self, name: Ink) -> Style:
        """What an ink looks like in the theme in force."""
        style = self._ink_styles.get(name)
        if style is None:
            style = self.get_component_rich_style(f"ink--{name}")
            if name == "chosen":
                style = selection(style, self.ink("text"), self.app.console._color_system or ColorSystem.TRUECOLOR)
            self._ink_styles[name] = style
        return style

    def render_line(self, y: int) -> Strip:
        """One line of the screen, cut or filled to the widget's width."""
        row = self.row(y + self.scroll_offset.y)
        width = self.size.width
        base = self.ink("text")
        if row is None:
            return Strip.blank(width, base)
        if row.width > width:
            row = Row().join(row).cut(width)
        pieces = row.pieces
        if self.app.has_class("-ascii"):
            pieces = [(ascii_twin(text), name) for text, name in pieces]
        return Strip([Segment(text, self.ink(name)) for text, name in pieces]).adjust_cell_length(width, base)
