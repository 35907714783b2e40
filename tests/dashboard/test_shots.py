"""Pictures of the main screens. After a change that is meant, run these with ``--snapshot-update``."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import pytest
from textual.pilot import Pilot

from tests.dashboard.clerk import Clerk
from tests.dashboard.conftest import Hands, connected, make, screen_text, until
from tests.dashboard.fake import Executor, stamp
from tests.dashboard.scribe import Scribe
from tests.dashboard.test_start import Stepwise
from tui.core.run import RunStatus, StepStatus
from tui.core.verbs import StartWorkflow

SIZES = [pytest.param((80, 24), id="80x24"), pytest.param((120, 40), id="120x40")]
Compare = Callable[..., bool]


def compare(
    snap_compare: Compare,
    size: tuple[int, int],
    executor: Executor,
    before: Callable[[Pilot[None]], Awaitable[None]],
    clock: Hands | None = None,
    **more: object,
) -> bool:
    app = make(executor, clock=clock or Hands(), **more)
    return snap_compare(app, terminal_size=size, run_before=before)


@pytest.mark.parametrize("size", SIZES)
def test_the_deck(snap_compare: Compare, executor: Executor, size: tuple[int, int]) -> None:
    async def before(pilot: Pilot[None]) -> None:
        await connected(pilot)
        await pilot.press("right_square_bracket")
        await until(pilot, lambda: "run model: opus" in screen_text(pilot), "the pick")

    assert compare(snap_compare, size, executor, before)


@pytest.mark.parametrize("size", SIZES)
def test_the_picker(snap_compare: Compare, executor: Executor, size: tuple[int, int]) -> None:
    async def before(pilot: Pilot[None]) -> None:
        await connected(pilot)
        await pilot.press("m")
        await until(pilot, lambda: "would be" in screen_text(pilot), "the list")
        await pilot.press("down", "down")
        await until(pilot, lambda: "run model: node:fast" in screen_text(pilot), "the preview")

    assert compare(snap_compare, size, executor, before)


@pytest.mark.parametrize("size", SIZES)
def test_a_run_that_waits_at_a_gate_after_an_alarm(
    snap_compare: Compare, executor: Executor, size: tuple[int, int]
) -> None:
    hands = Hands()

    async def before(pilot: Pilot[None]) -> None:
        await connected(pilot)
        await pilot.press("s")
        await pilot.pause()
        hands.seconds += 1
        await pilot.press("enter")
        await until(pilot, lambda: "r_0001" in screen_text(pilot), "the run")
        executor.step("r_0001", 0, status=StepStatus.RUNNING, started_at=stamp(2))
        executor.say("a_0", "I will add a discount field to the cart.")
        executor.say("a_0", "edit src/cart.py +14 -2", "tool")
        executor.answer("r_0001", 0, "claude-sonnet-5-5", "differs")
        executor.step("r_0001", 1, status=StepStatus.WAITING_APPROVAL)
        executor.run_to("r_0001", RunStatus.WAITING_APPROVAL)
        await until(pilot, lambda: "approve" in screen_text(pilot).splitlines()[-1], "the gate")
        await until(pilot, lambda: "edit src/cart.py" in screen_text(pilot), "the output")

    assert compare(snap_compare, size, executor, before, hands)


@pytest.mark.parametrize("size", SIZES)
def test_a_run_whose_agent_asks(snap_compare: Compare, executor: Executor, size: tuple[int, int]) -> None:
    async def before(pilot: Pilot[None]) -> None:
        await connected(pilot)
        await executor.start(StartWorkflow("create-spec", project="/shop"))
        executor.step("r_0001", 0, status=StepStatus.RUNNING, started_at=stamp(2))
        executor.say("a_0", "I read the cart and the checkout.")
        executor.ask("r_0001", 0, "Shall a code lower the price by percent, by an amount, or by either of them?")
        await until(pilot, lambda: "waits for an answer" in screen_text(pilot), "the run on its card")
        await pilot.press("enter")
        await until(pilot, lambda: "plan asks" in screen_text(pilot), "the question")
        await until(pilot, lambda: "I read the cart" in screen_text(pilot), "the output")

    assert compare(snap_compare, size, executor, before)


@pytest.mark.parametrize("size", SIZES)
def test_the_start_dialog_with_picks(snap_compare: Compare, size: tuple[int, int]) -> None:
    async def before(pilot: Pilot[None]) -> None:
        await connected(pilot)
        await pilot.press("S")
        await until(pilot, lambda: "3 document" in screen_text(pilot), "the plan")
        await pilot.press("j", "m", *"sonnet", "enter", "d")
        await until(pilot, lambda: "without picks: claude-opus-5-5" in screen_text(pilot), "what it was before")

    assert compare(snap_compare, size, Stepwise(), before)


@pytest.mark.parametrize("size", SIZES)
def test_the_editor_of_defaults(snap_compare: Compare, size: tuple[int, int]) -> None:
    async def before(pilot: Pilot[None]) -> None:
        await connected(pilot)
        await pilot.press("E")
        await until(pilot, lambda: "kept: stage default" in screen_text(pilot), "what would run")
        await pilot.press("j", "m", *"sonnet", "enter")
        await until(pilot, lambda: "stage default (review): sonnet" in screen_text(pilot), "the choice")

    assert compare(snap_compare, size, Scribe(), before)


@pytest.mark.parametrize("size", SIZES)
def test_the_place_of_specs(snap_compare: Compare, size: tuple[int, int]) -> None:
    async def before(pilot: Pilot[None]) -> None:
        await connected(pilot)
        await pilot.press("2")
        await until(pilot, lambda: screen_text(pilot).count("stage default (plan): opus") == 3, "what they would run")

    assert compare(snap_compare, size, Clerk(), before)


@pytest.mark.parametrize("size", SIZES)
def test_the_form_of_a_spec(snap_compare: Compare, size: tuple[int, int]) -> None:
    async def before(pilot: Pilot[None]) -> None:
        await connected(pilot)
        await pilot.press("2")
        await until(pilot, lambda: "Discount" in screen_text(pilot), "the specs")
        await pilot.press("n", *"Gift cards", "enter")
        await until(pilot, lambda: "[ heavy" in screen_text(pilot), "what would be stored")
        await pilot.press("j", "j", "j", "j", "space")
        await until(pilot, lambda: "off, kept" in screen_text(pilot), "a stage that is off")

    assert compare(snap_compare, size, Clerk(), before)


@pytest.mark.parametrize("size", SIZES)
def test_the_runs(snap_compare: Compare, executor: Executor, size: tuple[int, int]) -> None:
    async def before(pilot: Pilot[None]) -> None:
        await connected(pilot)
        for name in ("create-spec", "add-bug", "execute-tasks"):
            await executor.start(StartWorkflow(name, project="/shop"))
        executor.answer("r_0001", 0, "claude-sonnet-5-5", "differs")
        executor.run_to("r_0001", RunStatus.FAILED, ended_at=stamp(50))
        executor.answer("r_0002", 0, "claude-sonnet-5-5", "confirmed")
        executor.run_to("r_0002", RunStatus.SUCCEEDED, ended_at=stamp(55))
        await pilot.press("3")
        await until(pilot, lambda: "DIFFERS" in screen_text(pilot) and "done" in screen_text(pilot), "the runs")

    assert compare(snap_compare, size, executor, before)


def test_the_deck_in_the_terminal_s_own_colours(snap_compare: Compare, executor: Executor) -> None:
    assert compare(snap_compare, (80, 24), executor, connected, env={"NO_COLOR": "1", "LANG": "C.UTF-8"})
