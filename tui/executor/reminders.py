"""When a person is to be reminded that a run waits for them."""

from __future__ import annotations

import asyncio
import math
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from tui.core.clock import Clock, milliseconds_of

LOOK = 3600.0
"""Seconds after which a clock that was set, a machine that slept or a changed configuration is noticed at last."""


@dataclass(frozen=True)
class Reminders:
    """Counts by the time of day, so that a restart loses and repeats none.

    The time of day may be set. Forward, a reminder comes early, and one only; back, it comes after its hours all the
    same, by the clock that is never set.
    """

    clock: Clock
    hours: Callable[[], float | None]
    """Of the configuration in force."""
    sleep: Callable[[float], Awaitable[object]] = asyncio.sleep

    async def due(self, since: str) -> None:
        """Return when one is due for what waits, or was last reminded of, ``since``."""
        begun = self.clock.monotonic()
        while (left := self._left(milliseconds_of(since), begun)) > 0:
            await self.sleep(min(left, LOOK))

    def _left(self, since: int, begun: float) -> float:
        hours = self.hours()
        if hours is None:
            return math.inf
        waited = max((self.clock.milliseconds() - since) / 1000, self.clock.monotonic() - begun)
        return hours * 3600 - waited
