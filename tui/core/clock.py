"""Time, as it is handed to whatever needs it: tests hand in a clock that stands still."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from typing import Protocol


class Clock(Protocol):
    """Where the time comes from."""

    def utc_now(self) -> str:
        """The time of day as everything stores and sends it: ``2026-11-20T09:00:00.000Z``."""
        ...

    def milliseconds(self) -> int:
        """The same moment as milliseconds since 1970; it may jump when the machine's clock is set."""
        ...

    def monotonic(self) -> float:
        """Seconds that never run backwards, for limits and durations. Its zero means nothing."""
        ...


class SystemClock:
    """The machine's own clock."""

    def utc_now(self) -> str:
        """The machine's time of day."""
        return iso(self.milliseconds())

    def milliseconds(self) -> int:
        """The machine's time in milliseconds since 1970."""
        return time.time_ns() // 1_000_000

    def monotonic(self) -> float:
        """The machine's monotonic seconds."""
        return time.monotonic()


def milliseconds_of(moment: str) -> int:
    """The milliseconds since 1970 that :func:`iso` made ``moment`` of."""
    return round(datetime.fromisoformat(moment).timestamp() * 1000)


def iso(milliseconds: int) -> str:
    """``milliseconds`` since 1970 as ISO 8601 in UTC; such texts sort as the times do."""
    seconds, rest = divmod(milliseconds, 1000)
    return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%dT%H:%M:%S}.{rest:03d}Z"
