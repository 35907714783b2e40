"""kill -9 of the executor at chosen system calls of a run of three stages."""

from __future__ import annotations

import asyncio
import tempfile
from collections import Counter
from pathlib import Path

from tests.bench.figures import Figure, Figures, UnmeasuredError
from tests.faults.points import Outcome, Point, killed_at, spread

MOST = 14
"""Points of each kind of call, at most."""
ENOUGH = 100
"""Points that must have been reached in all."""


def measure() -> Figures:
    """Try the points; what is not true after one of them is no figure but a failure."""
    with tempfile.TemporaryDirectory(prefix="modeldeck-bench-", ignore_cleanup_errors=True) as folder:
        return asyncio.run(_measure(Path(folder)))


async def _measure(folder: Path) -> Figures:
    rehearsal = await _try(Point("sync", 0, "before"), folder / "0")
    hit: Counter[str] = Counter()
    missed = 0
    for number, point in enumerate(spread(rehearsal.counts, MOST), 1):
        if (await _try(point, folder / str(number))).hit:
            hit[point.kind] += 1
        else:
            missed += 1
    if hit.total() < ENOUGH:
        raise UnmeasuredError(f"only {hit.total()} of the points were reached: {dict(hit)}")
    return [
        *(Figure(f"calls: kills at {kind}", count, "") for kind, count in sorted(hit.items())),
        Figure("calls: kills in all, with no step run twice and every run succeeded", hit.total(), ""),
        Figure("calls: points that a run did not reach", missed, ""),
    ]


async def _try(point: Point, folder: Path) -> Outcome:
    try:
        return await killed_at(point, folder)
    except (AssertionError, TimeoutError) as error:
        raise UnmeasuredError(f"after the kill {point} something is not true: {error!r}") from error
