"""A key that does nothing now says why."""

from __future__ import annotations

import pytest
from textual.pilot import Pilot

from tests.dashboard.conftest import Hands, connected, make, screen_text, until
from tests.dashboard.office import Office
from tests.dashboard.scribe import Scribe
from tui.core.verbs import StartWorkflow
from tui.dashboard.keymap import BY_ID
from tui.dashboard.screens.run import RunScreen
from tui.dashboard.screens.start import StartDialog
from tui.dashboard.screens.workflow_editor import WorkflowEditor
from tui.dashboard.why_not import WHY_NOT


def test_every_sentence_is_of_a_binding() -> None:
    assert set(WHY_NOT) <= set(BY_ID)


async def opened(pilot: Pilot[None], office: Office) -> None:
    await connected(pilot)
    await office.start(StartWorkflow("create-spec", project="/shop"))
    await pilot.press("enter")
    await until(pilot, lambda: isinstance(pilot.app.screen, RunScreen), "the run's screen")


@pytest.mark.parametrize(("key", "says"), [("u", "Nothing to undo"), ("W", "No warnings")])
async def test_a_key_of_the_deck_that_does_nothing_says_why(key: str, says: str) -> None:
    async with make(Office()).run_test(size=(120, 40)) as pilot:
        await connected(pilot)
        await pilot.press(key)
        await until(pilot, lambda: says in screen_text(pilot).splitlines()[-1], "the sentence")


@pytest.mark.parametrize(
    ("key", "says"),
    [
        ("A", "No gate waits in this run"),
        ("a", "No gate waits in this run"),
        ("D", "No gate waits in this run"),
        ("t", "Only a run that failed"),
        ("s", "s starts a workflow from its card; t retries a run"),
    ],
)
async def test_a_key_of_a_run_that_does_nothing_says_why(key: str, says: str) -> None:
    office = Office()
    async with make(office, clock=Hands()).run_test(size=(120, 40)) as pilot:
        await opened(pilot, office)
        await until(pilot, lambda: "r_0001" in screen_text(pilot), "the run")
        await pilot.press(key)
        await until(pilot, lambda: says in screen_text(pilot).splitlines()[-1], "the sentence")


@pytest.mark.parametrize("size", [(80, 24), (120, 40)])
@pytest.mark.parametrize(("opens", "kind"), [("S", StartDialog), ("E", WorkflowEditor)], ids=["start", "editor"])
async def test_undo_in_a_dialog_says_that_there_is_nothing_and_is_in_the_footer_once_there_is(
    opens: str, kind: type, size: tuple[int, int]
) -> None:
    hands = Hands()
    async with make(Scribe(), clock=hands).run_test(size=size) as pilot:
        await connected(pilot)
        await pilot.press(opens)
        await until(pilot, lambda: isinstance(pilot.app.screen, kind), "the dialog")
        await until(pilot, lambda: "esc back" in screen_text(pilot).splitlines()[-1], "its keys")
        await pilot.press("u")
        await until(pilot, lambda: "Nothing to undo" in screen_text(pilot).splitlines()[-1], "the sentence")
        hands.seconds += 2
        await pilot.press("m", *"sonnet", "enter")
        await until(pilot, lambda: "u undo" in screen_text(pilot).splitlines()[-1], "the key")
        assert "esc back" in screen_text(pilot).splitlines()[-1]


async def test_the_tab_of_a_run_is_the_place_it_was_opened_from_and_its_key_closes_it() -> None:
    office = Office()
    async with make(office, clock=Hands()).run_test(size=(120, 40)) as pilot:
        await opened(pilot, office)
        await pilot.press("4")
        await until(pilot, lambda: pilot.app.current_mode == "models", "the models")
        await pilot.press("1")
        await until(pilot, lambda: pilot.app.current_mode == "workflows", "the deck")
        assert len(pilot.app.screen_stack) == 1
