"""A million runs in the journal: pages, filters, start and first frame as if there were few, and taking old ones away.

As often as not the file lies in the machine's memory, for it was just written; a first look after a night takes longer.
"""

from __future__ import annotations

import asyncio
import json
import shutil
import time
from collections.abc import Mapping
from itertools import combinations, count

from tests.bench import deck, long
from tests.bench.figures import ROUNDS, Figure, Figures, UnmeasuredError
from tests.bench.house import House, house
from tests.bench.measures.start import frame
from tests.bench.wire import Line
from tui.core.clock import SystemClock
from tui.core.run import Run, RunStatus
from tui.executor.assembly import assemble
from tui.store.journal import Journal

RUNS = 1_000_000
FEW = 1_000
ROOM = 8 << 30
"""Bytes that have to be free."""
CARDS = 20
STARTS = 5
LOOKS = 15
"""How often a page is asked for: it is quick, and the machine is not always free."""
FORGOTTEN = 10_000
"""Runs that are taken away."""
PAGE = 20.0
"""Milliseconds for one page of 50, at most."""
PAIR = 200.0
"""Milliseconds for a page by two filters, at most."""
RATIO = 1.25
"""Times the start with few runs, at most."""
WAIT = 100.0
"""Milliseconds that others wait meanwhile, at most, 95 times of 100."""
PAUSE = 0.02
"""Seconds between two writes meanwhile."""
LOG = 64.0
"""MB of the write-ahead log, at most."""
WHOLE = (deck.title(0), deck.title(6), "quit")

FILTERS: Mapping[str, tuple[object, object]] = {
    "status": (["succeeded"], ["lost"]),
    "workflow": ("card-003", "rare"),
    "project": ("/home/ada/3", "/rare"),
    "verdict": ("confirmed", "differs"),
    "models": (["anthropic/claude-opus-5-5"], ["rare/model"]),
}
"""For each filter what is common and what is rare."""


def measure() -> Figures:
    """The control is a journal of few runs, so that the cards have as much to show."""
    with house(deck.config(CARDS)) as place:
        if shutil.disk_usage(place.folder).free < ROOM:
            raise UnmeasuredError(f"a journal of {RUNS:,} runs needs {ROOM >> 30} GB of free space")
        _first_frame(place)  # and the deck is known from now on
        place.stop_executor()
        empty = place.locations.journal.read_bytes()
        long.fill(place.locations.journal, FEW, str(place.project), CARDS)
        few = _starts(place)
        with place.executor(), place.line() as line:
            newest = _page(line, {})
        place.locations.journal.write_bytes(empty)
        began = time.perf_counter()
        long.fill(place.locations.journal, RUNS, str(place.project), CARDS)
        filled = time.perf_counter() - began
        size = place.locations.journal.stat().st_size
        full = _starts(place)
        with place.executor(), place.line() as line:
            pages, pairs = _pages(line), _pairs(line)
        forgetting = asyncio.run(_forget(place))
    whole = f"history: {RUNS:,} runs of {long.STEPS} steps"
    against = f"a journal of {FEW:,} runs"
    control = f"the newest 50 of {FEW:,}"
    names = ("executor, to the first answer", "dashboard, first complete frame, executor running")
    return [
        Figure(f"{whole}: the journal", size / 1e9, "GB"),
        Figure(f"{whole}: made in", filled, "s"),
        *(
            Figure(f"history: {name}", one * 1000, "ms", other * 1000, against, RATIO, "ratio")
            for name, one, other in zip(names, full, few, strict=True)
        ),
        *(Figure(f"history: {what}", took, "ms", newest, control, PAGE) for what, took in pages.items()),
        pairs,
        *forgetting,
    ]


def _starts(place: House) -> tuple[float, float]:
    executor, dashboard = list[float](), list[float]()
    for _ in range(STARTS):
        with place.executor() as running:
            executor.append(running.took)
            dashboard.append(_first_frame(place))
    return min(executor), min(dashboard)


def _first_frame(place: House) -> float:
    return frame(place.dashboard, place.environ, WHOLE)


def _pages(line: Line) -> dict[str, float]:
    """Each filter with what is common and with what is rare, over the wire, as a dashboard asks; milliseconds."""
    asked: dict[str, dict[str, object]] = {"newest 50": {}, "50 in the middle": {"after": str(RUNS // 2)}}
    for name, (common, rare) in FILTERS.items():
        asked |= {f"by {name}": {name: common}, f"by {name}, a rare one": {name: rare}}
        asked[f"by {name}, in the middle"] = {name: common, "after": str(RUNS // 2)}
    return {what: _page(line, fields) for what, fields in asked.items()}


def _pairs(line: Line) -> Figure:
    """The two filters that take longest together."""
    pairs = {
        f"{one} {first} and {two} {second}": _page(line, {one: first, two: second}, rounds=ROUNDS)
        for one, two in combinations(FILTERS, 2)
        for first in FILTERS[one]
        for second in FILTERS[two]
    }
    worst = max(pairs, key=pairs.__getitem__)
    return Figure(f"history: two filters at worst ({worst})", pairs[worst], "ms", limit=PAIR)


def _page(line: Line, fields: Mapping[str, object], rounds: int = LOOKS) -> float:
    times = []
    for _ in range(rounds):
        began = time.perf_counter()
        line.ask("task_list", view="runs", limit=50, **fields)
        times.append(time.perf_counter() - began)
    return min(times) * 1000


async def _forget(place: House) -> Figures:
    """Take old runs away while somebody writes and reads."""
    config = json.loads(place.locations.config_file.read_text())
    config["retention"] = {"runs": RUNS - FORGOTTEN, "run_days": 36_500}
    place.locations.config_file.write_text(json.dumps(config))
    executor = assemble(place.locations, SystemClock(), place.environ, place.folder)
    written, read = list[float](), list[float]()
    try:
        usual = asyncio.create_task(_use(executor.journal, written, read))
        began = time.perf_counter()
        gone = await executor.retention.forget_runs()
        took = time.perf_counter() - began
        usual.cancel()
        await asyncio.gather(usual, return_exceptions=True)
        log = place.locations.journal.with_name(place.locations.journal.name + "-wal").stat().st_size
    finally:
        await executor.close()
    if gone != FORGOTTEN:
        raise UnmeasuredError(f"{gone:,} runs were taken away in place of {FORGOTTEN:,}")
    what = f"history: {FORGOTTEN:,} runs taken away"
    return [
        Figure(f"{what}, all looked at", took, "s"),
        Figure(f"{what}: a write meanwhile, p95", _p95(written), "ms", limit=WAIT),
        Figure(f"{what}: a write meanwhile, at worst", max(written), "ms"),
        Figure(f"{what}: a page read meanwhile, p95", _p95(read), "ms", limit=WAIT),
        Figure(f"{what}: a page read meanwhile, at worst", max(read), "ms"),
        Figure(f"{what}: the write-ahead log", log / 1e6, "MB", limit=LOG),
    ]


async def _use(journal: Journal, written: list[float], read: list[float]) -> None:
    """Write and read, one after the other, until this is ended; milliseconds from when each was due."""
    for number in count():
        began = time.perf_counter()
        await asyncio.sleep(PAUSE)
        due = began + PAUSE
        await journal.create(Run(f"r_new_{number}", "workflow", "card-000", RunStatus.PENDING, ()), ())
        written.append((time.perf_counter() - due) * 1000)
        due = time.perf_counter()
        journal.runs(limit=50)
        read.append((time.perf_counter() - due) * 1000)


def _p95(values: list[float]) -> float:
    return sorted(values)[int(len(values) * 0.95)]
