"""How often the executor wakes while nothing happens and somebody listens to its events."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.bench import deck, processes
from tests.bench.controls import server
from tests.bench.figures import ROUNDS, Figure, Figures
from tests.bench.house import House, end, house
from tests.bench.wire import Line, first_answer

SECONDS = 15.0
SETTLE = 1.0
"""Seconds after the last answer in which it may still put things away."""


def measure() -> Figures:
    """Both servers at the same time, each with a stream open, the executor after a run."""
    with house(deck.config(1)) as place, place.executor() as executor, _stock(place) as stock:
        with place.line() as line:
            place.run(line, "card-000")
        with place.line() as ours, Line(stock_socket(place)) as theirs:
            ours.listen()
            theirs.listen()
            time.sleep(SETTLE)
            rounds = [_idle(executor.process.pid, stock.pid) for _ in range(ROUNDS)]
    awake, stock_awake = (min(counts) for counts in zip(*rounds, strict=True))
    what = f"executor: wake-ups in {SECONDS:.0f} idle seconds, a stream open"
    return [Figure(what, awake, "", stock_awake, "stock uvicorn", 0)]


def _idle(ours: int, theirs: int) -> tuple[int, int]:
    before = processes.wake_ups(ours), processes.wake_ups(theirs)
    time.sleep(SECONDS)
    return processes.wake_ups(ours) - before[0], processes.wake_ups(theirs) - before[1]


def stock_socket(place: House) -> Path:
    """Where the control listens."""
    return place.folder / "stock.sock"


@contextmanager
def _stock(place: House) -> Iterator[subprocess.Popen[bytes]]:
    process = subprocess.Popen([sys.executable, server.__file__, str(stock_socket(place))])
    try:
        first_answer(stock_socket(place), process)
        yield process
    finally:
        end(process)
