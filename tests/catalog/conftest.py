"""A living catalog of its own for each test, and servers to ask."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.npm import opencode_cli
from tests.provider_servers import ProviderServer
from tui.catalog.child import Process, spawn
from tui.catalog.live import LiveCatalog
from tui.core.clock import iso

__all__ = ["opencode_cli"]

START = 1_795_168_800_000
"""2026-11-20T10:00:00Z."""


class SetClock:
    """A clock that a test sets."""

    def __init__(self) -> None:
        self.now = START

    def utc_now(self) -> str:
        return iso(self.now)

    def milliseconds(self) -> int:
        return self.now

    def monotonic(self) -> float:
        return self.now / 1000


class NoPrices:
    """Starts everything but the table of prices, which some tests have no use for."""

    async def __call__(
        self, argv: tuple[str, ...], cwd: Path, env: Mapping[str, str], *, told: bytes | None = None, talk: bool = False
    ) -> Process:
        if "tui.catalog.price_table" in argv:
            raise FileNotFoundError(2, "not in this test")
        return await spawn(argv, cwd, env, told=told, talk=talk)


@dataclass
class Place:
    """Where a living catalog lives."""

    cache: Path
    home: Path
    clock: SetClock

    def live(self, *, prices: bool = False, sleep: Callable[[float], Awaitable[object]] = asyncio.sleep) -> LiveCatalog:
        environment = {"HOME": str(self.home), "PATH": os.environ["PATH"]}
        spawned = spawn if prices else NoPrices()
        return LiveCatalog(self.cache, self.clock, self.home, environment, spawn=spawned, sleep=sleep)


@pytest.fixture
def place(tmp_path: Path, empty_home: Path) -> Place:
    return Place(tmp_path / "cache", empty_home, SetClock())


@pytest.fixture
async def live(place: Place) -> AsyncIterator[LiveCatalog]:
    catalog = place.live()
    yield catalog
    await catalog.close()


@pytest.fixture
def server() -> Iterator[ProviderServer]:
    with ProviderServer() as running:
        yield running


class Told:
    """Counts what a catalog tells its subscribers, and waits for it."""

    def __init__(self, catalog: LiveCatalog) -> None:
        self.times = 0
        self._event = asyncio.Event()
        self.stop = catalog.subscribe(self._changed)

    def _changed(self) -> None:
        self.times += 1
        self._event.set()

    async def once(self, limit: float = 30.0) -> None:
        await asyncio.wait_for(self._event.wait(), limit)
        self._event.clear()
