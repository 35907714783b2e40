"""The deck: all cards in one widget, painted line by line. A step from card to card paints two cards and no more."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Protocol

from textual.geometry import Region

from tui.dashboard.face import HEIGHT, Face, face_rows
from tui.dashboard.row import Row, wrap
from tui.dashboard.widgets.lines import Lines


class Shown(Protocol):
    """A card, as far as the deck needs it."""

    @property
    def name(self) -> str:
        """The workflow's name."""

    @property
    def live(self) -> bool:
        """Whether its seconds count."""

    def face(self, now: datetime) -> Face:
        """What it says."""


class Deck(Lines):
    """Cards, one of them focused."""

    def __init__(self, now: Callable[[], datetime], *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._now = now
        self.cards: list[Shown] = []
        self.at = 0
        """Index of the focused card."""
        self.stale = False
        """Whether the cards come from the cache."""
        self._empty = ""
        self._drawn: dict[int, list[Row]] = {}

    @property
    def card(self) -> Shown | None:
        """The focused card."""
        return self.cards[self.at] if self.at < len(self.cards) else None

    def deal(self, cards: Sequence[Shown], *, stale: bool, empty: str) -> None:
        """Show these cards, or the sentence where there is none; the focus stays with its workflow."""
        if not cards and (self.cards or empty != self._empty):
            self.refresh()
        self._empty = empty
        kept = self.card.name if self.card else None
        count = len(self.cards)
        self.cards, self.stale = list(cards), stale
        self.at = next((i for i, card in enumerate(self.cards) if card.name == kept), min(self.at, len(cards) - 1))
        self.at = max(self.at, 0)
        if len(self.cards) != count:
            self.resize_rows()
        before, self._drawn = self._drawn, {}
        self._paint_changed(before)
        self._keep_in_view()

    def touch(self, live_alone: bool = False) -> None:
        """Paint those cards anew that look different now."""
        before = self._drawn
        self._drawn = {i: rows for i, rows in before.items() if live_alone and not self.cards[i].live}
        self._paint_changed(before)

    def _paint_changed(self, before: dict[int, list[Row]]) -> None:
        """Refresh what differs from what was drawn before, among the cards in view."""
        if not self.size.height:
            return
        top = self.scroll_offset.y
        for index in range(top // HEIGHT, (top + self.size.height) // HEIGHT + 1):
            if index >= len(self.cards):
                if index in before:
                    self._refresh_card(index)
            elif self._rows_of(index) != before.get(index):
                self._refresh_card(index)

    def _refresh_card(self, index: int) -> None:
        y = index * HEIGHT - self.scroll_offset.y
        region = Region(0, y, self.size.width, HEIGHT - 1).intersection(Region(0, 0, *self.size))
        if region:
            self.refresh(region)

    def _rows_of(self, index: int) -> list[Row]:
        rows = self._drawn.get(index)
        if rows is None:
            face = self.cards[index].face(self._now())
            rows = face_rows(face, width=self.size.width, focused=index == self.at, stale=self.stale)
            self._drawn[index] = rows
        return rows

    def row_count(self) -> int:
        """Lines of all cards."""
        return len(self.cards) * HEIGHT

    def row(self, y: int) -> Row | None:
        """A card's row, or the blank between two."""
        if not self.cards:
            lines = wrap(self._empty, max(self.size.width - 4, 20))
            return Row("  ").add(lines[y - 1], "dim") if 0 < y <= len(lines) else None
        index, part = divmod(y, HEIGHT)
        if index >= len(self.cards) or part == HEIGHT - 1:
            return None
        return self._rows_of(index)[part]

    def on_resize(self) -> None:
        """Another width makes other rows."""
        self._drawn.clear()
        super().on_resize()
        self._keep_in_view()

    # Moving ------------------------------------------------------------------------------------------------------

    def go(self, index: int) -> None:
        """Focus a card; where it is not in view the deck turns by a page, not by a line a key."""
        index = max(min(index, len(self.cards) - 1), 0)
        if index == self.at or not self.cards:
            return
        for changed in (self.at, index):
            self._drawn.pop(changed, None)
            self._refresh_card(changed)
        self.at = index
        self._keep_in_view()

    def move(self, by: int) -> None:
        """The next card, or the one before."""
        self.go(self.at + by)

    def page(self, direction: int) -> None:
        """A page of cards forward or back."""
        self.go(self.at + direction * max(self.size.height // HEIGHT, 1))

    def edge(self, direction: int) -> None:
        """The first card, or the last."""
        self.go(0 if direction < 0 else len(self.cards) - 1)

    def _keep_in_view(self) -> None:
        height = self.size.height
        if not height or not self.cards:
            return
        top, y = self.scroll_offset.y, self.at * HEIGHT
        if y < top:
            self.jump((self.at + 1) * HEIGHT - height // HEIGHT * HEIGHT)
        elif y + HEIGHT - 1 > top + height:
            self.jump(y)
