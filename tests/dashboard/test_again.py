"""On a run's screen: try again, choose models anew, skip, answer a gate with a comment, read what was handed on."""

from __future__ import annotations

from dataclasses import replace

import pytest
from textual.pilot import Pilot

from tests.dashboard.conftest import Hands, connected, make, screen_text, until
from tests.dashboard.fake import stamp
from tests.dashboard.office import Office
from tui.core.errors import ErrorBody
from tui.core.run import RunStatus, StepStatus
from tui.core.run_verbs import Approve, Reject, ResolveAgain, Retry, Skip
from tui.core.verbs import StartWorkflow
from tui.dashboard.screens.run import RunScreen


def asked(office: Office, kind: type) -> list[object]:
    return [one for one in office.asked if isinstance(one, kind)]


async def opened(pilot: Pilot[None], office: Office) -> None:
    await connected(pilot)
    await office.start(StartWorkflow("create-spec", project="/shop"))
    await pilot.press("enter")
    await until(pilot, lambda: isinstance(pilot.app.screen, RunScreen), "the run's screen")
    await until(pilot, lambda: "r_0001" in screen_text(pilot), "the run")


def fail(office: Office) -> None:
    office.answer("r_0001", 0, "claude-opus-5-5", "confirmed")
    office.step("r_0001", 1, status=StepStatus.SUCCEEDED, result="mind the tax")
    office.step("r_0001", 2, status=StepStatus.FAILED, error=ErrorBody("machine", "the disk is full"))
    office.run_to("r_0001", RunStatus.FAILED, ended_at=stamp(50))


def begun(office: Office, kind: type) -> list[object]:
    return [one for one in asked(office, kind) if not one.dry_run]  # type: ignore[attr-defined]


async def failed(pilot: Pilot[None], office: Office) -> None:
    await opened(pilot, office)
    assert "retry" not in screen_text(pilot).splitlines()[-1]
    fail(office)
    await until(pilot, lambda: "t retry" in screen_text(pilot).splitlines()[-1], "the key")


def row_of(pilot: Pilot[None], text: str) -> str:
    return next((line for line in screen_text(pilot).splitlines() if text in line), "")


async def test_a_retry_is_shown_then_started_and_the_new_run_is_watched() -> None:
    office, hands = Office(), Hands()
    async with make(office, clock=hands).run_test(size=(120, 40)) as pilot:
        await failed(pilot, office)
        await pilot.press("t")
        await until(pilot, lambda: "No model changes" in screen_text(pilot), "what a retry would run")
        assert "as stored with the run" in screen_text(pilot)
        assert not begun(office, Retry)
        await pilot.press("t")
        await until(pilot, lambda: "r_0002" in screen_text(pilot), "the new run")
        assert begun(office, Retry) == [Retry("r_0001")]


async def test_a_retry_is_left_without_a_start() -> None:
    office, hands = Office(), Hands()
    async with make(office, clock=hands).run_test(size=(120, 40)) as pilot:
        await failed(pilot, office)
        await pilot.press("t")
        await until(pilot, lambda: "No model changes" in screen_text(pilot), "what a retry would run")
        await pilot.press("escape")
        await until(pilot, lambda: isinstance(pilot.app.screen, RunScreen), "the run again")
        assert not begun(office, Retry)


@pytest.mark.parametrize("size", [(60, 20), (80, 24), (120, 40), (200, 60)])
async def test_another_model_is_picked_for_the_failed_step(size: tuple[int, int]) -> None:
    office, hands = Office(), Hands()
    async with make(office, clock=hands).run_test(size=size) as pilot:
        await opened(pilot, office)
        fail(office)
        await until(pilot, lambda: "failed" in screen_text(pilot), "the failed run")
        await pilot.press("t")
        await until(pilot, lambda: "No model changes" in screen_text(pilot), "what a retry would run")
        await pilot.press("m")
        await until(pilot, lambda: 'Model for "document' in screen_text(pilot), "the picker")
        await pilot.press(*"sonnet", "enter")
        await until(pilot, lambda: "1 step would run as another model" in screen_text(pilot), "the change")
        row = row_of(pilot, " 3 document")
        assert "claude-haiku-5-5" in row
        assert "claude-sonnet-5-5" in row
        hands.seconds += 2
        await pilot.press("enter")
        await until(pilot, lambda: begun(office, Retry), "the start")
        assert begun(office, Retry) == [Retry("r_0001", step_models={"2": "sonnet"})]


async def test_a_key_of_the_retry_that_does_nothing_says_why() -> None:
    office, hands = Office(), Hands()
    async with make(office, clock=hands).run_test(size=(120, 40)) as pilot:
        await failed(pilot, office)
        await pilot.press("t")
        await until(pilot, lambda: "No model changes" in screen_text(pilot), "what a retry would run")
        for key, says in (("e", "No effort levels are known for this model"), ("r", "Nothing is picked for this step")):
            hands.seconds += 1
            await pilot.press(key)
            await until(pilot, lambda text=says: text in screen_text(pilot).splitlines()[-1], "the sentence")  # type: ignore[misc]


async def test_a_model_that_is_not_there_starts_nothing() -> None:
    office, hands = Office(), Hands()
    async with make(office, clock=hands).run_test(size=(120, 40)) as pilot:
        await failed(pilot, office)
        card = pilot.app.desk.state.card("create-spec")  # type: ignore[attr-defined]
        card.pick = "nothing"
        await pilot.press("t")
        await until(pilot, lambda: 'Model "nothing" not found' in screen_text(pilot), "the error")
        assert "can't run" in row_of(pilot, " 3 document")
        hands.seconds += 2
        await pilot.press("enter")
        await until(pilot, lambda: "Not yet: a step has no model" in screen_text(pilot), "why nothing starts")
        assert not begun(office, Retry)


async def test_a_pick_is_taken_back() -> None:
    office, hands = Office(), Hands()
    async with make(office, clock=hands).run_test(size=(120, 40)) as pilot:
        await failed(pilot, office)
        await pilot.press("t")
        await until(pilot, lambda: "No model changes" in screen_text(pilot), "what a retry would run")
        await pilot.press("m")
        await until(pilot, lambda: 'Model for "document' in screen_text(pilot), "the picker")
        await pilot.press(*"sonnet", "enter")
        await until(pilot, lambda: "r reset" in screen_text(pilot), "the change")
        await pilot.press("r")
        await until(pilot, lambda: "No model changes" in screen_text(pilot), "the stored model")


async def test_the_cards_pick_is_used_for_the_steps_that_are_left() -> None:
    office, hands = Office(), Hands()
    async with make(office, clock=hands).run_test(size=(120, 40)) as pilot:
        await failed(pilot, office)
        card = pilot.app.desk.state.card("create-spec")  # type: ignore[attr-defined]
        card.pick = "sonnet"
        await pilot.press("t")
        await until(pilot, lambda: "Picked on the card: sonnet" in screen_text(pilot), "the card's pick")
        await until(pilot, lambda: "1 step would run as another model" in screen_text(pilot), "the change")
        assert "kept: this step is done" in row_of(pilot, " 1 plan")
        await pilot.press("t")
        await until(pilot, lambda: begun(office, Retry), "the start")
        assert begun(office, Retry) == [Retry("r_0001", step_models={"2": "sonnet"})]


async def test_new_models_are_shown_beside_the_old_ones_before_anything_starts() -> None:
    office, hands = Office(), Hands()
    async with make(office, clock=hands).run_test(size=(120, 40)) as pilot:
        await failed(pilot, office)
        await pilot.press("n")
        await until(pilot, lambda: "1 step would run as another model" in screen_text(pilot), "old and new")
        line = row_of(pilot, " 3 document")
        assert "claude-haiku-5-5" in line
        assert "claude-sonnet-5-5" in line
        assert "kept: this step is done" in screen_text(pilot)
        assert "chosen now, by the present configuration" in screen_text(pilot)
        assert asked(office, ResolveAgain) == [ResolveAgain("r_0001", dry_run=True)]
        await pilot.press("n")
        await until(pilot, lambda: "No model changes" in screen_text(pilot), "the stored models")
        await pilot.press("n")
        await until(pilot, lambda: "1 step would run" in screen_text(pilot), "the new models")
        hands.seconds += 2
        await pilot.press("enter")
        await until(pilot, lambda: "r_0002" in screen_text(pilot), "the new run")
        assert begun(office, ResolveAgain) == [ResolveAgain("r_0001")]


async def test_a_step_that_has_not_begun_is_skipped_when_asked_twice() -> None:
    office = Office()
    async with make(office, clock=Hands()).run_test(size=(120, 40)) as pilot:
        await opened(pilot, office)
        office.step("r_0001", 0, status=StepStatus.RUNNING, started_at=stamp(2))
        await until(pilot, lambda: "▶ plan" in screen_text(pilot), "the running step")
        assert "z skip" not in screen_text(pilot).splitlines()[-1]
        await pilot.press("j", "j")
        await until(pilot, lambda: "z skip" in screen_text(pilot).splitlines()[-1], "the key")
        await pilot.press("z", "z")
        await until(pilot, lambda: asked(office, Skip) == [Skip("r_0001", 2)], "the request")
        await until(pilot, lambda: "skipped" in screen_text(pilot), "the skipped step")


async def at_gate(pilot: Pilot[None], office: Office) -> None:
    await opened(pilot, office)
    office.answer("r_0001", 0, "claude-opus-5-5", "confirmed")
    office.step("r_0001", 1, status=StepStatus.WAITING_APPROVAL)
    office.run_to("r_0001", RunStatus.WAITING_APPROVAL)
    await until(pilot, lambda: "a approve" in screen_text(pilot), "the gate")


async def test_a_gate_is_approved_with_a_comment() -> None:
    office, hands = Office(), Hands()
    async with make(office, clock=hands).run_test(size=(80, 24)) as pilot:
        await at_gate(pilot, office)
        await pilot.press("A", *"mind the tax", "enter")
        await until(pilot, lambda: asked(office, Approve), "the approval")
        assert asked(office, Approve) == [Approve("r_0001", comment="mind the tax", step=1)]


async def test_a_gate_is_rejected_with_a_comment_and_escape_answers_nothing() -> None:
    office, hands = Office(), Hands()
    async with make(office, clock=hands).run_test(size=(120, 40)) as pilot:
        await at_gate(pilot, office)
        await pilot.press("D")
        await until(pilot, lambda: "Reject" in screen_text(pilot), "the dialog")
        await pilot.press(*"no", "escape", "escape")
        await until(pilot, lambda: isinstance(pilot.app.screen, RunScreen), "the run again")
        assert not asked(office, Reject)
        hands.seconds += 2
        await pilot.press("D", *"too dear", "enter")
        await until(pilot, lambda: asked(office, Reject), "the rejection")
        assert asked(office, Reject) == [Reject("r_0001", comment="too dear", step=1)]


async def test_what_a_step_hands_on_stands_under_it_and_is_read_whole() -> None:
    office = Office()
    async with make(office, clock=Hands()).run_test(size=(100, 40)) as pilot:
        await opened(pilot, office)
        office.answer("r_0001", 0, "claude-opus-5-5", "confirmed")
        said = "done: the cart\nopen: the tax\n" + "\n".join(f"point {number}" for number in range(50))
        run = office.runs["r_0001"]
        office.tell(replace(run, steps=(replace(run.steps[0], result=said), *run.steps[1:])))
        await until(pilot, lambda: "hands on: done: the cart" in screen_text(pilot), "the line under the step")
        await pilot.press("k", "h")
        await until(pilot, lambda: "handed on by plan" in screen_text(pilot), "the text")
        await pilot.press("end")
        await until(pilot, lambda: "point 49" in screen_text(pilot), "its end")
