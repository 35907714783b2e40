"""What a step costs over the bare command that it runs."""

from __future__ import annotations

import os
import subprocess
import time

from tests.bench import deck
from tests.bench.figures import ROUNDS, Figure, Figures
from tests.bench.house import House, house
from tests.bench.wire import LIMIT
from tui.agents.base import Command, Launch
from tui.agents.rehearsal import RehearsalAgent
from tui.core.settings import Agent, Rehearsal

RUNS = 20
OVERHEAD = 60.0
"""Milliseconds a step, at most."""


def measure() -> Figures:
    """So many runs of one step, one after the other, and the same command so many times by itself."""
    with house(deck.config(1, stages=1)) as place, place.executor():
        rounds = [(_runs(place), _bare(place)) for _ in range(ROUNDS)]
    through, bare = (min(times) * 1000 / RUNS for times in zip(*rounds, strict=True))
    overhead = min(through - bare for through, bare in rounds) * 1000 / RUNS
    return [
        Figure("step: asked, started, run, journalled, told", through, "ms", bare, "the bare command"),
        Figure("step: overhead over the bare command", overhead, "ms", bare, "the bare command", OVERHEAD),
    ]


def _runs(place: House) -> float:
    with place.line() as line:
        place.run(line, "card-000")  # what is loaded once is loaded now
        began = time.perf_counter()
        for _ in range(RUNS):
            place.run(line, "card-000")
        return time.perf_counter() - began


def _bare(place: House) -> float:
    command = _command(place)
    began = time.perf_counter()
    for _ in range(RUNS):
        subprocess.run(
            command.argv,
            input=command.stdin,
            stdout=subprocess.DEVNULL,
            env=dict(command.env),
            cwd=command.cwd,
            check=True,
            timeout=LIMIT,
        )
    return time.perf_counter() - began


def _command(place: House) -> Command:
    """What the executor runs for a step of the deck."""
    part = Agent(kind="rehearsal", rehearsal=Rehearsal(seconds=0, messages=1))
    user_env = {name: os.environ[name] for name in ("PATH", "LANG") if name in os.environ}
    launch = Launch("bare", "quick", part, None, None, "edit", "bench", place.project, user_env=user_env)
    return RehearsalAgent().command(launch)
