"""What every test starts from: an empty home, no variables that change how things look or where they are."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

STRIPPED = ("TEXTUAL", "XDG_", "MODELDECK_", "ANTHROPIC_", "CLAUDE_", "OPENAI_", "GEMINI_", "GOOGLE_", "NO_COLOR")


@pytest.fixture(autouse=True)
def empty_home(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home of its own for each test, so that nothing of the person's is read or written."""
    home = tmp_path_factory.mktemp("home")
    for name in list(os.environ):
        if name.startswith(STRIPPED):
            monkeypatch.delenv(name)
    monkeypatch.setenv("HOME", str(home))
    return home
