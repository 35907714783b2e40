"""Keys that are typed before the screen is there for them: each is for what it was meant for, or for nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.dashboard.clerk import FLOW
from tests.dashboard.conftest import Hands, connected, make, screen_text, until
from tests.dashboard.fake import NOW, Executor
from tests.dashboard.terminal import Terminal
from tui.core.verbs import StartWorkflow
from tui.dashboard.burst import GAP, Burst
from tui.dashboard.cache import remember
from tui.dashboard.screens.start import StartDialog
from tui.dashboard.state import Card
from tui.dashboard.theme import first_theme

WAITS = "The executor has not answered yet"
ESCAPE = "\x1b"


class Slow(Terminal):
    """A dashboard whose executor answers when it is told to."""

    def __init__(self, folder: Path) -> None:
        self._gate, self._asked = folder / "gate", folder / "asked"
        cache = folder / "deck.json"
        face = Card(FLOW, plan=Executor((FLOW,)).plan(StartWorkflow(FLOW.name))).face(NOW)
        _, theme = first_theme(None, plain=False)
        remember(cache, Path("/shop"), [face], as_of=NOW.isoformat(), theme=theme, keymap={})
        super().__init__("tests.dashboard.slow", str(self._gate), str(self._asked), str(cache))

    def answers(self, how: str = "") -> None:
        """The executor answers from now on, or says that it never will."""
        fresh = self._gate.with_suffix(".new")
        fresh.write_text(how)
        fresh.replace(self._gate)

    @property
    def started(self) -> list[str]:
        """What was started."""
        return self._asked.read_text().splitlines() if self._asked.exists() else []


@contextmanager
def painted(folder: Path) -> Iterator[Slow]:
    with Slow(folder) as terminal:
        terminal.shows("executor starting")
        yield terminal


BEFORE = pytest.mark.parametrize("early", [True, False], ids=["before-the-first-paint", "after-it"])
OPENED = {
    "m": ("sonnet", 'Model for "Create a spec"', "sonnet"),
    "s": ("mend it", 'Start "Create a spec"', "mend it"),
    "S": ("", 'Start "Create a spec"', "stage"),
    "w": ("", "Why this model:", "stage default"),
    "E": ("", "says", "would run"),
    "D": ("haiku", 'Model for "your default"', "haiku"),
    ".": ("", "Create a bug", "Create a todo"),
}
"""What is typed right behind a key, and what the screen shows when the executor has answered."""


@BEFORE
@pytest.mark.parametrize("key", OPENED)
def test_a_key_opens_at_once_and_what_is_typed_behind_it_is_for_what_it_opens(
    tmp_path: Path, key: str, early: bool
) -> None:
    text, *shows = OPENED[key]
    with Slow(tmp_path) as terminal:
        if not early:
            terminal.shows("executor starting")
        terminal.send(key + text)
        terminal.shows(WAITS)
        if text:
            terminal.shows(f"> {text}")
        terminal.answers()
        for one in shows:
            terminal.shows(one)
        assert terminal.started == []


@BEFORE
def test_a_model_typed_blind_is_picked_and_nothing_is_started(tmp_path: Path, early: bool) -> None:
    with Slow(tmp_path) as terminal:
        if not early:
            terminal.shows("executor starting")
        terminal.send("msonnet\r")
        terminal.shows("> sonnet⏎")
        terminal.answers()
        terminal.shows("run model: sonnet")
        assert terminal.started == []


def test_a_start_typed_blind_starts_what_was_typed(tmp_path: Path) -> None:
    with painted(tmp_path) as terminal:
        terminal.send("smend the cart\r")
        terminal.shows(WAITS)
        terminal.answers()
        terminal.until(lambda: terminal.started, "the start")
        assert terminal.started == ["create-spec None 'mend the cart'"]


def test_a_new_spec_typed_blind_has_its_title(tmp_path: Path) -> None:
    with painted(tmp_path) as terminal:
        terminal.send("2")
        terminal.shows("The specs are read as soon as")
        terminal.send("nDiscount codes")
        terminal.shows(WAITS)
        terminal.answers()
        terminal.shows("New feature")
        terminal.shows("Discount codes")


def test_an_effort_typed_blind_takes_nothing_along(tmp_path: Path) -> None:
    with painted(tmp_path) as terminal:
        terminal.send("esonnet\r")
        terminal.shows("> sonnet⏎")
        terminal.answers()
        terminal.shows("sonnet⏎' was thrown away")
        terminal.shows("low")
        assert terminal.started == []


def test_escape_opens_nothing_and_the_keys_go_with_it(tmp_path: Path) -> None:
    with painted(tmp_path) as terminal:
        terminal.send("mson")
        terminal.shows("> son")
        terminal.send(ESCAPE)
        terminal.until(lambda: WAITS not in terminal.text, "the deck")
        terminal.answers()
        terminal.shows("connected")
        assert "Model for" not in terminal.text


def test_an_executor_that_does_not_come_throws_the_keys_away_and_says_so(tmp_path: Path) -> None:
    with painted(tmp_path) as terminal:
        terminal.send("msonnet\r")
        terminal.shows("> sonnet⏎")
        terminal.answers("no")
        terminal.shows("nothing was opened")
        terminal.shows("Nothing answers at the socket")
        assert terminal.started == []


def test_what_is_pasted_behind_a_key_is_for_what_it_opens(tmp_path: Path) -> None:
    with painted(tmp_path) as terminal:
        terminal.send("m\x1b[200~claude-son\nnet\x1b[201~")
        terminal.shows("> claude-son")
        terminal.answers()
        terminal.shows('Model for "Create a spec"')
        terminal.shows(" claude-son")


@pytest.mark.parametrize(
    ("typed", "says"),
    [("psonnet\r", "p does nothing here"), ("xsonnet\r", "x does nothing here"), ("Tsonnet\r", "T does nothing here")],
    ids=["unbound", "nothing-to-cancel", "trusted-already"],
)
def test_behind_a_key_that_does_nothing_nothing_is_started(tmp_path: Path, typed: str, says: str) -> None:
    with painted(tmp_path) as terminal:
        terminal.answers()
        terminal.shows("● connected")
        terminal.send(typed)
        terminal.shows(says)
        terminal.shows("sonnet⏎")
        terminal.settle()
        assert 'Start "' not in terminal.text
        assert terminal.started == []


def test_a_start_at_the_end_of_a_burst_that_closed_another_dialog_is_asked_for(tmp_path: Path) -> None:
    with painted(tmp_path) as terminal:
        terminal.answers()
        terminal.shows("● connected")
        terminal.send("msonnet\rsmend it\r")
        terminal.shows("typed in one go with other keys")
        assert terminal.started == []
        terminal.send("\r")
        terminal.until(lambda: terminal.started, "the start")
        assert terminal.started == ["create-spec sonnet 'mend it'"]


def test_a_paste_where_nothing_takes_text_does_nothing(tmp_path: Path) -> None:
    with painted(tmp_path) as terminal:
        terminal.answers()
        terminal.shows("● connected")
        terminal.send("\x1b[200~sonnet\r\x1b[201~")
        terminal.shows("nothing here takes what was pasted")
        assert terminal.started == []


async def test_moving_about_before_a_start_is_no_other_intent(executor: Executor, hands: Hands) -> None:
    async with make(executor, clock=hands).run_test(size=(120, 40)) as pilot:
        await connected(pilot)
        await pilot.press("j", "j", "k", "s")
        await until(pilot, lambda: isinstance(pilot.app.screen, StartDialog), "the dialog")
        hands.seconds += 1
        await pilot.press("enter")
        await until(pilot, lambda: "r_0001" in screen_text(pilot), "the run")


def test_a_pause_ends_a_burst() -> None:
    burst, here, there = Burst(), object(), object()
    pressed: Callable[[float], None] = burst.key
    pressed(1.0)
    burst.dies(here, "p does nothing here")
    pressed(1.0 + GAP)
    assert burst.dead(here)
    assert burst.drop("s", "s") == "p does nothing here; thrown away: s"
    assert burst.drop("enter", None) == "p does nothing here; thrown away: s⏎"
    pressed(1.1 + 2 * GAP)
    assert not burst.dead(here)
    burst.dies(here, "p does nothing here")
    assert not burst.dead(there)
    assert not burst.dead(here)
