"""The files of a user who has none yet."""

from __future__ import annotations

from pathlib import Path

import pytest

from tui.config.locations import Locations


@pytest.fixture
def locations(tmp_path: Path) -> Locations:
    """A user's files, none of which exist."""
    return Locations(tmp_path / "config.yaml", tmp_path / "state", tmp_path / "cache")
