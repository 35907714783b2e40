"""One line of the screen under construction: pieces of text, each with the ink it is written in.

Inks are names; what they look like is told by ``styles/inks.tcss`` and the theme. Text is data and never markup.
"""

from __future__ import annotations

from typing import Literal, get_args

from rich.cells import cell_len, chop_cells, set_cell_size, split_graphemes

from tui.core.plain import plain
from tui.dashboard.glyphs import CUT

Ink = Literal["text", "dim", "strong", "accent", "good", "bad", "warn", "busy", "pick", "key", "alarm", "chosen"]
INKS: tuple[Ink, ...] = get_args(Ink)


class Row:
    """Pieces of text, from the left."""

    __slots__ = ("pieces", "width")

    def __init__(self, text: str = "", ink: Ink = "text") -> None:
        self.pieces: list[tuple[str, Ink]] = []
        self.width = 0
        """Cells taken so far."""
        self.add(text, ink)

    def __eq__(self, other: object) -> bool:
        """Whether both look the same."""
        return isinstance(other, Row) and self.pieces == other.pieces

    __hash__ = None  # type: ignore[assignment]  # rows change while they are built

    @property
    def text(self) -> str:
        """The text alone."""
        return "".join(text for text, _ in self.pieces)

    def add(self, text: str, ink: Ink = "text") -> Row:
        """Append a piece; a newline in it becomes a blank, other control characters go."""
        if text and not text.isprintable():
            text = plain(text).replace("\n", " ")
        if text:
            self.pieces.append((text, ink))
            self.width += cell_len(text)
        return self

    def join(self, other: Row) -> Row:
        """Append the pieces of another row."""
        self.pieces.extend(other.pieces)
        self.width += other.width
        return self

    def to(self, column: int) -> Row:
        """Fill up to, or cut back to, ``column``; a cut is marked and leaves a blank before what follows."""
        if self.width < column:
            return self.add(" " * (column - self.width))
        if self.width > column:
            self.cut(max(column - 1, 0)).add(" " if column > 0 else "")
        return self

    def cut(self, width: int) -> Row:
        """Make it at most ``width`` cells wide; a cut is marked, and with no width nothing is left."""
        width = max(width, 0)
        if self.width <= width:
            return self
        kept: list[tuple[str, Ink]] = []
        left = width
        for text, ink in self.pieces:
            size = cell_len(text)
            if size < left:
                kept.append((text, ink))
                left -= size
                continue
            if left:
                kept.append((set_cell_size(text, left - 1) + CUT, ink))
            break
        self.pieces, self.width = kept, width
        return self

    def right(self, other: Row, width: int) -> Row:
        """Put ``other`` at the right end of ``width`` cells; what is in its way is cut."""
        return self.to(max(width - other.width - 1, 0)).add(" ").join(other).cut(width)


def fact(name: str, text: str, width: int, column: int, ink: Ink = "text") -> list[Row]:
    """A name and, from ``column`` on, what is known, broken into lines."""
    lines = wrap(text, max(width - column, 10))
    first = Row(f" {name}", "dim").to(column).add(lines[0], ink)
    return [first, *(Row(" " * column).add(line, ink) for line in lines[1:])]


def fit(text: str, width: int) -> str:
    """``text`` in exactly ``width`` cells, cut at the end with a mark: for titles."""
    if width <= 0:
        return ""
    return set_cell_size(text, width) if cell_len(text) <= width else set_cell_size(text, width - 1) + CUT


def middle(text: str, width: int) -> str:
    """``text`` in at most ``width`` cells, cut in the middle with a mark: for ids."""
    if cell_len(text) <= width:
        return text
    if width < 5:
        return fit(text, max(width, 0))
    room = (width - 1) // 2
    spans, _ = split_graphemes(text)
    at, taken = len(text), 0
    for start, _, cells in reversed(spans):
        if taken + cells > room:
            break
        at, taken = start, taken + cells
    return set_cell_size(text, width - 1 - taken) + CUT + text[at:]


def wrap(text: str, width: int) -> list[str]:
    """``text`` broken at blanks into lines of at most ``width`` cells; its own line breaks stay.

    A width below one counts as one, and a character that is wider than the width has a line of its own.
    """
    width = max(width, 1)
    lines: list[str] = []
    for paragraph in text.split("\n"):
        line, used = "", 0
        for word in paragraph.split(" "):
            rest, cells = word, cell_len(word)
            if line and used + 1 + cells > width:
                lines.append(line)
                line, used = "", 0
            if cells > width:
                *whole, rest = filter(None, chop_cells(word, width))
                lines += whole
                cells = cell_len(rest)
            line, used = (f"{line} {rest}", used + 1 + cells) if line else (rest, cells)
        lines.append(line)
    return lines
