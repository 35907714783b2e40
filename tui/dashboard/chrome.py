"""The lines around a screen: where one is and how the line stands, what is wrong, and the keys that work here."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from tui.core.plain import one_line
from tui.dashboard import glyphs
from tui.dashboard.desk import Desk
from tui.dashboard.key import Key, Scope
from tui.dashboard.keymap import KEYS
from tui.dashboard.row import Ink, Row, middle
from tui.dashboard.state import DeckState
from tui.dashboard.words import count, moment

if TYPE_CHECKING:
    from tui.core.items import Status

PAIRS = {
    "favourite-next": "favourite-before",
    "step-next": "step-before",
    "provider-next": "provider-before",
    "comment-reject": "comment-approve",
}
"""Keys that stand in the footer together, the second one's word for both."""

NAME = " Modeldeck "
"""Left out where the places need the room."""

SHORTEST = 12
"""Cells under which the folder is left out rather than cut."""

PLACES = (("workflows", "Workflows"), ("specs", "Specs"), ("runs", "Runs"), ("models", "Models"))


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
    if state.stopped:
        return Row(f"{glyphs.APART} stopped", "warn")
    return Row(f"{glyphs.LOST} refused" if state.refused else f"{glyphs.LOST} not running", "bad")


def header(desk: Desk, place: str, width: int) -> Row:
    """Places, folder, trust, connection, what runs."""
    state = desk.state
    places = _places(desk, place)
    tails = [_standing(state, left_out) for left_out in range(3)]
    tail = next((tail for tail in tails if places.width + tail.width < width), tails[-1])
    if places.width + tail.width >= width:
        places = _places(desk, place, only_here=True)
    whole, last = one_line(home_short(state.project)), one_line(state.project.name)
    room = width - places.width - tail.width - 5
    row = Row(NAME, "strong") if len(NAME) + len(last) <= room else Row()
    row.join(places)
    room -= len(NAME) if row.text.startswith(NAME) else 0
    folder = Row()
    if room >= SHORTEST or len(whole) <= room:
        folder.add(middle(whole, room)).add(" · ", "dim")
    elif len(last) <= room:
        folder.add(last).add(" · ", "dim")
    return row.right(folder.join(tail), width)


def _places(desk: Desk, place: str, *, only_here: bool = False) -> Row:
    """Return the places; ``only_here``: those that the user is not at by their keys alone."""
    places = Row()
    for name, title in PLACES:
        here = name == place
        text = desk.key(name) if only_here and not here else f"{desk.key(name)} {title}"
        places.add(" ").add(f" {text} ", "chosen" if here else "dim")
    return places


def _standing(state: DeckState, left_out: int) -> Row:
    """Trust, connection, and what goes on; of the first two so many are left out, where they are as they should be."""
    parts = state.alarms.parts()
    if state.trusted is not None and (left_out < 1 or not state.trusted):
        parts.append(Row("trusted", "dim") if state.trusted else Row("not trusted", "warn"))
    if left_out < 2 or state.line != "connected" or not (state.running or state.waiting):
        parts.append(connection(state))
    if state.running:
        parts.append(Row(f"{state.running} running", "busy"))
    if state.waiting:
        parts.append(Row(f"{state.waiting} {'waits' if state.waiting == 1 else 'wait'} for you", "warn"))
    tail = Row()
    for part in parts:
        tail.add("   " if tail.width else "").join(part)
    return tail.add(" ")


def banner(desk: Desk, now: datetime) -> Row | None:
    """What stands in the way, the gravest first; nothing when nothing does."""
    state = desk.state
    status = state.status
    if state.line != "connected":
        return _apart(desk, now)
    if status is None:
        return None
    row = None
    told = notices(status)
    if status.config_error:
        row = _noticed(desk, told)
    elif status.draining:
        running = sum(step.status == "running" for run in state.runs.values() for step in run.steps)
        left = f"{count(running, 'agent')} still {'runs' if running == 1 else 'run'}"
        row = Row(f" {glyphs.LOST} the executor is ending: {left}; nothing else is started", "warn")
    elif not status.trusted:
        note = one_line(status.trust_note or "its workflows are listed, nothing of it runs")
        row = Row(f" {desk.key('trust')} look, and trust", "key").add("   not trusted: ", "warn").add(note)
    elif told:
        row = _noticed(desk, told)
    return row


def notices(status: Status | None) -> list[tuple[str, str, Ink]]:
    """Sign, sentence and ink of all that is to know of the configuration, the gravest first."""
    found: list[tuple[str, str, Ink]] = []
    if status is None:
        return found
    if status.config_fault is not None:
        found.append((glyphs.FAILED, one_line(status.config_fault.sentence, 2000), "bad"))
    found += [(glyphs.LOST, one_line(warning, 2000), "warn") for warning in status.warnings]
    if status.missing_environment:
        told = f"not set in the executor: {one_line(', '.join(status.missing_environment), 2000)}"
        found.append((glyphs.LOST, told, "warn"))
    return found


def _noticed(desk: Desk, told: list[tuple[str, str, Ink]]) -> Row:
    """The gravest one, as far as there is room, and the key that shows all of them whole."""
    sign, sentence, ink = told[0]
    whole = "reads it" if len(told) == 1 else f"reads all {len(told)}"
    return Row(f" {desk.key('notices')} {whole}", "key").add(f"   {sign} {sentence}", ink)


def _apart(desk: Desk, now: datetime) -> Row:
    """How old what is shown is, and what is being done about it."""
    state = desk.state
    then = moment(state.as_of)
    seen = f"as of {then.astimezone(now.tzinfo).strftime('%d %b %H:%M')}" if then else "nothing read yet"
    if state.line == "starting" and state.why_apart is None:
        return Row(f" {seen} · executor starting …", "warn")
    if state.stopped:
        return Row(f" {seen} · {one_line(state.why_apart or '')} · ", "warn").add(
            f"{desk.key('reload')} starts it", "key"
        )
    return Row(f" {desk.key('reload')} try again", "key").add(f"   {seen} · {one_line(state.why_apart or '')}", "warn")


ALWAYS = ("help", "quit", "leave")
"""Actions whose keys the footer never leaves out, where they work."""


def footer(
    desk: Desk, scopes: Iterable[Scope], works: Callable[[str], bool], width: int, *, writing: bool = False
) -> Row:
    """The keys of the focused thing, with the word of each; ``works`` says whether an action makes sense now.

    While one is ``writing`` they are keys that are no letters.
    """
    wanted = tuple(scopes)
    able = [
        key
        for scope in wanted
        for key in KEYS
        if key.scope == scope and key.foot and works(key.action.partition("(")[0])
    ]
    last = [_piece(desk, key, writing=writing) for key in able if key.action in ALWAYS]
    pieces = [_piece(desk, key, writing=writing) for key in able if key.action not in ALWAYS]
    room = width - sum(piece.width for piece in last) + 1
    more = Row(f"{glyphs.CUT}  ", "dim")
    if sum(piece.width for piece in pieces) + 1 > room:
        room -= more.width
        last.insert(0, more)  # there are keys that have no room
    row = Row(" ")
    for piece in pieces:
        if row.width + piece.width <= room:
            row.join(piece)
    for piece in last:
        row.join(piece)
    if row.pieces:  # blanks at the end are no reason to mark a cut
        text, ink = row.pieces.pop()
        row.width -= len(text)
        row.add(text.rstrip(), ink)
    return row


def _piece(desk: Desk, key: Key, *, writing: bool) -> Row:
    shown = desk.key(key.id, writing=writing)
    if key.id in PAIRS:
        shown = f"{desk.key(PAIRS[key.id], writing=writing)} {shown}"
    return Row(shown, "key").add(f" {key.foot}  ", "dim")
