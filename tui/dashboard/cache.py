"""The deck as it was last seen, so that the first paint needs no executor: a small file, read with ``json`` alone.

A cache that is missing, broken or of another version is as good as none: the deck is then painted empty.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from tui.core.plain import one_line
from tui.core.run import Run, RunStatus, Step
from tui.core.verbs import StageSummary, WorkflowItem
from tui.dashboard.state import Card

VERSION = 1
PROJECTS = 8
"""How many folders' decks are kept, the newest ones."""

Json = Mapping[str, object]


@dataclass(slots=True)
class Remembered:
    """What the cache gave."""

    as_of: str | None = None
    cards: list[Card] = field(default_factory=list)
    theme: dict[str, object] | None = None
    """The theme as data, the way a theme's file writes it."""
    keymap: dict[str, str] = field(default_factory=dict)


def recall(file: Path, project: Path) -> Remembered:
    """The deck of ``project`` as it was last seen. Never raises."""
    try:
        data = json.loads(file.read_text("utf-8"))
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
        remembered.cards = [_card(card) for card in cards if isinstance(card, dict)]
    return remembered


def remember(
    file: Path, project: Path, cards: list[Card], *, as_of: str, theme: Json | None, keymap: Mapping[str, str]
) -> None:
    """Keep the deck of ``project``, replacing the file at once.

    Raises :class:`OSError` where the file can't be written.
    """
    try:
        data = json.loads(file.read_text("utf-8"))
    except (OSError, ValueError):
        data = {}
    decks = data.get("decks") if isinstance(data, dict) and data.get("version") == VERSION else None
    kept = {name: deck for name, deck in (decks or {}).items() if name != str(project)}
    kept = dict(list(kept.items())[-(PROJECTS - 1) :])
    kept[str(project)] = {"as_of": as_of, "cards": [_plain_card(card) for card in cards]}
    file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    fresh = file.with_name(file.name + ".new")
    fresh.write_text(
        json.dumps({"version": VERSION, "theme": theme, "keymap": dict(keymap), "decks": kept}, ensure_ascii=False),
        "utf-8",
    )
    fresh.replace(file)


def _plain_card(card: Card) -> dict[str, object]:
    return {
        "name": card.item.name,
        "title": card.item.title,
        "origin": card.item.origin,
        "runnable": card.item.runnable,
        "why_not": card.item.why_not,
        "stages": [[stage.name, stage.type, stage.profile, stage.model] for stage in card.item.stages],
        # A pick is the window's own, so what is kept is the plan of a card without one.
        "plan": [_plain_step(step) for step in card.plan.steps] if card.plan and card.pick is None else [],
    }


def _plain_step(step: Step) -> list[object]:
    return [step.stage, step.type, step.asked, step.sent, step.reason, step.agent, step.agent_kind, step.permission]


def _text(value: object) -> str | None:
    return one_line(value) if isinstance(value, str) else None


def _card(data: Json) -> Card:
    name = _text(data.get("name")) or "?"
    origin = data.get("origin")
    item = WorkflowItem(
        name=name,
        title=_text(data.get("title")) or name,
        description=None,
        origin=origin if origin in ("shipped", "user", "project") else "user",
        stages=tuple(_stage(stage) for stage in _lists(data.get("stages"), 4)),
        runnable=data.get("runnable") is not False,
        why_not=_text(data.get("why_not")),
    )
    steps = tuple(_step(index, step) for index, step in enumerate(_lists(data.get("plan"), 8)))
    plan = Run(task_id=None, kind="workflow", workflow=name, status=RunStatus.PENDING, steps=steps) if steps else None
    return Card(item, plan=plan)


def _lists(value: object, length: int) -> list[list[object]]:
    rows = value if isinstance(value, list) else []
    return [row for row in rows if isinstance(row, list) and len(row) == length]


def _stage(row: list[object]) -> StageSummary:
    kind = "approval" if row[1] == "approval" else "agent"
    return StageSummary(
        _text(row[0]) or "?", "approval" if kind == "approval" else "agent", _text(row[2]), _text(row[3])
    )


def _step(index: int, row: list[object]) -> Step:
    permission = row[7]
    return Step(
        index=index,
        stage=_text(row[0]) or "?",
        type="approval" if row[1] == "approval" else "agent",
        asked=_text(row[2]),
        sent=_text(row[3]),
        reason=_text(row[4]),
        agent=_text(row[5]),
        agent_kind=_text(row[6]),
        permission=permission if permission in ("plan", "edit", "full") else None,
    )
