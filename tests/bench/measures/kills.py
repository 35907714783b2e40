"""kill -9 of executor, shims and agents at random points, and how soon somebody answers again."""

from __future__ import annotations

import asyncio
import tempfile
from pathlib import Path

from tests.bench.figures import Figure, Figures, UnmeasuredError
from tests.system.kills import Report, kill

TIMES = 200
BACK = 3.0
"""Seconds from an executor's death to the next one's first answer, at most."""


def measure() -> Figures:
    """So many blows; whatever is not true afterwards is no figure but a failure."""
    with tempfile.TemporaryDirectory(prefix="modeldeck-bench-", ignore_cleanup_errors=True) as folder:
        try:
            report = asyncio.run(kill(Path(folder), TIMES, seed=TIMES))
        except AssertionError as error:
            raise UnmeasuredError(f"after the kills something is not true: {error}") from error
    return _figures(report)


def _figures(report: Report) -> Figures:
    return [
        *(Figure(f"kills: of {whom}", count, "") for whom, count in sorted(report.blows.items())),
        *(Figure(f"kills: runs that are {status}", count, "") for status, count in sorted(report.runs.items())),
        Figure("kills: questions answered meanwhile", report.answers, ""),
        Figure(
            "kills: an executor's death to the next one's first answer, at worst", max(report.back), "s", limit=BACK
        ),
    ]
