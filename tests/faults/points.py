"""The executor killed at a chosen system call of a run of three stages, and what is true afterwards.

The tests try some points, the benchmark more than a hundred.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
from dataclasses import dataclass
from pathlib import Path

from tests.faults.tracer import KINDS
from tests.system.kills import AGENT, LIMIT, Yard
from tui.client.client import ExecutorClient
from tui.core.errors import UnreachableError
from tui.core.verbs import Await, StartWorkflow
from tui.executor.server import answers

EXECUTOR = (sys.executable, "-m", "tui", "executor", "run")
WAITS = """sleep 0.15
mv "${STARTS%/*}/report.hit" "${STARTS%/*}/seen" 2>/dev/null && sleep 1.5
"""
"""The agent that runs when the executor is killed lives on until the next executor looks."""


@dataclass(frozen=True, slots=True)
class Point:
    """Before or after which call of a kind the executor is killed."""

    kind: str
    number: int
    moment: str


@dataclass(frozen=True, slots=True)
class Outcome:
    """Whether the point was reached, and how many calls of each kind there were."""

    hit: bool
    counts: dict[str, int]


async def killed_at(point: Point, folder: Path) -> Outcome:
    """Kill an executor at ``point``, let the next one end the run, and raise AssertionError for what is not true.

    Then no step ran twice, the run succeeded as its agents did, nobody is left, and the journal is sound.
    """
    folder.mkdir()
    yard = Yard(folder, seed=0)
    (folder / "agent.sh").write_text(AGENT.replace("sleep 0.15\n", WAITS))
    report = folder / "report"
    command = ("-m", "tests.faults.tracer", str(report), point.kind, str(point.number), point.moment)
    with (folder / "traced.log").open("wb") as log:
        traced = await asyncio.create_subprocess_exec(
            sys.executable,
            *command,
            *EXECUTOR,
            env={**os.environ, **yard.locations.environment},
            stdout=log,
            stderr=log,
        )
    try:
        async with asyncio.timeout(LIMIT):
            while traced.returncode is None and not answers(yard.locations.socket):
                await asyncio.sleep(0.01)
            async with ExecutorClient(yard.locations) as client:
                await client.connect()
                started = await client.start(StartWorkflow("three", input="go", project=str(yard.project)))
            yard.ids.append(started.task_id or "")
            await _ended(yard)
            if traced.returncode is None:
                traced.terminate()
            await traced.wait()
            await yard.reckon()
    finally:
        if traced.returncode is None:
            traced.kill()
            await traced.wait()
        yard.stop()
    assert report.exists(), (folder / "traced.log").read_text()
    return Outcome(**json.loads(report.read_text()))


async def _ended(yard: Yard) -> None:
    """Wait for the runs as a client does that starts the next executor when one is gone."""
    while True:
        try:
            async with ExecutorClient(yard.locations) as client:
                await client.connect()
                if (await client.wait(Await(tuple(yard.ids), LIMIT))).done:
                    return
        except UnreachableError:
            continue


def spread(counts: dict[str, int], most: int) -> list[Point]:
    """Return at most ``most`` points for each kind, evenly over all calls that there were."""
    points = []
    for kind in KINDS:
        every = [Point(kind, 1 + at, moment) for at in range(counts.get(kind, 0)) for moment in ("before", "after")]
        step = max(1.0, len(every) / most)
        points += [every[int(turn * step)] for turn in range(min(most, len(every)))]
    return points
