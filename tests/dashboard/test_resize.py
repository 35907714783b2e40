"""Every screen and dialog under a terminal that changes its size, with long, wide and hostile text: none stops."""

from __future__ import annotations

import importlib
import pkgutil
import random
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from textual.pilot import Pilot

from tests.dashboard.conftest import connected, make, until
from tests.dashboard.hostile import FAILED, FAMILY, NASTY, WAITS_FOR_ANSWER, WAITS_FOR_APPROVAL, Hostile
from tests.dashboard.terminal import Terminal
from tui.config.trust import Review
from tui.dashboard import screens
from tui.dashboard.row import Row
from tui.dashboard.screens.opening import Opening
from tui.dashboard.screens.place import Watch
from tui.dashboard.screens.run import RunScreen
from tui.dashboard.widgets.menu import Menu

WIDE, LOW = (120, 40), (80, 24)
KNOWN = (LOW, (100, 30), (1, 1), WIDE, (60, 20), (59, 19), (250, 80), (250, 1), (1, 80))
"""Sizes that every screen goes through: those of the layouts, and both ends."""

CHANCE = 5
"""Sizes of chance that follow; the seed is the screen's name."""

TYPED = f"[漢字 {FAMILY}e\u0301 xxxxxxx"

Act = str | Callable[[Pilot[None]], None]


@dataclass(frozen=True)
class Visit:
    """How a screen is come by from the deck: keys, text in brackets, or the id of a run."""

    shows: str
    acts: tuple[Act, ...] = ()


def run(task_id: str) -> Act:
    def opens(pilot: Pilot[None]) -> None:
        app = pilot.app
        app.push_screen(RunScreen(app.desk, task_id))  # type: ignore[attr-defined]

    return opens


def opening(pilot: Pilot[None]) -> None:
    app = pilot.app
    app.desk.state.models_read = False  # type: ignore[attr-defined]
    app.push_screen(Opening(app.desk, app.screen, "pick_model", NASTY, lambda keys: None))  # type: ignore[attr-defined, arg-type]


VISITS = {
    "deck": Visit("Workflows"),
    "deck filtered": Visit("Workflows", ("slash", "[漢")),
    "specs": Visit("Specs", ("2",)),
    "runs": Visit("Runs", ("3", "f", "f")),
    "models": Visit("Models", ("4", "end")),
    "running": Visit("RunScreen", ("enter",)),
    "gate": Visit("RunScreen", (run(WAITS_FOR_APPROVAL),)),
    "question": Visit("RunScreen", (run(WAITS_FOR_ANSWER), "o")),
    "failed": Visit("RunScreen", (run(FAILED), "end")),
    "start": Visit("StartDialog", ("s", TYPED)),
    "plan": Visit("StartDialog", ("S", "down")),
    "picker": Visit("Picker", ("m", "[claude")),
    "picker, all": Visit("Picker", ("m", "end", "pagedown")),
    "create": Visit("CreateMenu", ("full_stop",)),
    "new spec": Visit("SpecForm", ("2", "n", TYPED, "tab", TYPED, "tab")),
    "stored spec": Visit("SpecForm", ("2", "enter", "down")),
    "story of": Visit("StoryOf", ("2", "enter", "end", *("down",) * 20, "space")),
    "comment": Visit("LineDialog", (run(WAITS_FOR_APPROVAL), "A", TYPED)),
    "answer": Visit("LineDialog", (run(WAITS_FOR_ANSWER), "enter", "[漢字")),
    "new models": Visit("AgainDialog", (run(FAILED), "n")),
    "editor": Visit("WorkflowEditor", ("E", "down")),
    "trace": Visit("TraceScreen", ("w", "end")),
    "trace of a step": Visit("TraceScreen", (run(FAILED), "w")),
    "trust": Visit("TrustScreen", ("T",)),
    "notices": Visit("NoticesScreen", ("W",)),
    "help": Visit("HelpScreen", ("question_mark", "end")),
    "handed on": Visit("HandedScreen", (run(FAILED), "h")),
    "facts": Visit("FactsScreen", ("4", "down", "enter")),
    "opening": Visit("Opening", (opening,)),
    "palette": Visit("CommandPalette", ("ctrl+p", "[m")),
}


class Nasty:
    """A trust store that finds such texts."""

    def review(self, folder: Path) -> Review:
        return Review((NASTY,) * 5, "")

    def trust(self, folder: Path, shown: Review) -> object:
        return None


def _leaves(kind: type) -> Iterable[type]:
    below = kind.__subclasses__()
    return (leaf for one in below for leaf in _leaves(one)) if below else (kind,)


def test_no_screen_is_missing_from_the_visits() -> None:
    for module in pkgutil.iter_modules(screens.__path__, f"{screens.__name__}."):
        importlib.import_module(module.name)
    assert {kind.__name__ for kind in _leaves(Watch)} <= {visit.shows for visit in VISITS.values()}


async def opened(pilot: Pilot[None], visit: Visit) -> None:
    for act in visit.acts:
        if callable(act):
            act(pilot)
        else:
            await pilot.press(*(act[1:] if act.startswith("[") else (act,)))
        await pilot.pause()
    await until(pilot, lambda: type(pilot.app.screen).__name__ == visit.shows, f"{visit.shows}, not {pilot.app.screen}")


async def fits(pilot: Pilot[None], size: tuple[int, int]) -> None:
    """At this size the screen is laid out, and each of its lines is as wide as it is."""
    await pilot.resize_terminal(*size)
    await pilot.pause()
    screen = pilot.app.screen
    await until(pilot, lambda: len(screen._compositor.render_strips()) == size[1], f"the layout at {size}")
    strips = screen._compositor.render_strips()
    assert {strip.cell_length for strip in strips} == {size[0]}, size


def builders(pilot: Pilot[None]) -> Iterable[Callable[[int], Iterable[Row]]]:
    """What this screen builds rows with by itself."""
    screen = pilot.app.screen
    if hasattr(screen, "rows"):
        yield screen.rows
    for menu in screen.query(Menu):
        yield lambda width, menu=menu: [menu._draw(item, width) for item in menu.items[:40]]


@pytest.mark.timeout(120)
@pytest.mark.parametrize("name", VISITS)
async def test_a_screen_outlives_every_size(name: str) -> None:
    chance = random.Random(name)
    sizes = [*KNOWN, *((chance.randint(1, 250), chance.randint(1, 80)) for _ in range(CHANCE))]
    hostile = Hostile()
    hostile.status = replace(hostile.status, trusted=name != "trust")
    async with make(hostile, trust=Nasty).run_test(size=WIDE) as pilot:
        await connected(pilot)
        await opened(pilot, VISITS[name])
        for size in (LOW, *chance.sample(sizes, len(sizes)), WIDE):
            await fits(pilot, size)
        for build in builders(pilot):
            for width in range(0, 251, 7):
                assert all(row.cut(width).width <= width for row in build(width))
        assert type(pilot.app.screen).__name__ == VISITS[name].shows


@pytest.mark.parametrize("keys", ["s", "m", ".", "?", "w"])
def test_one_step_from_wide_to_narrow_freezes_nothing(keys: str) -> None:
    with Terminal("tests.dashboard.program", "9") as terminal:
        terminal.shows("connected")
        terminal.settle()
        terminal.press(keys)
        for size in (LOW, WIDE, (100, 30), (1, 1), WIDE):
            terminal.resize(*size)
            terminal.settle(0.05)
        terminal.press("\x1b")
        terminal.shows("connected")
        terminal.press("q")
        assert terminal.ends() == 0
