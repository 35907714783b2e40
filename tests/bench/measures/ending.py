"""From SIGTERM to the executor's end while somebody listens to its events."""

from __future__ import annotations

from tests.bench import deck
from tests.bench.figures import ROUNDS, Figure, Figures
from tests.bench.house import House, house

LIMIT = 1.0
"""Seconds, at most."""


def measure() -> Figures:
    """With an open stream, and without one."""
    with house(deck.config(1)) as place:
        rounds = [(_ending(place, listening=True), _ending(place, listening=False)) for _ in range(ROUNDS)]
    streaming, alone = (min(times) for times in zip(*rounds, strict=True))
    return [Figure("executor: SIGTERM to exit, a stream open", streaming, "s", alone, "no stream open", LIMIT)]


def _ending(place: House, *, listening: bool) -> float:
    with place.executor() as executor, place.line() as line:
        line.health()
        if listening:
            line.listen()
        return executor.end()
