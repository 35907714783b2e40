"""A run that fails or DIFFERS while nobody looks: a toast, and a count in the header until it is seen."""

from __future__ import annotations

from dataclasses import replace

import pytest
from textual.pilot import Pilot

from tests.dashboard.conftest import connected, make, screen_text, until
from tests.dashboard.fake import HAIKU, WORKFLOWS, Executor
from tui.core.run import RunStatus
from tui.core.verbs import StartWorkflow
from tui.dashboard.app import ModeldeckApp
from tui.dashboard.widgets.bar import Bar


async def begin(executor: Executor, workflow: str = "create-spec") -> str:
    started = await executor.start(StartWorkflow(workflow, project="/shop"))
    assert started.task_id is not None
    return started.task_id


def header_of(pilot: Pilot[None]) -> str:
    screen = next(one for one in reversed(pilot.app.screen_stack) if one.query("#header"))
    row = screen.query_one("#header", Bar).row(0)
    assert row is not None
    return row.text


def toasts(pilot: Pilot[None]) -> list[str]:
    return [one.message for one in pilot.app._notifications if one.severity == "error"]


async def counted(pilot: Pilot[None], what: str) -> None:
    await until(pilot, lambda: what in header_of(pilot) and toasts(pilot), f"the alarm {what}")


@pytest.mark.parametrize("size", [(60, 20), (80, 24), (120, 40), (200, 60)])
@pytest.mark.parametrize("key", ["4", "m", "question_mark"])
async def test_a_failure_elsewhere_is_told_and_counted_until_the_list_shows_it(
    executor: Executor, size: tuple[int, int], key: str
) -> None:
    task_id = await begin(executor)
    async with make(executor).run_test(size=size) as pilot:
        await connected(pilot)
        await pilot.press(key)
        executor.run_to(task_id, RunStatus.FAILED)
        await counted(pilot, "1 failed")
        assert toasts(pilot) == [f"Create a spec: failed ({task_id})"]
        await pilot.press("escape", "3")
        await until(pilot, lambda: "failed" not in header_of(pilot), "seen")
        await until(pilot, lambda: not toasts(pilot), "the toast goes with it")


async def test_another_model_is_an_alarm_of_its_own_and_its_run_is_seen_when_it_is_opened(executor: Executor) -> None:
    task_id = await begin(executor)
    async with make(executor).run_test(size=(120, 40)) as pilot:
        await connected(pilot)
        await pilot.press("4")
        executor.answer(task_id, 0, HAIKU, "differs")
        await counted(pilot, "1 DIFFERS")
        executor.run_to(task_id, RunStatus.FAILED)  # it stops for that: one run, one alarm
        await pilot.pause()
        await until(pilot, lambda: "running" not in header_of(pilot), "it has ended")
        assert "failed" not in header_of(pilot)
        await pilot.press("1", "1", "enter")
        await until(pilot, lambda: "DIFFERS" not in header_of(pilot), "seen")


async def test_a_run_that_is_looked_at_raises_nothing(executor: Executor) -> None:
    task_id = await begin(executor)
    async with make(executor).run_test(size=(120, 40)) as pilot:
        await connected(pilot)
        await pilot.press("enter")
        await until(pilot, lambda: task_id in screen_text(pilot), "the run's screen")
        executor.run_to(task_id, RunStatus.FAILED)
        await until(pilot, lambda: "failed" in screen_text(pilot), "it has failed")
        await pilot.pause()
        assert toasts(pilot) == []
        assert "1 failed" not in header_of(pilot)


async def test_many_at_once_are_one_toast_with_a_count(executor: Executor) -> None:
    ids = [await begin(executor, WORKFLOWS[index % 5].name) for index in range(50)]
    async with make(executor).run_test(size=(120, 40)) as pilot:
        await connected(pilot)
        for task_id in ids:
            executor.run_to(task_id, RunStatus.FAILED)
        await counted(pilot, "50 failed")
        await until(pilot, lambda: toasts(pilot) == ["50 runs failed; 3 lists them"], "one toast")


async def test_what_is_read_or_told_again_raises_nothing_again(executor: Executor) -> None:
    old, now, later = [await begin(executor) for _ in range(3)]
    executor.run_to(old, RunStatus.FAILED)
    async with make(executor).run_test(size=(120, 40)) as pilot:
        await connected(pilot)
        assert toasts(pilot) == []  # it failed before this window was opened: its card and the list say so
        executor.run_to(now, RunStatus.FAILED)
        await counted(pilot, "1 failed")
        await pilot.press("3")
        await until(pilot, lambda: "1 failed" not in header_of(pilot), "seen")
        await pilot.press("4")
        executor.hang_up()
        await until(pilot, lambda: "stopped" in header_of(pilot), "the line is lost")
        executor.runs[later] = replace(executor.runs[later], status=RunStatus.FAILED)
        executor.up = True
        assert isinstance(pilot.app, ModeldeckApp)
        pilot.app.desk.feed.now()
        await counted(pilot, "1 failed")  # the one that failed meanwhile
        for task_id in (old, now, later):  # an older state, then the end again
            executor.tell(replace(executor.runs[task_id], status=RunStatus.RUNNING))
            executor.run_to(task_id, RunStatus.FAILED)
        await until(pilot, lambda: "running" not in header_of(pilot), "all is heard")
        # The old one went on and failed before this window's eyes: that is new here.
        await until(pilot, lambda: "2 failed" in header_of(pilot), "no more than that")


async def test_each_window_counts_for_itself(executor: Executor) -> None:
    task_id = await begin(executor)
    async with make(executor).run_test(size=(120, 40)) as one, make(executor).run_test(size=(120, 40)) as two:
        await connected(one)
        await connected(two)
        executor.run_to(task_id, RunStatus.FAILED)
        await counted(one, "1 failed")
        await counted(two, "1 failed")
        await one.press("3")
        await until(one, lambda: "1 failed" not in header_of(one), "seen here")
        assert "1 failed" in header_of(two)


async def test_all_places_have_their_key_in_the_header_beside_an_alarm_and_a_run(executor: Executor) -> None:
    failed, _ = await begin(executor), await begin(executor)
    async with make(executor).run_test(size=(60, 20)) as pilot:
        await connected(pilot)
        await pilot.press("4")
        executor.run_to(failed, RunStatus.FAILED)
        await until(pilot, lambda: "1 failed" in header_of(pilot) and "1 running" in header_of(pilot), "both counts")
        assert header_of(pilot).split()[:5] == ["1", "2", "3", "4", "Models"]
        assert "…" not in header_of(pilot)
