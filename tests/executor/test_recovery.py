"""What the next executor makes of what the last one left: adopted, finished, started, or lost, and never twice."""

from __future__ import annotations

import asyncio
import dataclasses
import os
import signal
import sqlite3
import time
from contextlib import closing

import pytest

from tests.executor.conftest import House
from tui.core.errors import ConflictError
from tui.core.run import Attempt, Run, RunStatus, StepStatus
from tui.core.run_verbs import Answer, Approve, Reject, Retry
from tui.core.verbs import Cancel, SetEnvironment
from tui.executor.attempt import AttemptFolder, Presence
from tui.executor.process_table import lived
from tui.executor.processes import survivors


def folder(house: House, run: Run, step: int = 0) -> AttemptFolder:
    return AttemptFolder(house.locations.runs / (run.steps[step].attempt or ""))


async def begun(house: House, task_id: str) -> Run:
    """The run once its first agent has said something."""
    run = await house.until(task_id, lambda run: run.steps[0].evidence is not None)
    assert folder(house, run).presence() is Presence.ALIVE
    return run


async def test_a_running_agent_is_adopted_and_its_run_goes_on(house: House) -> None:
    task_id = await house.start("three")
    before = await house.until(task_id, lambda run: run.steps[0].attempt is not None)
    await house.restart()
    run = await house.ended(task_id)
    assert run.status is RunStatus.SUCCEEDED
    assert run.steps[0].attempt == before.steps[0].attempt
    assert len(list(house.locations.runs.iterdir())) == 3


async def test_an_adopted_agent_can_be_cancelled(house: House) -> None:
    task_id = await house.start("slow")
    run = await begun(house, task_id)
    await house.restart()
    await house.executor.verbs.cancel(Cancel((task_id,)))
    assert house.look(task_id).status is RunStatus.CANCELLED
    assert survivors(folder(house, run)) == ()


async def test_an_agent_that_ended_meanwhile_is_finished(house: House) -> None:
    task_id = await house.start("three")
    run = await house.until(task_id, lambda run: run.steps[0].attempt is not None)
    await house.executor.close()
    attempt = folder(house, run)
    await until_gone(attempt)
    house.executor = house.begin()
    run = await house.ended(task_id)
    assert run.status is RunStatus.SUCCEEDED
    assert run.steps[0].result is not None


async def test_one_that_vanished_without_a_word_is_lost_and_nothing_of_it_lives_on(house: House) -> None:
    task_id = await house.start("slow")
    run = await begun(house, task_id)
    attempt = folder(house, run)
    await house.executor.close()
    os.kill(attempt.leader() or 0, signal.SIGKILL)
    house.executor = house.begin()
    run = await house.ended(task_id)
    assert run.status is RunStatus.LOST
    assert [step.status for step in run.steps] == [StepStatus.LOST, StepStatus.SKIPPED]
    assert survivors(attempt) == ()


async def test_a_shim_killed_under_the_executors_eyes_is_lost_too(house: House) -> None:
    task_id = await house.start("slow")
    run = await begun(house, task_id)
    os.kill(folder(house, run).leader() or 0, signal.SIGKILL)
    run = await house.ended(task_id)
    assert run.status is RunStatus.LOST
    assert survivors(folder(house, run)) == ()


@pytest.mark.parametrize(
    ("table", "column"), [("runs", "attachments"), ("steps", "answered"), ("attempts", "env_names")]
)
async def test_a_run_that_can_not_be_read_is_lost_and_the_rest_goes_on(house: House, table: str, column: str) -> None:
    damaged, sound = await house.start("slow"), await house.start("slow")
    attempts = [folder(house, await begun(house, task_id)) for task_id in (damaged, sound)]
    await house.executor.close()
    number = {"runs": "number", "steps": "run", "attempts": "run"}[table]
    with closing(sqlite3.connect(house.locations.journal)) as journal, journal:
        garbled = f"UPDATE {table} SET {column} = '[{{\"half' WHERE {number} = 1"
        assert journal.execute(garbled).rowcount
    house.executor = house.begin()
    run = await house.until(damaged, lambda run: run.status is RunStatus.LOST)
    assert [step.status for step in run.steps] == [StepStatus.LOST, StepStatus.SKIPPED]
    assert run.error is not None
    assert f"{column} in the table {table} can't be read" in run.error.message
    assert survivors(attempts[0]) == ()
    assert attempts[1].presence() is Presence.ALIVE
    assert house.look(sound).status is RunStatus.RUNNING
    tasks = (await house.list("tasks")).tasks
    assert [task.task_id for task in tasks] == [sound]
    if table == "attempts":  # the run itself is whole
        await house.executor.verbs.start(Retry(damaged))
    else:
        with pytest.raises(ConflictError, match="can't be done again: The journal is damaged"):
            await house.executor.verbs.start(Retry(damaged))
    await house.restart()
    assert house.look(damaged).status is RunStatus.LOST


async def test_an_intent_that_came_to_nothing_is_started_once(house: House) -> None:
    task_id = await house.start("gated")
    await house.until(task_id, lambda run: run.status is RunStatus.WAITING_APPROVAL)
    await house.executor.close()
    house.executor = house.begin(resume=False)
    run = house.look(task_id)
    intended = dataclasses.replace(run.steps[2], status=StepStatus.RUNNING, attempt="a_intended", started_at="2026")
    approved = dataclasses.replace(run.steps[1], status=StepStatus.SUCCEEDED, ended_at="2026")
    steps = (run.steps[0], approved, intended)
    attempt = Attempt(
        "a_intended", task_id, 2, "quick", "rehearsal", (), str(house.project), (), (), "edit", boot=house.boot
    )
    await house.executor.journal.save(dataclasses.replace(run, status=RunStatus.RUNNING, steps=steps), attempt)
    house.executor.conductor.resume()
    run = await house.ended(task_id)
    assert run.status is RunStatus.SUCCEEDED
    assert run.steps[2].attempt == "a_intended"
    assert folder(house, run, 2).exit_code() == 0


async def test_a_cancel_that_was_journalled_is_carried_out_by_the_next_executor(house: House) -> None:
    task_id = await house.start("slow")
    run = await begun(house, task_id)
    attempt = house.executor.journal.attempt(run.steps[0].attempt or "")
    assert attempt is not None
    await house.executor.close()
    house.executor = house.begin(resume=False)
    await house.executor.journal.save(run, dataclasses.replace(attempt, cancel_reason="cancelled by a person"))
    house.executor.conductor.resume()
    run = await house.ended(task_id)
    assert run.status is RunStatus.CANCELLED


async def test_a_gate_waits_on_over_a_restart(house: House) -> None:
    task_id = await house.start("gated")
    await house.until(task_id, lambda run: run.status is RunStatus.WAITING_APPROVAL)
    await house.restart()
    await house.until(task_id, lambda _: house.executor.conductor.waiting() == 1)
    await house.executor.verbs.start(Approve(task_id))
    assert (await house.ended(task_id)).status is RunStatus.SUCCEEDED


@pytest.mark.parametrize(("word", "status"), [(Approve, RunStatus.SUCCEEDED), (Reject, RunStatus.FAILED)])
async def test_a_word_at_a_gate_counts_though_the_executor_died_before_it_could_act_on_it(
    house: House, word: type[Approve | Reject], status: RunStatus
) -> None:
    task_id = await house.start("gated")
    await house.until(task_id, lambda run: run.status is RunStatus.WAITING_APPROVAL)
    await house.executor.verbs.start(word(task_id, comment="mind the tax"))
    await house.drop()
    run = await house.ended(task_id)
    assert (run.status, run.steps[1].result) == (status, "mind the tax")


async def test_variables_are_gone_after_a_restart_and_the_run_says_which_it_waits_for(house: House) -> None:
    config = house.locations.config_file
    config.write_text(
        config.read_text().replace("quick: {kind: rehearsal,", "quick: {kind: rehearsal, env: {TOKEN: $SHOP_TOKEN},", 1)
    )
    await house.executor.verbs.start(SetEnvironment(values={"SHOP_TOKEN": "s3cret-value"}))
    task_id = await house.start("gated")
    await house.until(task_id, lambda run: run.status is RunStatus.WAITING_APPROVAL)
    await house.restart()
    await house.until(task_id, lambda _: house.executor.conductor.waiting() == 1)
    await house.executor.verbs.start(Approve(task_id))
    run = await house.until(task_id, lambda run: run.note is not None)
    assert "SHOP_TOKEN" in (run.note or "")
    await house.executor.verbs.start(SetEnvironment(values={"SHOP_TOKEN": "s3cret-value"}))
    run = await house.ended(task_id)
    assert run.status is RunStatus.SUCCEEDED
    assert run.note is None


async def test_a_run_keeps_its_models_when_the_configuration_changes(house: House) -> None:
    task_id = await house.start("gated", model="opus")
    before = await house.until(task_id, lambda run: run.status is RunStatus.WAITING_APPROVAL)
    config = house.locations.config_file
    config.write_text(
        config.read_text().replace("default_model: haiku", "default_model: sonnet\naliases: {opus: haiku}")
    )
    await house.restart()
    await house.until(task_id, lambda _: house.executor.conductor.waiting() == 1)
    await house.executor.verbs.start(Approve(task_id))
    run = await house.ended(task_id)
    assert run.steps[2].sent == before.steps[2].sent
    assert run.steps[2].reason == before.steps[2].reason


async def test_an_agent_whose_folder_went_is_attended_to_its_end(house: House) -> None:
    task_id = await house.start("slow")
    run = await begun(house, task_id)
    house.project.rename(house.project.with_name("moved"))
    await house.restart()
    await house.executor.verbs.cancel(Cancel((task_id,)))
    assert house.look(task_id).status is RunStatus.CANCELLED
    assert survivors(folder(house, run)) == ()


async def test_a_step_does_not_start_in_a_folder_that_changed_since_it_was_trusted(house: House) -> None:
    task_id = await house.start("gated")
    await house.until(task_id, lambda run: run.status is RunStatus.WAITING_APPROVAL)
    (house.project / ".mcp.json").write_text("{}")
    await house.executor.verbs.start(Approve(task_id))
    run = await house.ended(task_id)
    assert run.status is RunStatus.FAILED
    assert run.error is not None
    assert run.error.code == "untrusted"
    assert run.steps[2].attempt is None


async def until_gone(attempt: AttemptFolder) -> None:
    async with asyncio.timeout(60):
        while attempt.presence() is Presence.ALIVE:
            await asyncio.sleep(0.01)


async def test_an_adopted_agent_has_what_is_left_of_its_time(house: House) -> None:
    config = house.locations.config_file
    config.write_text(config.read_text().replace("profile: slow}", "profile: slow, timeout: 5}", 1))
    task_id = await house.start("slow")
    attempt = folder(house, await begun(house, task_id))
    await house.executor.close()
    async with asyncio.timeout(60):
        while lived(attempt.leader()) < 5:
            await asyncio.sleep(0.01)
    began = time.monotonic()
    house.executor = house.begin()
    run = await house.ended(task_id)
    assert run.error is not None
    assert run.error.code == "timeout"
    assert time.monotonic() - began < 5, "not once more the whole of it"


async def test_runs_in_every_state_go_on_with_the_next_executor(house: House) -> None:
    config = house.locations.config_file
    limited = config.read_text().replace("limits: {grace: 2}", "limits: {grace: 2, per_agent: {slow: 1}}")
    needs = "needs: {kind: rehearsal, env: {TOKEN: $SHOP_TOKEN}, rehearsal: {seconds: 0.1}}"
    needy = limited.replace("agents:\n", f"agents:\n  {needs}\n", 1)
    needy = needy.replace("profiles:\n", "profiles:\n  needs: {agent: needs}\n", 1)
    config.write_text(
        needy.replace(
            "workflows:\n",
            "workflows:\n  needs: {stages: [{name: ok, type: approval}, {name: build, profile: needs}]}\n",
            1,
        )
    )
    handed = SetEnvironment(values={"SHOP_TOKEN": "s3cret-value"})
    await house.executor.verbs.start(handed)
    running = await house.start("slow")
    gate, question, lacking = await house.start("gated"), await house.start("asks"), await house.start("needs")
    await begun(house, running)
    queued = await house.start("slow")
    for task_id, status in (
        (gate, RunStatus.WAITING_APPROVAL),
        (lacking, RunStatus.WAITING_APPROVAL),
        (question, RunStatus.WAITING_ANSWER),
    ):
        await house.until(task_id, lambda run, status=status: run.status is status)
    await house.restart()
    await house.until(gate, lambda _: house.executor.conductor.waiting() == 3)
    await house.executor.verbs.start(Approve(lacking))
    await house.until(lacking, lambda run: run.note is not None)
    await house.restart()
    await house.until(gate, lambda _: house.executor.conductor.waiting() == 2)
    assert house.look(queued).steps[0].attempt is None
    await house.executor.verbs.start(Approve(gate))
    await house.executor.verbs.start(Answer(question, "left"))
    await house.executor.verbs.start(handed)
    for task_id in (gate, question, lacking):
        assert (await house.ended(task_id)).status is RunStatus.SUCCEEDED
    await house.executor.verbs.cancel(Cancel((running,)))
    await house.until(queued, lambda run: run.steps[0].attempt is not None)
    assert len(house.executor.journal.live_attempts()) == 1


async def test_an_intent_that_is_not_started_any_more_is_ended_in_the_journal(house: House) -> None:
    config = house.locations.config_file
    config.write_text(config.read_text().replace("limits: {grace: 2}", "limits: {grace: 2, attempts: 1}"))
    blocking, task_id = await house.start("slow"), await house.start("one")
    await begun(house, blocking)
    await house.executor.close()
    house.executor = house.begin(resume=False)
    run = house.look(task_id)
    intended = dataclasses.replace(run.steps[0], status=StepStatus.RUNNING, attempt="a_intended", started_at="2026")
    attempt = Attempt(
        "a_intended", task_id, 0, "quick", "rehearsal", (), str(house.project), (), (), "edit", boot=house.boot
    )
    await house.executor.journal.save(dataclasses.replace(run, steps=(intended,)), attempt)
    house.executor.conductor.resume()
    await house.executor.verbs.cancel(Cancel((task_id,)))
    assert house.look(task_id).status is RunStatus.CANCELLED
    assert [live.run_id for live in house.executor.journal.live_attempts()] == [blocking]
