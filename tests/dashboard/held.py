"""A real executor whose answers a test can hold back, so that it decides in which order they arrive."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from tests.dashboard.inhouse import InHouse
from tests.executor.conftest import House
from tui.core.verbs import List, Page, Start, Started


class Held(InHouse):
    """Answers are worked out at once; those that a test asked to hold arrive when it releases them."""

    def __init__(self, house: House) -> None:
        super().__init__(house)
        self._holds: list[Hold] = []

    def hold(self, which: Callable[[object], bool]) -> Hold:
        """Hold the answers to these requests from now on; an error is not held."""
        hold = Hold(which)
        self._holds.append(hold)
        return hold

    async def _released(self, request: object) -> None:
        for hold in self._holds:
            if not hold.open.is_set() and hold.which(request):
                hold.waiting.append(request)
                await hold.open.wait()

    async def start(self, request: Start) -> Started:
        answer = await super().start(request)
        await self._released(request)
        return answer

    async def list(self, request: List) -> Page:
        answer = await super().list(request)
        await self._released(request)
        return answer


class Hold:
    """Which answers wait, and for how long."""

    def __init__(self, which: Callable[[object], bool]) -> None:
        self.which = which
        self.waiting: list[object] = []
        """Requests whose answers wait now."""
        self.open = asyncio.Event()

    def release(self) -> None:
        """Let these answers arrive, and all later ones."""
        self.open.set()
