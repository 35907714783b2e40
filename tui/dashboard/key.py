"""One key of the dashboard, and where it works."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Scope = Literal[
    "everywhere",
    "list",
    "workflows",
    "runs",
    "run",
    "specs",
    "form",
    "menu",
    "editor",
    "dialog",
    "picker",
    "start",
    "again",
    "choose",
    "comment",
    "trust",
    "text",
    "models",
    "opening",
]


@dataclass(frozen=True, slots=True)
class Key:
    """One binding."""

    id: str
    keys: str
    """Comma separated."""
    action: str
    description: str
    tooltip: str
    scope: Scope
    foot: str | None = None
    """The word in the footer; ``None`` keeps it out of there."""
    priority: bool = False
