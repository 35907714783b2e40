"""What was written is never lost to one key: escape asks, ctrl+c asks, q closes a text, the palette begins harmless."""

from __future__ import annotations

import pytest
from textual.pilot import Pilot

from tests.dashboard.conftest import Hands, connected, make, screen_text, until
from tests.dashboard.hostile import FAILED, WAITS_FOR_APPROVAL, Hostile
from tests.dashboard.test_resize import Act, Nasty, Visit, opened, run
from tui.dashboard.palette import LAST, Keys

WRITTEN = {
    "start": Visit("StartDialog", ("s", "[mend it")),
    "comment": Visit("LineDialog", (run(WAITS_FOR_APPROVAL), "A", "[mind the tax")),
    "new spec": Visit("SpecForm", ("2", "n", "[Codes")),
    "text of a spec": Visit("SpecForm", ("2", "n", "tab", "[Codes")),
    "editor": Visit("WorkflowEditor", ("E", "m", "[opus", "enter")),
}
"""How a screen is come by on which something was written."""

TEXTS = {
    "help": Visit("HelpScreen", ("question_mark",)),
    "trace": Visit("TraceScreen", ("w",)),
    "notices": Visit("NoticesScreen", ("W",)),
    "handed on": Visit("HandedScreen", (run(FAILED), "h")),
    "facts": Visit("FactsScreen", ("4", "down", "enter")),
}


def named(pilot: Pilot[None]) -> str:
    return type(pilot.app.screen).__name__


def unsaved(pilot: Pilot[None]) -> bool:
    return bool(getattr(pilot.app.screen, "unsaved", False))


@pytest.mark.parametrize("key", ["escape", "ctrl+c"])
@pytest.mark.parametrize("name", WRITTEN)
async def test_what_was_written_is_thrown_away_when_asked_twice(name: str, key: str, hands: Hands) -> None:
    async with make(Hostile(), clock=hands).run_test(size=(120, 40)) as pilot:
        await connected(pilot)
        await opened(pilot, WRITTEN[name])
        await until(pilot, lambda: unsaved(pilot), "something to lose")
        hands.seconds += 10
        await pilot.press(key)
        await until(pilot, lambda: "again" in screen_text(pilot).splitlines()[-1], "the question")
        assert named(pilot) == WRITTEN[name].shows
        assert unsaved(pilot)
        await pilot.press(key)
        if key == "escape":
            await until(pilot, lambda: named(pilot) != WRITTEN[name].shows, "the screen below")
        else:
            await until(pilot, lambda: pilot.app._exit, "the end")


@pytest.mark.parametrize("acts", [("s",), ("m", "[son"), ("slash", "[bug"), ("full_stop",)], ids=lambda acts: acts[0])
async def test_where_nothing_is_lost_nothing_is_asked(acts: tuple[str, ...], hands: Hands) -> None:
    async with make(Hostile(), clock=hands).run_test(size=(120, 40)) as pilot:
        await connected(pilot)
        for act in acts:
            await pilot.press(*(act[1:] if act.startswith("[") else (act,)))
            await pilot.pause()
        await pilot.press("escape")
        await until(pilot, lambda: named(pilot) == "Workflows", "the deck")
        assert "again" not in screen_text(pilot).splitlines()[-1]


@pytest.mark.parametrize("name", TEXTS)
async def test_q_closes_a_text_and_not_the_dashboard(name: str) -> None:
    async with make(Hostile(), trust=Nasty).run_test(size=(120, 40)) as pilot:
        await connected(pilot)
        await opened(pilot, TEXTS[name])
        assert "q quit" not in screen_text(pilot).splitlines()[-1]
        await pilot.press("q")
        await until(pilot, lambda: named(pilot) != TEXTS[name].shows, "the screen below")
        assert not pilot.app._exit


@pytest.mark.parametrize(
    "acts",
    [(), ("3",), ("4",), (run(FAILED),), (run(WAITS_FOR_APPROVAL),)],
    ids=["deck", "runs", "models", "failed", "gate"],
)
async def test_enter_alone_in_the_palette_ends_nothing(acts: tuple[Act, ...]) -> None:
    async with make(Hostile()).run_test(size=(120, 40)) as pilot:
        await connected(pilot)
        for act in acts:
            if callable(act):
                act(pilot)
            else:
                await pilot.press(act)
            await pilot.pause()
        actions = [action.rpartition(".")[2].partition("(")[0] for _, _, action in Keys(pilot.app.screen)._commands()]
        assert actions[0] not in LAST
        assert set(actions[-2:]) <= LAST
        await pilot.press("ctrl+p")
        await until(pilot, lambda: named(pilot) == "CommandPalette", "the palette")
        await pilot.pause()
        await pilot.press("enter")
        await until(pilot, lambda: named(pilot) != "CommandPalette", "what was chosen")
        assert not pilot.app._exit
