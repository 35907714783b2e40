"""A shadow of the terminal's cells, and the writing of those that differ: positions, style changes, text, erasures."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from rich.cells import split_graphemes
from rich.color import ColorSystem
from rich.style import Style
from textual.strip import Strip

GAP = 4
"""Unchanged cells between two changed ones of a line that are cheaper written again than jumped over."""

BLANKS = 6
"""From this many blanks on, erasing is shorter than writing them."""

_UNSEEN = frozenset({"", "1", "2", "3", "1;2", "1;3", "2;3", "1;2;3"})
"""Attributes (bold, dim, italic) that a blank does not show; with any other a blank is written, not erased."""


class Look(NamedTuple):
    """A cell's style as the terminal is told it."""

    attributes: str
    front: str
    back: str


PLAIN = Look("", "39", "49")

ANY = "any"
"""A part of a look that a blank cell does not show, so that whatever is in force will do."""

Cell = tuple[str, Look]
"""What one cell shows; the second half of a wide character has an empty text."""

Piece = tuple[int, int, list[Cell]]
"""Row, column, and the cells from there on."""


class Looks:
    """Styles as cells know them, each worked out once."""

    def __init__(self, system: ColorSystem) -> None:
        self._system = system
        self._known: dict[Style, tuple[Look, Look]] = {}

    def of(self, style: Style | None) -> tuple[Look, Look]:
        """How the terminal is told ``style``: for letters, and for blanks."""
        if style is None:
            return PLAIN, _blank(PLAIN)
        looks = self._known.get(style)
        if looks is None:
            system = self._system
            front = style.color.downgrade(system).get_ansi_codes() if style.color else ("39",)
            back = style.bgcolor.downgrade(system).get_ansi_codes(foreground=False) if style.bgcolor else ("49",)
            attributes = Strip.render_ansi(style.without_color, system)
            look = Look(attributes, ";".join(front), ";".join(back))
            looks = self._known[style] = (look, _blank(look))
        return looks

    def cells(self, strip: Strip) -> list[Cell]:
        """The cells that a strip fills."""
        cells: list[Cell] = []
        for text, style, control in strip:
            if control:
                continue
            look, blank = self.of(style)
            if text.isascii():
                cells.extend([(letter, blank if letter == " " else look) for letter in text])
                continue
            spans, _ = split_graphemes(text)
            for start, end, width in spans:
                letter = text[start:end]
                if width:
                    cells.append((letter, blank if letter == " " else look))
                    cells.extend([("", look)] * (width - 1))
                elif cells:
                    before, its_look = cells[-1]
                    cells[-1] = (before + letter, its_look)
        return cells


def _blank(look: Look) -> Look:
    """What of a look a blank shows: its background, and lines drawn through or under it."""
    return Look(ANY, ANY, look.back) if look.attributes in _UNSEEN else look


class Pen:
    """Writes cells: moves only where it must, tells a style only where it changes, and only the part that does."""

    def __init__(self, *, erase: bool) -> None:
        self.out: list[str] = []
        self._erase = erase
        self._at: tuple[int, int] | None = None
        self._look = PLAIN

    def write(self, y: int, x: int, cells: Sequence[Cell]) -> None:
        """Write cells from a position on."""
        for look, start, end in _stretches(cells):
            text = "".join(letter for letter, _ in cells[start:end])
            if self._erase and end - start >= BLANKS and text.isspace() and text.isascii() and look.attributes == ANY:
                self._move(y, x + start)
                self._tell(look)
                self.out.append(f"\x1b[{end - start}X")
                continue
            self._move(y, x + start)
            self._tell(look)
            self.out.append(text)
            # Terminals differ on how wide some characters are; after such text the position is told anew.
            self._at = (y, x + end) if text.isascii() else None

    def rest(self) -> str:
        """Everything written, leaving the terminal without a style."""
        if self._look != PLAIN:
            self.out.append("\x1b[0m")
        return "".join(self.out)

    def _move(self, y: int, x: int) -> None:
        if self._at == (y, x):
            return
        if self._at is not None and self._at[0] == y and x > self._at[1]:
            ahead = x - self._at[1]
            self.out.append(f"\x1b[{ahead}C" if ahead > 1 else "\x1b[C")
        else:
            self.out.append(f"\x1b[{y + 1};{x + 1}H")
        self._at = (y, x)

    def _tell(self, look: Look) -> None:
        before = self._look
        if look.attributes == ANY:
            seen = before.attributes if before.attributes in _UNSEEN else ""
            look = Look(seen, before.front, look.back)
        self._look = look
        if look == before:
            return
        if look == PLAIN:
            parts = ["0"]
        elif before.attributes and look.attributes != before.attributes:
            parts = ["0", *(part for part, plain in zip(look, PLAIN, strict=True) if part != plain)]
        else:
            parts = [new for old, new in zip(before, look, strict=True) if old != new]
        self.out.append(f"\x1b[{';'.join(parts)}m")


class Shadow:
    """The screen as the terminal shows it."""

    def __init__(self, width: int, height: int, *, erase: bool) -> None:
        self.size = (width, height)
        self._erase = erase
        self._rows: list[list[Cell | None]] = [[None] * width for _ in range(height)]

    def update(self, pieces: Iterable[Piece]) -> str:
        """Take in what shall be shown; the answer is what to write."""
        pen = Pen(erase=self._erase)
        width, height = self.size
        for y, x, cells in pieces:
            if not 0 <= y < height or x >= width:
                continue
            shown = self._rows[y]
            end = min(x + len(cells), width)
            for start, stop in _runs([at for at in range(x, end) if shown[at] != cells[at - x]]):
                # A wide character is written whole: its second half says nothing by itself.
                while start > x and not cells[start - x][0]:
                    start -= 1  # noqa: PLW2901  # the run grows
                while stop < end and not cells[stop - x][0]:
                    stop += 1  # noqa: PLW2901  # the run grows
                pen.write(y, start, cells[start - x : stop - x])
            shown[x:end] = cells[: end - x]
        return pen.rest()


def _runs(changed: list[int]) -> Iterator[tuple[int, int]]:
    """Changed columns as runs; short gaps are swallowed."""
    if not changed:
        return
    start = last = changed[0]
    for at in changed[1:]:
        if at - last > GAP:
            yield start, last + 1
            start = at
        last = at
    yield start, last + 1


def _stretches(cells: Sequence[Cell]) -> Iterator[tuple[Look, int, int]]:
    """Cells of one look, with blanks of any length as stretches of their own, so that they can be erased."""
    start = 0
    for at in range(1, len(cells) + 1):
        if at == len(cells) or cells[at][1] != cells[start][1] or _turns(cells, start, at):
            yield cells[start][1], start, at
            start = at


def _turns(cells: Sequence[Cell], start: int, at: int) -> bool:
    """Whether a long row of blanks begins or ends at ``at``."""
    blank = cells[at][0] == " "
    if blank == (cells[at - 1][0] == " "):
        return False
    if not blank:
        return at - start >= BLANKS and cells[start][0] == " "
    ahead = cells[at : at + BLANKS]
    return len(ahead) == BLANKS and all(cell[0] == " " and cell[1] == cells[at][1] for cell in ahead)
