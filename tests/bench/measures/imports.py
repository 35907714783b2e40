"""Which modules are imported when the first frame is painted."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

from tests.bench import deck
from tests.bench.controls import hello, watching
from tests.bench.figures import Figure, Figures, UnmeasuredError
from tests.bench.house import House, house
from tests.bench.terminal import Terminal

HEAVY = ("httpx", "pydantic", "yaml", "markdown", "markdown_it")
"""What must not be among them (0): each costs some 30 ms."""


def measure() -> Figures:
    """Counted, so once is enough: with a deck that is known and no executor."""
    with house(deck.config(20)) as place:
        with Terminal(place.dashboard, place.environ) as terminal:
            terminal.complete("connected", deck.title(0))
            terminal.settle()
        place.stop_executor()
        ours = _imported(place, place.dashboard, deck.title(0))
        control = _imported(place, (sys.executable, hello.__file__), "Hello-hello")
    heavy = [name for name in HEAVY if name in ours]
    return [
        Figure("dashboard: modules at the first paint", len(ours), "", len(control), "a Textual hello"),
        Figure(
            f"dashboard: heavy modules among them{': ' + ', '.join(heavy) if heavy else ''}",
            len(heavy),
            "",
            sum(name in control for name in HEAVY),
            f"a Textual hello; of {', '.join(HEAVY)}",
            0,
        ),
    ]


def _imported(place: House, argv: Sequence[str], wanted: str) -> frozenset[str]:
    file = place.folder / f"modules-{wanted}"
    module = Path(watching.__file__)
    environ = place.environ | {
        "TEXTUAL_DRIVER": f"{module.stem}:{watching.WatchingDriver.__name__}",
        "PYTHONPATH": str(module.parent),
        "WATCH_FILE": str(file),
        "WATCH_FOR": wanted,
    }
    with Terminal(argv, environ) as terminal:
        terminal.complete(wanted)
    if not file.exists():
        raise UnmeasuredError(f"{wanted} was never painted in one piece")
    return frozenset(file.read_text().split())
