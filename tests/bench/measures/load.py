"""Many runs queued at once, with real child processes: how fast, how heavy, and none of them twice."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor

from tests.bench import deck, processes
from tests.bench.figures import Figure, Figures, UnmeasuredError
from tests.bench.house import House, house
from tests.bench.wire import Line

RUNS = 500
STAGES = 4
CLIENTS = 25
"""Who ask for them at once."""
LIMIT = 900.0
"""Seconds for all of them on a slow machine."""
CPU = 20.0
"""Milliseconds of the executor a step, at most."""
MEMORY = 120.0
"""MB, at most."""
LOOK = 0.5
"""Seconds between two looks at the memory."""


def measure() -> Figures:
    """One round: it is long, and what counts in it are sums."""
    with house(deck.config(1, stages=STAGES)) as place, place.executor() as executor:
        pid = executor.process.pid
        with place.line() as line:
            place.run(line, "card-000")  # what is loaded once is loaded now
        before, began, most = processes.cpu(pid), time.perf_counter(), 0.0
        with ThreadPoolExecutor(CLIENTS) as clients:
            ids = [task_id for some in clients.map(lambda _: _start(place), range(CLIENTS)) for task_id in some]
        queued = time.perf_counter() - began
        with ThreadPoolExecutor(1) as waiter:
            waiting = waiter.submit(_wait, place, ids)
            while not waiting.done():
                most = max(most, processes.memory(pid).rss)
                time.sleep(LOOK)
            waiting.result()
        took, cpu = time.perf_counter() - began, processes.cpu(pid) - before
        size = sum(
            path.stat().st_size for path in place.locations.journal.parent.glob(f"{place.locations.journal.name}*")
        )
        twice = _attempts(place) - (RUNS + 1) * STAGES
    if twice:
        raise UnmeasuredError(f"there are {twice} attempts more than steps")
    steps = RUNS * STAGES
    what = f"load: {RUNS} runs of {STAGES} stages"
    return [
        Figure(f"{what}, all asked for", queued, "s"),
        Figure(f"{what}, from the first asked for to the last ended", took, "s"),
        Figure("load: runs a second", RUNS / took, ""),
        Figure("load: the executor's CPU a step", cpu * 1000 / steps, "ms", limit=CPU),
        Figure("load: the executor's memory (RSS) at most", most, "MB", limit=MEMORY),
        Figure("load: the journal, a step", size / 1024 / steps, "kB"),
    ]


def _start(place: House) -> list[str]:
    """One client's part of the runs."""
    with place.line() as line:
        ask = {"workflow": "card-000", "project": str(place.project)}
        return [line.ask("task_start", **ask)["task_id"] for _ in range(RUNS // CLIENTS)]


def _wait(place: House, ids: list[str]) -> None:
    """Return when all have ended. Raises :class:`UnmeasuredError` for one that did not succeed."""
    deadline = time.monotonic() + LIMIT
    with Line(place.locations.socket) as line:
        while time.monotonic() < deadline:
            if line.ask("task_await", ids=ids[-50:], timeout=50)["done"]:
                break
        for at in range(0, len(ids), 50):
            answer = line.ask("task_await", ids=ids[at : at + 50], timeout=50)
            odd = [task["status"] for task in answer["tasks"] if task["status"] != "succeeded"]
            if odd:
                raise UnmeasuredError(f"of {RUNS} runs some are {', '.join(sorted(set(odd)))}")


def _attempts(place: House) -> int:
    return sum(1 for _ in place.locations.runs.iterdir())
