"""What a letter costs in the list of models: the work of one key, searching and drawing, with ten thousand models."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from pathlib import Path

from textual.pilot import Pilot

from tests.bench.figures import ROUNDS, Figure, Figures, UnmeasuredError
from tests.dashboard.fake import NOW, Executor
from tui.core.catalog import Model, Price, Provider
from tui.dashboard.app import ModeldeckApp
from tui.dashboard.screens.picker import Picker

PROVIDERS, MODELS = 200, 10_000
LETTERS = 30.0
"""Milliseconds for one letter, at most."""
TYPED = ("claude-mini-49", "provider17", "gd9", "zzz")
WITHIN = 60.0
"""Seconds until the lists must have been read."""


def measure() -> Figures:
    """The dearest letter of some searches, and the opening of the list."""
    rounds = [(asyncio.run(_typed(MODELS)), asyncio.run(_typed(PROVIDERS))) for _ in range(ROUNDS)]
    letter, few = (min(max(times[1:]) for times in side) for side in zip(*rounds, strict=True))
    opened, quick = (min(times[0] for times in side) for side in zip(*rounds, strict=True))
    what, against = f"picker: {MODELS:,} models", f"{PROVIDERS} models"
    return [
        Figure(f"{what}, the dearest letter", letter, "ms", few, against, LETTERS),
        Figure(f"{what}, opened again", opened, "ms", quick, against, LETTERS),
    ]


def _offered(count: int) -> tuple[Provider, ...]:
    names = ("sight", "mini", "grand", "plain")
    each = count // PROVIDERS
    return tuple(
        Provider(
            f"provider-{p:03}",
            source="env",
            models=tuple(Model(f"claude-{names[m % 4]}-{m:02}", f"Claude {m}", price=Price(1, 5)) for m in range(each)),
        )
        for p in range(PROVIDERS)
    )


async def _typed(count: int) -> Sequence[float]:
    """Milliseconds: first to lay out the list, then for each letter."""
    executor = Executor(providers=_offered(count))
    app = ModeldeckApp(Path("/shop"), lambda: executor, now=lambda: NOW, env={"LANG": "C.UTF-8"})
    async with app.run_test(size=(120, 40)) as pilot:
        await _read(app, pilot)
        times = []
        for text in TYPED:
            await pilot.press("m")
            await pilot.pause()
            screen = app.screen
            if not isinstance(screen, Picker):
                raise UnmeasuredError("the list of models did not open")
            times.append(_timed(screen, ""))
            times += [_timed(screen, text[:end]) for end in range(1, len(text) + 1)]
            await pilot.press("escape")
            await pilot.pause()
    return times


async def _read(app: ModeldeckApp, pilot: Pilot[None]) -> None:
    end = time.monotonic() + WITHIN
    while not app.desk.state.runs_read:
        if time.monotonic() > end:
            raise UnmeasuredError("the lists were not read")
        await pilot.pause()


def _timed(screen: Picker, query: str) -> float:
    """What a key does: search, fill, and draw the lines in view. Work, not waiting: other processes do not count."""
    began = time.process_time()
    if not query:
        screen.gather()
    screen.search(query)
    menu = screen.menu
    for y in range(menu.size.height):
        menu.render_line(y)
    return (time.process_time() - began) * 1000
