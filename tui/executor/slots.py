"""How many agents run at once: in all, and per agent. First come, first served, as far as its agent has room."""

from __future__ import annotations

import asyncio
from collections import Counter, deque
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager

from tui.core.settings import Limits


class Slots:
    """The places in which agents run. Those who wait are served in order; a full agent does not block the others."""

    def __init__(self) -> None:
        self._running: Counter[str] = Counter()
        self._waiting: deque[tuple[str, str, asyncio.Future[None]]] = deque()
        self._limits: dict[str, Limits] = {}
        """The newest that were heard of, by whose they are."""
        self.draining = False
        """Whether no further agent gets a place."""
        self.drained = asyncio.Event()
        """Set when that is so and none runs any more."""

    @property
    def running(self) -> int:
        """Agents running now."""
        return self._running.total()

    @property
    def waiting(self) -> int:
        """Steps that wait for a place."""
        return sum(not turn.done() for *_, turn in self._waiting)

    def drain(self) -> None:
        """Give no further place; those who wait, wait for the next executor."""
        self.draining = True
        self._serve()

    @asynccontextmanager
    async def place(self, agent: str, limits: Limits, *, whose: str = "") -> AsyncIterator[None]:
        """Hold a place, once there is one, while the block runs.

        ``limits`` are those in force ``whose`` folder it is, and hold from now on for all of it that wait.
        """
        self._limits[whose] = limits
        turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append((agent, whose, turn))
        self._serve()
        try:
            await turn
        except asyncio.CancelledError:
            if turn.done() and not turn.cancelled():
                self._free(agent)
            raise
        try:
            yield
        finally:
            self._free(agent)

    @contextmanager
    def adopted(self, agent: str) -> Iterator[None]:
        """Count an attempt that runs already, at once: nothing is read first that a drain would not wait for."""
        self._running[agent] += 1
        try:
            yield
        finally:
            self._free(agent)

    def _free(self, agent: str) -> None:
        self._running[agent] -= 1
        self._serve()

    def _serve(self) -> None:
        if self.draining:
            if not self.running:
                self.drained.set()
            return
        still: deque[tuple[str, str, asyncio.Future[None]]] = deque()
        for agent, whose, turn in self._waiting:
            if turn.done():
                continue
            limits = self._limits[whose]
            if self.running < limits.attempts and self._running[agent] < limits.per_agent.get(agent, limits.attempts):
                self._running[agent] += 1
                turn.set_result(None)
            else:
                still.append((agent, whose, turn))
        self._waiting = still
