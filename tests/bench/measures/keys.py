"""What a key costs on a deck of 300 cards: time and bytes."""

from __future__ import annotations

import sys
from collections.abc import Sequence

from tests.bench import deck
from tests.bench.controls import rows
from tests.bench.figures import ROUNDS, Figure, Figures, UnmeasuredError
from tests.bench.house import House, house
from tests.bench.terminal import DOWN, Reaction, Terminal

CARDS = 300
PRESSES = 60


def measure() -> Figures:
    """The cursor down, so often that pages turn, on both lists in turn."""
    with house(deck.config(CARDS, stages=7)) as place, place.executor():
        rounds = [
            (
                _pressed(place, place.dashboard, ("connected", deck.title(0))),
                _pressed(place, (sys.executable, rows.__file__), (deck.title(0), deck.title(20))),
            )
            for _ in range(ROUNDS)
        ]
    ours, stock = zip(*rounds, strict=True)
    against = f"OptionList of {CARDS} rows"
    what = f"dashboard: a key on {CARDS} cards"
    figures = [
        Figure(f"{what}, p{share}", _best_time(ours, share), "ms", _best_time(stock, share), against)
        for share in (50, 95)
    ]
    return figures + [
        Figure(f"{what}, p{share}", _best_size(ours, share), "bytes", _best_size(stock, share), against)
        for share in (50, 95)
    ]


def _pressed(place: House, argv: Sequence[str], wanted: Sequence[str]) -> list[Reaction]:
    with Terminal(argv, place.environ) as terminal:
        terminal.complete(*wanted)
        terminal.settle()
        terminal.press(DOWN)
        reactions = [terminal.press(DOWN) for _ in range(PRESSES)]
    heard = [reaction for reaction in reactions if reaction is not None]
    if len(heard) < PRESSES * 0.9:
        raise UnmeasuredError(f"only {len(heard)} of {PRESSES} keys did something")
    return heard


def _best_time(rounds: Sequence[Sequence[Reaction]], share: int) -> float:
    return min(_quantile([one.seconds * 1000 for one in reactions], share) for reactions in rounds)


def _best_size(rounds: Sequence[Sequence[Reaction]], share: int) -> float:
    return min(_quantile([float(one.size) for one in reactions], share) for reactions in rounds)


def _quantile(values: Sequence[float], share: int) -> float:
    ranked = sorted(values)
    return ranked[round(share / 100 * (len(ranked) - 1))]
