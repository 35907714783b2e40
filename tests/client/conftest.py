"""Places of its own for each test, and a fake executor that answers there."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from tests.client.fake_executor import FakeExecutor
from tui.client.peer import listener
from tui.config.locations import Locations

COMMAND = (sys.executable, str(Path(__file__).with_name("fake_executor.py")))


@pytest.fixture
def locations(tmp_path: Path) -> Iterator[Locations]:
    """Prepared places; an executor that was started there is ended."""
    places = Locations(tmp_path / "config.yaml", tmp_path / "s", tmp_path / "c")
    places.prepare()
    yield places
    found = listener(places.socket)
    if found is not None and found.pid not in (None, os.getpid()):
        os.kill(found.pid, signal.SIGKILL)


@pytest.fixture
async def fake(locations: Locations) -> AsyncIterator[FakeExecutor]:
    """A fake executor in this process."""
    executor = FakeExecutor()
    async with executor.serving(locations.socket):
        yield executor
