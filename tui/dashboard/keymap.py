"""Every key of the dashboard: one table, from which the bindings, the footer, the help and the palette are made.

A person overrides a key in the configuration by its id: ``keymap: {pick-model: p}``.
"""

from __future__ import annotations

from textual.binding import Binding

from tui.dashboard.dialog_keys import DIALOG_KEYS
from tui.dashboard.key import Key, Scope
from tui.dashboard.screen_keys import SCREEN_KEYS

KEYS: tuple[Key, ...] = (*SCREEN_KEYS, *DIALOG_KEYS)

SCOPES: dict[Scope, str] = {
    "workflows": "Workflows",
    "specs": "Specs",
    "form": "The form of a spec",
    "editor": "The defaults of a workflow",
    "menu": "What can be created",
    "runs": "Runs",
    "models": "Models",
    "run": "One run",
    "picker": "The list of models",
    "start": "Before a start",
    "again": "Retry",
    "choose": "One of a list",
    "comment": "A line of text",
    "opening": "Before the executor has answered",
    "trust": "Trusting a folder",
    "list": "Any list",
    "text": "Any text",
    "everywhere": "Everywhere",
}
"""Headings of the help, in its order."""

BY_ID: dict[str, Key] = {key.id: key for key in KEYS}

_SHOWN = {
    "left_square_bracket": "[",
    "right_square_bracket": "]",
    "slash": "/",
    "full_stop": ".",
    "question_mark": "?",
    "escape": "esc",
    "pagedown": "pgdn",
    "pageup": "pgup",
    "backspace": "bksp",
}


def bindings(*scopes: Scope) -> list[Binding]:
    """Textual's bindings of these scopes; each has id, description and tooltip."""
    return [
        Binding(
            key.keys, key.action, key.description, id=key.id, tooltip=key.tooltip, show=False, priority=key.priority
        )
        for key in KEYS
        if key.scope in scopes
    ]


def shown(keys: str) -> str:
    """Keys as a person reads them: ``j``, ``[``, ``pgdn``."""
    return " ".join(_SHOWN.get(key, key) for key in keys.split(","))


def first_key(keys: str, *, writing: bool = False) -> str:
    """The first of several keys, as a person reads it; while one writes, the first that writes nothing, if any does."""
    names = keys.split(",")
    able = [name for name in names if name != "space" and len(shown(name)) > 1] if writing else []
    return shown((able or names)[0])
