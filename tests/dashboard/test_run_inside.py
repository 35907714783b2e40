"""A run on its screen over a real executor: its questions, its hand-offs, its starts, and what was picked for it."""

from __future__ import annotations

import pytest
from textual.pilot import Pilot

from tests.dashboard.conftest import ENV, Hands, connected, screen_text, until
from tests.dashboard.inhouse import InHouse
from tests.executor.conftest import House
from tests.executor.conftest import house as house  # noqa: PLC0414  # the fixture
from tui.core.run import RunStatus
from tui.dashboard.app import ModeldeckApp
from tui.dashboard.screens.line import LineDialog
from tui.dashboard.screens.run import RunScreen
from tui.dashboard.screens.start import StartDialog


@pytest.fixture
def inside(house: House) -> InHouse:
    return InHouse(house)


async def onto(pilot: Pilot[None], title: str) -> None:
    """By keys to the card of that title."""
    await connected(pilot)
    while f"┃ {title} " not in screen_text(pilot):
        await pilot.press("j")


async def test_a_question_is_answered_and_the_run_goes_on_with_the_answer_to_its_end(inside: InHouse) -> None:
    hands = Hands()
    app = ModeldeckApp(inside.house.project, lambda: inside, env=ENV, clock=hands)
    async with app.run_test(size=(120, 40)) as pilot:
        await connected(pilot)
        task_id = await inside.house.start("asks")
        await inside.house.until(task_id, lambda run: run.status is RunStatus.WAITING_ANSWER)
        await pilot.press("3", "enter")
        await until(pilot, lambda: "? clarify asks   enter answers" in screen_text(pilot), "the question")
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(pilot.app.screen, LineDialog), "the dialog")
        hands.seconds += 1
        await pilot.press(*"the first one", "enter")
        await until(pilot, lambda: "✓ done 2/2" in screen_text(pilot), "the end")
        assert "1 question, 1 answered" in screen_text(pilot)
        run = inside.house.look(task_id)
        assert [one.answer for one in run.steps[0].exchanges] == ["the first one"]
        assert "hands on:" in screen_text(pilot)
        await pilot.press("j", "j", "h")
        await until(pilot, lambda: "given by clarify" in screen_text(pilot), "what the second step was given")
        await pilot.press("escape", "k", "w")
        await until(pilot, lambda: "How it was started, start 2 of 2" in screen_text(pilot), "both starts")
        await pilot.press("end")
        await until(pilot, lambda: "exit 0" in screen_text(pilot), "how it ended")
        assert str(inside.house.project) in screen_text(pilot)


async def test_what_is_picked_for_a_stage_is_what_that_step_is_sent(inside: InHouse) -> None:
    hands = Hands()
    app = ModeldeckApp(inside.house.project, lambda: inside, env=ENV, clock=hands)
    async with app.run_test(size=(120, 40)) as pilot:
        await onto(pilot, "Three stages")
        await pilot.press("S")
        await until(pilot, lambda: isinstance(pilot.app.screen, StartDialog), "the dialog")
        await until(pilot, lambda: "2 implement" in screen_text(pilot), "the plan")
        hands.seconds += 2
        await pilot.press("j", "j", "m", *"sonnet", "enter")
        await until(pilot, lambda: "step override (implement): sonnet" in screen_text(pilot), "the pick")
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(pilot.app.screen, RunScreen), "the run")
        await until(pilot, lambda: "✓ done 3/3" in screen_text(pilot), "its end")
        (run,) = [run for run in app.desk.state.runs.values() if run.workflow == "three"]
        assert [step.asked for step in run.steps] == ["opus", "sonnet", "haiku"]
        assert dict(run.choices.step_models) == {"1": "sonnet"}
