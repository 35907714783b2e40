"""One line of the screen under construction: pieces of text, each with the ink it is written in.

Inks are names; what they look like is told by ``styles/inks.tcss`` and the theme. Text is data and never markup.
"""

from __future__ import annotations

from typing import Literal, get_args

from rich.cells import cell_len, set_cell_size

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
        """Append a piece; a newline in it becomes a blank."""
        if text:
            text = text.replace("\n", " ")
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
            self.cut(column)
        return self

    def cut(self, width: int) -> Row:
        """Make it at most ``width`` cells wide; a cut is marked."""
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
    tail = text[-room:]
    while cell_len(tail) > room:
        tail = tail[1:]
    return set_cell_size(text, width - 1 - cell_len(tail)) + CUT + tail


def wrap(text: str, width: int) -> list[str]:
    """``text`` broken at blanks into lines of at most ``width`` cells; its own line breaks stay."""
    lines: list[str] = []
    for paragraph in text.split("\n"):
        line = ""
        for word in paragraph.split(" "):
            rest = word
            if line and cell_len(line) + 1 + cell_len(rest) > width:
                lines.append(line)
                line = ""
            while cell_len(rest) > width:
                head = set_cell_size(rest, width).rstrip() or rest[:1]
                lines.append(head)
                rest = rest[len(head) :]
            line = f"{line} {rest}" if line else rest
        lines.append(line)
    return lines
