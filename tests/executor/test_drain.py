"""A drain: no further agent is begun, those that run end, and every run is as the next executor can go on with it."""

from __future__ import annotations

import asyncio

from tests.executor.conftest import LIMIT, House
from tui.core.executor_verbs import Drain
from tui.core.run import RunStatus, StepStatus
from tui.core.run_verbs import Approve
from tui.core.verbs import Cancel, StartWorkflow


async def drained(house: House) -> None:
    async with asyncio.timeout(LIMIT):
        await house.executor.drained()


async def test_what_runs_ends_and_nothing_else_begins(house: House) -> None:
    task_id = await house.start("three")
    await house.until(task_id, lambda run: run.steps[0].attempt is not None)
    started = await house.executor.verbs.start(Drain())
    assert started.note == "the executor ends as soon as 1 agent has ended"
    status = (await house.list("status")).status
    assert status is not None
    assert (status.draining, status.running) == (True, 1)
    await drained(house)
    run = house.look(task_id)
    assert run.status is RunStatus.RUNNING
    assert [step.status for step in run.steps] == [StepStatus.SUCCEEDED, StepStatus.PENDING, StepStatus.PENDING]
    await house.restart()
    assert (await house.ended(task_id)).status is RunStatus.SUCCEEDED
    assert len(list(house.locations.runs.iterdir())) == 3


async def test_where_nothing_runs_it_is_over_at_once_and_a_second_drain_changes_nothing(house: House) -> None:
    for _ in range(2):
        started = await house.executor.verbs.start(Drain())
        assert started.note == "the executor ends now"
        await drained(house)


async def test_the_end_of_a_run_is_written_down_before_it_is_over(house: House) -> None:
    good, bad = await house.start("one"), await house.start("fails")
    for task_id in (good, bad):
        await house.until(task_id, lambda run: run.steps[0].attempt is not None)
    await house.executor.verbs.start(Drain())
    await drained(house)
    assert [house.look(task_id).status for task_id in (good, bad)] == [RunStatus.SUCCEEDED, RunStatus.FAILED]


async def test_a_start_meanwhile_is_journalled_and_begins_with_the_next_executor(house: House) -> None:
    running = await house.start("slow")
    await house.until(running, lambda run: run.steps[0].attempt is not None)
    await house.executor.verbs.start(Drain())
    started = await house.executor.verbs.start(StartWorkflow("one", project=str(house.project)))
    assert "the next one" in (started.note or "")
    task_id = started.task_id or ""
    await house.executor.verbs.cancel(Cancel((running,)))
    await drained(house)
    assert house.look(task_id).steps[0].attempt is None
    await house.restart()
    assert (await house.ended(task_id)).status is RunStatus.SUCCEEDED


async def test_runs_that_wait_for_a_person_hold_nothing_up_and_a_word_to_them_counts(house: House) -> None:
    gated, asking = await house.start("gated"), await house.start("asks")
    running = await house.start("slow")
    await house.until(running, lambda run: run.steps[0].attempt is not None)
    await house.until(gated, lambda run: run.status is RunStatus.WAITING_APPROVAL)
    await house.until(asking, lambda run: run.status is RunStatus.WAITING_ANSWER)
    await house.executor.verbs.start(Drain())
    await house.executor.verbs.start(Approve(gated))
    await house.executor.verbs.cancel(Cancel((running,)))
    await drained(house)
    assert house.look(gated).steps[1].status is StepStatus.SUCCEEDED
    assert house.look(gated).steps[2].attempt is None
    await house.restart()
    assert (await house.ended(gated)).status is RunStatus.SUCCEEDED
    assert house.look(asking).status is RunStatus.WAITING_ANSWER


async def test_agents_that_it_adopted_are_waited_for_too(house: House) -> None:
    task_id = await house.start("slow")
    await house.until(task_id, lambda run: run.steps[0].evidence is not None)
    await house.restart()
    await asyncio.sleep(0)
    started = await house.executor.verbs.start(Drain())
    assert "1 agent" in (started.note or "")
    await house.executor.verbs.cancel(Cancel((task_id,)))
    await drained(house)
    assert house.look(task_id).status is RunStatus.CANCELLED
