"""The deck as it was last seen, so that the first paint needs no executor: a small file, read with ``json`` alone.

A cache that is missing, broken or of another version is as good as none: the deck is then painted empty.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from tui.core.json_input import read_json
from tui.core.plain import one_line, plain
from tui.dashboard.face import Face
from tui.dashboard.row import INKS

VERSION = 2
PROJECTS = 8
"""How many folders' decks are kept, the newest ones."""

Json = Mapping[str, object]


@dataclass(slots=True)
class Remembered:
    """What the cache gave."""

    as_of: str | None = None
    faces: list[Face] = field(default_factory=list)
    theme: dict[str, object] | None = None
    """The theme as data, the way a theme's file writes it."""
    keymap: dict[str, str] = field(default_factory=dict)
    recents: list[str] = field(default_factory=list)
    """Selectors that were taken in this folder, the newest first."""


def recall(file: Path, project: Path) -> Remembered:
    """The deck of ``project`` as it was last seen. Never raises."""
    try:
        data = read_json(file.read_text("utf-8"))
    except (OSError, ValueError):
        return Remembered()
    if not isinstance(data, dict) or data.get("version") != VERSION:
        return Remembered()
    remembered = Remembered()
    if isinstance(theme := data.get("theme"), dict):
        remembered.theme = theme
    if isinstance(keymap := data.get("keymap"), dict):
        remembered.keymap = {str(key): str(value) for key, value in keymap.items()}
    decks = data.get("decks")
    deck = decks.get(str(project)) if isinstance(decks, dict) else None
    if isinstance(deck, dict) and isinstance(cards := deck.get("cards"), list):
        remembered.as_of = _text(deck.get("as_of"))
        remembered.faces = [_face(card) for card in cards if isinstance(card, dict)]
        recents = deck.get("recents")
        remembered.recents = [one for one in recents if isinstance(one, str)] if isinstance(recents, list) else []
    return remembered


def remember(
    file: Path,
    project: Path,
    faces: Iterable[Face],
    *,
    as_of: str,
    theme: Json | None,
    keymap: Mapping[str, str],
    recents: Iterable[str] = (),
) -> None:
    """Keep the deck of ``project``, replacing the file at once.

    Raises :class:`OSError` where the file can't be written.
    """
    try:
        data = read_json(file.read_text("utf-8"))
    except (OSError, ValueError):
        data = {}
    decks = data.get("decks") if isinstance(data, dict) and data.get("version") == VERSION else None
    kept = {name: deck for name, deck in (decks or {}).items() if name != str(project)}
    kept = dict(list(kept.items())[-(PROJECTS - 1) :])
    kept[str(project)] = {"as_of": as_of, "cards": [_plain_face(face) for face in faces], "recents": list(recents)}
    file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    fresh = file.with_name(file.name + ".new")
    fresh.write_text(
        json.dumps({"version": VERSION, "theme": theme, "keymap": dict(keymap), "decks": kept}, ensure_ascii=False),
        "utf-8",
    )
    fresh.replace(file)


def _plain_face(face: Face) -> dict[str, object]:
    """As JSON, without a pick: that is the window's own."""
    return {
        "name": face.name,
        "title": face.title,
        "effort": face.effort,
        "sent": face.sent,
        "others": face.others,
        "reason": face.reason,
        "trouble": face.trouble,
        "facts": [list(piece) for piece in face.facts],
    }


def _text(value: object) -> str | None:
    return one_line(value) if isinstance(value, str) else None


def _face(data: Json) -> Face:
    name = _text(data.get("name")) or "?"
    others, facts = data.get("others"), data.get("facts")
    pieces = (
        [piece for piece in facts if isinstance(piece, list) and len(piece) == 2] if isinstance(facts, list) else []
    )
    return Face(
        name=name,
        title=_text(data.get("title")) or name,
        effort=_text(data.get("effort")),
        sent=_text(data.get("sent")),
        others=others if isinstance(others, int) else 0,
        reason=_text(data.get("reason")) or "",
        trouble=_text(data.get("trouble")),
        # Blanks at a piece's ends matter, so they are not stripped.
        facts=tuple((plain(str(text)), ink) for text, ink in pieces if ink in INKS),
    )
