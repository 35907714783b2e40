"""From the executor's start to its first answer, and what it weighs when it has worked."""

from __future__ import annotations

import subprocess
import sys
import time

from tests.bench import deck, processes
from tests.bench.figures import ROUNDS, Figure, Figures
from tests.bench.house import House, house
from tests.bench.wire import LIMIT

ANSWER = 0.6
"""Seconds, at most."""
MEMORY = 80.0
"""MB, at most."""


def measure() -> Figures:
    """The first start of all, later ones, and memory after some work."""
    first, later, bare, weights = [], [], [], []
    for _ in range(ROUNDS):
        with house(deck.config(20)) as place:
            bare.append(_bare())
            with place.executor() as executor:
                first.append(executor.took)
                born = processes.memory(executor.process.pid)
                _work(place)
                weights.append((born, processes.memory(executor.process.pid)))
            with place.executor() as executor:
                later.append(executor.took)
    born, worked = min(weights, key=lambda pair: pair[1].rss)
    against = "python -c pass"
    return [
        Figure("executor: first start of all to first answer", min(first), "s", min(bare), against, ANSWER),
        Figure("executor: start with a journal to first answer", min(later), "s", min(bare), against, ANSWER),
        Figure("executor: memory (RSS), lists read and a run done", worked.rss, "MB", born.rss, "at birth", MEMORY),
        Figure("executor: memory (PSS), lists read and a run done", worked.pss, "MB", born.pss, "at birth", MEMORY),
    ]


def _bare() -> float:
    began = time.perf_counter()
    subprocess.run([sys.executable, "-c", "pass"], check=True, timeout=LIMIT)
    return time.perf_counter() - began


def _work(place: House) -> None:
    """What a dashboard asks for, and one run."""
    with place.line() as line:
        for view in ("status", "workflows", "models", "runs"):
            line.ask("task_list", view=view, scope="all", project=str(place.project))
        place.run(line, "card-000")
