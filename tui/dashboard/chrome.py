"""The lines around a screen: where one is and how the line stands, what is wrong, and the keys that work here."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime
from pathlib import Path

from tui.core.plain import one_line
from tui.dashboard import glyphs
from tui.dashboard.desk import Desk
from tui.dashboard.keymap import KEYS, Scope
from tui.dashboard.row import Row
from tui.dashboard.state import DeckState
from tui.dashboard.words import moment

PLACES = (("workflows", "Workflows"), ("runs", "Runs"))


def home_short(path: Path) -> str:
    """A folder as a person writes it."""
    home = Path.home()
    return f"~/{path.relative_to(home)}" if path != home and path.is_relative_to(home) else str(path)


def connection(state: DeckState) -> Row:
    """How the line stands, in a sign and a word."""
    if state.line == "connected":
        return Row(f"{glyphs.CONNECTED} connected", "good")
    if state.line == "starting":
        return Row(f"{glyphs.APART} starting", "warn")
    return Row(f"{glyphs.LOST} not running", "bad")


def header(desk: Desk, place: str, width: int) -> Row:
    """Places, folder, trust, connection, what runs."""
    state = desk.state
    row = Row(" Modeldeck ", "strong")
    for name, title in PLACES:
        row.add(" ").add(f" {desk.key(name)} {title} ", "chosen" if name == place else "dim")
    tail = Row()
    if width >= 90:
        tail.add(one_line(home_short(state.project)))
        tail.add(" · ", "dim")
    if state.trusted is not None:
        tail.add("trusted" if state.trusted else "not trusted", "dim" if state.trusted else "warn")
        tail.add("   ")
    tail.join(connection(state))
    if state.running:
        tail.add("   ").add(f"{state.running} running", "busy")
    return row.right(tail.add(" "), width)


def banner(desk: Desk, now: datetime) -> Row | None:
    """What stands in the way, the gravest first; nothing when nothing does."""
    state = desk.state
    if state.line != "connected":
        then = moment(state.as_of)
        seen = f"as of {then.astimezone(now.tzinfo).strftime('%d %b %H:%M')}" if then else "nothing read yet"
        row = Row(f" {seen} · ", "warn")
        if state.line == "starting":
            return row.add("executor starting …", "warn")
        key = desk.key("reload")
        return row.add(f"{one_line(state.why_apart or 'no executor')} · {key} tries again at once", "warn")
    status = state.status
    if status is None:
        return None
    if status.config_error:
        return Row(f" {glyphs.FAILED} the last good configuration is in force: {one_line(status.config_error)}", "bad")
    if not status.trusted:
        note = one_line(status.trust_note or "its workflows are listed, nothing of it runs")
        return Row(" not trusted: ", "warn").add(note).add(f"   {desk.key('trust')} look, and trust", "key")
    if status.missing_environment:
        names = ", ".join(status.missing_environment)
        return Row(f" not set in the executor: {one_line(names)}", "warn")
    return None


def footer(desk: Desk, scopes: Iterable[Scope], works: Callable[[str], bool], width: int) -> Row:
    """The keys of the focused thing, with the word of each; ``works`` says whether an action makes sense now."""
    row = Row(" ")
    wanted = tuple(scopes)
    for key in sorted(
        (key for key in KEYS if key.foot and key.scope in wanted), key=lambda key: wanted.index(key.scope)
    ):
        if not works(key.action.partition("(")[0]):
            continue
        shown = desk.key(key.id)
        if key.id == "favourite-next":
            shown = f"{desk.key('favourite-before')} {shown}"
        piece = Row(shown, "key").add(f" {key.foot}  ", "dim")
        if row.width + piece.width - 2 <= width:
            row.join(piece)
    return row
