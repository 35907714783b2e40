"""A list with one chosen line. Rows are drawn when they come into view, so ten thousand cost what forty do."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Generic, TypeVar

from textual.geometry import Region
from textual.message import Message

from tui.dashboard.row import Row
from tui.dashboard.widgets.lines import Lines

Item = TypeVar("Item")


class Menu(Lines, Generic[Item]):
    """Items, one a line. Those for which ``heading`` is true are passed over by the keys."""

    class Chosen(Message):
        """Another line is chosen now."""

    def __init__(
        self,
        draw: Callable[[Item, int], Row],
        *,
        heading: Callable[[Item], bool] = lambda _: False,
        id: str | None = None,
    ) -> None:
        super().__init__(id=id)
        self._draw = draw
        self._heading = heading
        self.items: Sequence[Item] = ()
        self.at = 0
        self._drawn: dict[int, Row] = {}

    @property
    def item(self) -> Item | None:
        """The chosen one."""
        return self.items[self.at] if self.at < len(self.items) else None

    def fill(self, items: Sequence[Item], at: int = 0) -> None:
        """Show these items, with the line ``at`` or the next one that can be chosen."""
        before, self._drawn = self._drawn, {}
        count = len(self.items)
        chosen = self.at
        self.items = items
        self.at = max(min(at, len(items) - 1), 0)
        if items and self._heading(items[self.at]):
            self.at = self._seek(self.at, 1)
        if len(items) != count:
            self.resize_rows()
        self._keep_in_view()
        top, width = self.scroll_offset.y, self.size.width
        for y in range(top, top + self.size.height):
            if self.row(y) != before.get(y) or (y in (self.at, chosen) and chosen != self.at):
                self.refresh(Region(0, y - top, width, 1))

    def row_count(self) -> int:
        """How many items there are."""
        return len(self.items)

    def row(self, y: int) -> Row | None:
        """An item's row; the chosen one is marked along its whole width."""
        if y >= len(self.items):
            return None
        row = self._drawn.get(y)
        if row is None:
            width = self.size.width
            row = self._draw(self.items[y], width).cut(width)
            if y == self.at and not self._heading(self.items[y]):
                row.pieces = [(text, ink if ink == "alarm" else "chosen") for text, ink in row.pieces]
                row.add(" " * (width - row.width), "chosen")
            self._drawn[y] = row
        return row

    def on_resize(self) -> None:
        """Another width makes other rows."""
        self._drawn.clear()
        super().on_resize()
        self._keep_in_view()

    def go(self, index: int, direction: int = 1) -> None:
        """Choose a line; a heading gives way to the next one in that direction."""
        if not self.items:
            return
        index = self._seek(max(min(index, len(self.items) - 1), 0), direction)
        if index == self.at:
            return
        top = self.scroll_offset.y
        for changed in (self.at, index):
            self._drawn.pop(changed, None)
            if top <= changed < top + self.size.height:
                self.refresh(Region(0, changed - top, self.size.width, 1))
        self.at = index
        self._keep_in_view()
        self.post_message(self.Chosen())

    def _seek(self, index: int, direction: int) -> int:
        for step in (direction, -direction):
            at = index
            while 0 <= at < len(self.items):
                if not self._heading(self.items[at]):
                    return at
                at += step
        return self.at

    def move(self, by: int) -> None:
        """The next line, or the one before."""
        self.go(self.at + by, by)

    def page(self, direction: int) -> None:
        """A page of lines."""
        self.go(self.at + direction * max(self.size.height - 1, 1), direction)

    def edge(self, direction: int) -> None:
        """The first line, or the last."""
        self.go(0 if direction < 0 else len(self.items) - 1, -direction)

    def _keep_in_view(self) -> None:
        height = self.size.height
        if not height or not self.items:
            return
        top = self.scroll_offset.y
        if self.at < top:
            self.jump(self.at - height + 1 if self.at < top - 1 else max(self.at - height // 2, 0))
        elif self.at >= top + height:
            self.jump(self.at - height // 2 if self.at == top + height else self.at)
