"""From the start of the dashboard to its first complete frame."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence

from tests.bench import deck
from tests.bench.controls import hello
from tests.bench.figures import ROUNDS, Figure, Figures
from tests.bench.house import House, house
from tests.bench.terminal import Terminal

CARDS = 20
RATIO = 1.8
"""Times a Textual hello, at most."""
WHOLE = (deck.title(0), deck.title(6), "quit")
"""What is on the screen when the frame is complete: the first card, the last one that surely fits, the keys."""


def measure() -> Figures:
    """Without an executor (which is started then), with one, and at the very first start, when nothing is known yet."""
    rounds = [_round() for _ in range(ROUNDS)]
    without, running, first, control = (min(times) * 1000 for times in zip(*rounds, strict=True))
    against = "a Textual hello"
    return [
        Figure("dashboard: first complete frame, no executor", without, "ms", control, against, RATIO, "ratio"),
        Figure("dashboard: first complete frame, executor running", running, "ms", control, against, RATIO, "ratio"),
        Figure("dashboard: cards at the very first start of all", first, "ms", control, against),
    ]


def _round() -> tuple[float, float, float, float]:
    with house(deck.config(CARDS)) as place:
        first = _dashboard(place)
        place.stop_executor()
        without = _dashboard(place)
        place.stop_executor()
        with place.executor():
            running = _dashboard(place)
        control = frame((sys.executable, hello.__file__), place.environ, ("Hello-hello",))
    return without, running, first, control


def _dashboard(place: House) -> float:
    return frame(place.dashboard, place.environ, WHOLE)


def frame(argv: Sequence[str], environ: Mapping[str, str], wanted: Sequence[str]) -> float:
    """Seconds until all of ``wanted`` are on the program's screen."""
    with Terminal(argv, environ) as terminal:
        return terminal.complete(*wanted)
