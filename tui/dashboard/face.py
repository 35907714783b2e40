"""A card as it is painted: three rows of text. It knows no core type, so that the first frame waits for none."""

from __future__ import annotations

from dataclasses import dataclass

from tui.dashboard import glyphs
from tui.dashboard.row import Ink, Row, fit
from tui.dashboard.words import selector

HEIGHT = 4
"""Three rows and a blank."""

BROAD = 110
"""From this width on there is room for a whole reference in the drop-down."""

NARROW = 60
"""Under this width a card has one column."""


@dataclass(frozen=True, slots=True)
class Face:
    """What a card says."""

    name: str
    title: str
    pick: str | None = None
    """The selector picked here; ``None`` is inherit."""
    effort: str | None = None
    sent: str | None = None
    """What the first step will run as; ``None`` while that is not known."""
    others: int = 0
    """How many other models the later steps run as."""
    at_work: str | None = None
    """What the run that goes on runs as, where the next start would run as something else."""
    reason: str = ""
    trouble: str | None = None
    """Why it can't run, in one sentence."""
    facts: tuple[tuple[str, Ink], ...] = ()
    """Stages, agents and the newest run, or why the last start was refused."""


def second_column(width: int) -> int:
    """Where the drop-down and the reason begin: the same place on every card."""
    return min(width * 45 // 100, 40) if width < BROAD else min(width * 2 // 5, 64)


def drop_down(picked: str | None, inner: int = 16) -> Row:
    """The model drop-down. ``inherit`` stands where nothing is picked."""
    row = Row("[ ", "dim")
    row.add(fit(selector(picked or "inherit", inner), inner), "pick" if picked else "text")
    return row.add(f" {glyphs.DROP}]", "dim")


def face_rows(face: Face, *, width: int, focused: bool, stale: bool) -> list[Row]:
    """The three rows at this width."""
    column = second_column(width)
    bar = glyphs.BAR if focused else " "
    first = Row(bar, "accent").add(" ").add(face.title, "strong")
    first.to(max(width - 22, 10) if width < NARROW else column).join(drop_down(face.pick, 32 if width >= BROAD else 16))
    if face.effort and width >= NARROW:
        first.add(f" {face.effort}", "dim")
    third = Row(bar, "accent").add(" ")
    refused = any(ink == "bad" for _, ink in face.facts[:1])
    if width < NARROW and face.reason and not (face.trouble or face.at_work or refused):
        third.add(face.reason, "dim")
    else:
        for text, ink in face.facts:
            third.add(text, ink)
    return [first.cut(width), _answer(face, bar, width, stale=stale).cut(width), third.cut(width)]


def _answer(face: Face, bar: str, width: int, *, stale: bool) -> Row:
    """What will run and why."""
    row = Row(bar, "accent").add(" ")
    if face.at_work:
        return _both(face, row, width, stale=stale)
    if face.trouble:
        return row.add(f"{glyphs.FAILED} {face.trouble}", "bad")
    row.add(f"{glyphs.ARROW} ", "dim")
    if face.sent is None:
        return row.add("not known yet" if stale else "asking …", "dim")
    others = f" +{face.others}" if face.others else ""
    column = second_column(width)
    room = (width if width < NARROW else column) - 6 - len(others)
    row.add(selector(face.sent, room), "dim" if stale else "text").add(others, "dim")
    return row if width < NARROW else row.to(column).add(face.reason, "dim")


def _both(face: Face, row: Row, width: int, *, stale: bool) -> Row:
    """What runs now, and what the next start would run."""
    narrow = width < NARROW
    column = width // 2 if narrow else second_column(width)
    row.add(f"{glyphs.RUNNING} ", "busy").add(selector(face.at_work or "", column - 5))
    row.to(column - 1).add(" ").add("next: " if narrow else "next start: ", "dim")
    if face.trouble:
        return row.add(f"{glyphs.FAILED} {face.trouble}", "bad")
    if face.sent is None:
        return row.add("not known yet" if stale else "asking …", "dim")
    others = f" +{face.others}" if face.others else ""
    row.add(selector(face.sent, max(width - row.width - len(others), 5)), "dim" if stale else "text").add(others, "dim")
    return row if narrow else row.add(f"   {face.reason}", "dim")
