"""A card whose run goes on shows what runs, and what the next start would use."""

from __future__ import annotations

import pytest

from tests.dashboard.conftest import connected, make, screen_text, until
from tests.dashboard.fake import Executor
from tui.core.run import RunStatus, StepStatus
from tui.core.verbs import StartWorkflow
from tui.dashboard.face import Face, face_rows

SIZES = [(60, 20), (80, 24), (120, 40), (200, 60)]


async def running(executor: Executor) -> str:
    started = await executor.start(StartWorkflow("create-spec", model="opus", project="/shop"))
    assert started.task_id is not None
    executor.step(started.task_id, 0, status=StepStatus.RUNNING)
    return started.task_id


@pytest.mark.parametrize("size", SIZES)
async def test_both_are_shown_after_another_pick(executor: Executor, size: tuple[int, int]) -> None:
    task_id = await running(executor)
    async with make(executor).run_test(size=size) as pilot:
        await connected(pilot)
        await pilot.press("m", *"haiku", "enter")
        await until(pilot, lambda: "next" in screen_text(pilot), "both models")
        text = screen_text(pilot)
        assert "running plan" in text
        row = next(line for line in text.splitlines() if "next: " in line or "next start: " in line)
        now, _, then = row.partition("next")
        assert "opus" in now
        assert "haiku" not in now
        assert "haiku" in then
        executor.run_to(task_id, RunStatus.SUCCEEDED)
        await until(
            pilot, lambda: not {"next: ", "next start"} & set(parts(screen_text(pilot))), "one model after the run"
        )


def parts(text: str) -> list[str]:
    return [part for part in ("next: ", "next start") if part in text]


async def test_the_detail_lists_the_models_of_the_run_and_the_picker_says_what_a_change_is_for(
    executor: Executor,
) -> None:
    await running(executor)
    async with make(executor).run_test(size=(140, 40)) as pilot:
        await connected(pilot)
        await pilot.press("m")
        await until(pilot, lambda: "a change applies to later runs" in screen_text(pilot), "the picker's word")
        await pilot.press(*"haiku", "enter")
        await until(pilot, lambda: "Runs now" in screen_text(pilot), "the detail")
        assert "for the next start" in screen_text(pilot)
        await pilot.press("down", "m")
        await until(pilot, lambda: 'Model for "Add a bug"' in screen_text(pilot), "the picker of an idle card")
        assert "later runs" not in screen_text(pilot)


@pytest.mark.parametrize("width", range(251))
def test_no_width_breaks_the_two_models(width: int) -> None:
    for face in (
        Face("a", "A", sent="anthropic/claude-haiku-5-5", others=2, at_work="anthropic/claude-opus-5-5", reason="why"),
        Face("a", "A", sent=None, at_work="anthropic/claude-opus-5-5"),
        Face("a", "A", sent=None, at_work="anthropic/claude-opus-5-5", trouble="it can't run"),
    ):
        assert all(row.width <= width for row in face_rows(face, width=width, focused=True, stale=False))
