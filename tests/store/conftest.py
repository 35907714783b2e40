"""A journal in a folder of its own, and runs to put into it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest

from tests.store.samples import AT
from tui.store.journal import Journal
from tui.store.version import prepare

Opener = Callable[[], Journal]


@pytest.fixture(scope="session")
def empty_journal(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """The bytes of a new journal: made once by the migrations, copied for each test."""
    path = tmp_path_factory.mktemp("empty") / "journal.sqlite3"
    prepare(path)
    return path.read_bytes()


@pytest.fixture
def path(tmp_path: Path, empty_journal: bytes) -> Path:
    """Where a new, empty journal is."""
    path = tmp_path / "state" / "journal.sqlite3"
    path.parent.mkdir()
    path.write_bytes(empty_journal)
    return path


@pytest.fixture
async def journal(path: Path) -> AsyncIterator[Journal]:
    """That journal, open."""
    journal = Journal.open(path, lambda: AT)
    yield journal
    await journal.close()
