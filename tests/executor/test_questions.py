"""An agent that asks: the run waits for a person, over restarts and kills, and goes on once with the answer."""

from __future__ import annotations

import asyncio
import contextlib
import sqlite3

import pytest

from tests.executor.conftest import House, SetClock
from tui.core.errors import ConflictError, JournalError, NotFoundError, RequestError
from tui.core.run import Run, RunStatus, StepStatus
from tui.core.run_verbs import Answer, Approve, Reject, Retry, Skip
from tui.core.verbs import Cancel, Started
from tui.executor.attempt import AttemptFolder, Presence


async def asking(house: House) -> str:
    """A run that waits for an answer."""
    task_id = await house.start("asks", input="a discount")
    await house.until(task_id, waits)
    return task_id


def waits(run: Run) -> bool:
    return run.status is RunStatus.WAITING_ANSWER


def starts(house: House) -> int:
    """Agents that were ever started."""
    folders = [AttemptFolder(path) for path in house.locations.runs.iterdir()]
    return sum(folder.presence() is not Presence.NEVER_STARTED for folder in folders)


def prompt(house: House, attempt: str | None) -> str:
    return (house.locations.runs / (attempt or "") / "prompt").read_text()


async def test_a_run_waits_with_its_agents_question_and_holds_no_place(house: House) -> None:
    run = house.look(await asking(house))
    step = run.steps[0]
    assert (step.status, step.error, step.ended_at) == (StepStatus.WAITING_ANSWER, None, None)
    (exchange,) = step.exchanges
    assert exchange.question == "Which of the two ways should I take?"
    assert (exchange.attempt, exchange.answer) == (step.attempt, None)
    assert run.note == f"waits for an answer: {exchange.question}"
    attempt = house.executor.journal.attempt(step.attempt or "")
    assert attempt is not None
    assert (attempt.state, attempt.exit_code) == ("ended", 0)
    await house.run("one")  # its end comes after the place was given back
    status = (await house.list("status")).status
    assert status is not None
    assert (status.running, status.queued, status.waiting) == (0, 0, 1)


async def test_the_answer_is_in_the_next_attempts_prompt_and_the_run_goes_on(house: House) -> None:
    task_id = await asking(house)
    first = house.look(task_id).steps[0].attempt
    await house.executor.verbs.start(Answer(task_id, "  the left one\x1b[31m "))
    run = await house.ended(task_id)
    assert run.status is RunStatus.SUCCEEDED
    assert (run.note, run.reminders) == (None, 0)
    step = run.steps[0]
    (exchange,) = step.exchanges
    assert (exchange.attempt, exchange.answer) == (first, "the left one")
    assert exchange.answered_at is not None
    assert [attempt.id for attempt in house.executor.journal.attempts(task_id)][:2] == [first, step.attempt]
    assert first != step.attempt
    told = prompt(house, step.attempt)
    assert told.startswith("a discount")
    assert "You asked:\n> Which of the two ways should I take?\nThe person answered:\nthe left one" in told


async def test_who_is_not_interactive_and_asks_fails_and_is_told_what_to_do(house: House) -> None:
    run = await house.run("asks-in-vain")
    assert (run.status, run.steps[0].status) == (RunStatus.FAILED, StepStatus.FAILED)
    assert run.error is not None
    assert run.error.code == "asks"
    assert "Which of the two ways" in run.error.message
    assert "interactive: true" in run.error.message


@pytest.mark.parametrize(("text", "why"), [("", "empty"), (" \n\x1b[0m", "empty"), ("x" * 40_000, "32,000 characters")])
async def test_an_answer_that_says_nothing_or_too_much_is_refused(house: House, text: str, why: str) -> None:
    task_id = await asking(house)
    with pytest.raises(RequestError, match=why):
        await house.executor.verbs.start(Answer(task_id, text))
    assert waits(house.look(task_id))


async def test_who_waits_for_no_answer_gets_none(house: House) -> None:
    with pytest.raises(NotFoundError):
        await house.executor.verbs.start(Answer("r_none", "left"))
    ended = await house.run("one")
    with pytest.raises(ConflictError, match="does not wait for an answer"):
        await house.executor.verbs.start(Answer(ended.task_id or "", "left"))
    gated = await house.start("gated")
    await house.until(gated, lambda run: run.status is RunStatus.WAITING_APPROVAL)
    with pytest.raises(ConflictError, match="does not wait for an answer"):
        await house.executor.verbs.start(Answer(gated, "left"))
    task_id = await asking(house)
    with pytest.raises(ConflictError, match="does not wait for an approval"):
        await house.executor.verbs.start(Approve(task_id))
    with pytest.raises(ConflictError, match=r"no step 1 \(\w+\) that has not begun"):
        await house.executor.verbs.start(Skip(task_id, 0))


async def test_of_two_answers_at_once_the_second_is_refused(house: House) -> None:
    task_id = await asking(house)
    verbs = house.executor.verbs
    both = await asyncio.gather(
        verbs.start(Answer(task_id, "left")), verbs.start(Answer(task_id, "right")), return_exceptions=True
    )
    assert [type(one) for one in both] == [Started, ConflictError]
    run = await house.ended(task_id)
    assert run.status is RunStatus.SUCCEEDED
    assert [exchange.answer for exchange in run.steps[0].exchanges] == ["left"]
    assert len(house.executor.journal.attempts(task_id)) == 3


async def test_an_answer_to_another_question_than_the_one_that_waits_is_refused(house: House) -> None:
    task_id = await asking(house)
    for question in (1, -1, 7):
        with pytest.raises(ConflictError, match="asks something else by now"):
            await house.executor.verbs.start(Answer(task_id, "left", question=question))
    assert house.look(task_id).status is RunStatus.WAITING_ANSWER
    await house.executor.verbs.start(Answer(task_id, "left", question=0))
    assert (await house.ended(task_id)).status is RunStatus.SUCCEEDED


async def test_a_run_that_waits_for_an_answer_can_be_cancelled(house: House) -> None:
    task_id = await asking(house)
    tasks = await house.executor.verbs.cancel(Cancel((task_id,)))
    run = tasks.tasks[0]
    assert (run.status, run.note) == (RunStatus.CANCELLED, None)
    assert [step.status for step in run.steps] == [StepStatus.CANCELLED, StepStatus.CANCELLED]
    with pytest.raises(ConflictError):
        await house.executor.verbs.start(Answer(task_id, "left"))
    assert starts(house) == 1


async def test_a_question_waits_on_over_a_restart(house: House) -> None:
    task_id = await asking(house)
    before = house.look(task_id)
    await house.restart()
    await house.until(task_id, lambda _: house.executor.conductor.waiting() == 1)
    assert house.look(task_id) == before
    await house.executor.verbs.start(Answer(task_id, "left"))
    assert (await house.ended(task_id)).status is RunStatus.SUCCEEDED
    assert starts(house) == 3


async def test_an_executor_that_dies_between_the_answer_and_the_next_attempt_starts_it_once(house: House) -> None:
    task_id = await asking(house)
    await house.executor.verbs.start(Answer(task_id, "left"))
    await house.drop(resume=False)
    run = house.look(task_id)
    assert (run.status, run.steps[0].status, run.steps[0].attempt) == (RunStatus.RUNNING, StepStatus.RUNNING, None)
    assert starts(house) == 1
    house.executor.conductor.resume()
    run = await house.ended(task_id)
    assert run.status is RunStatus.SUCCEEDED
    assert len(run.steps[0].exchanges) == 1
    assert starts(house) == 3


async def test_an_agent_that_asked_while_no_executor_lived_is_heard_by_the_next(house: House) -> None:
    task_id = await house.start("asks")
    run = await house.until(task_id, lambda run: run.steps[0].attempt is not None)
    await house.executor.close()
    folder = AttemptFolder(house.locations.runs / (run.steps[0].attempt or ""))
    async with asyncio.timeout(60):
        while folder.presence() is Presence.ALIVE:
            await asyncio.sleep(0.01)
    house.executor = house.begin()
    run = await house.until(task_id, waits)
    assert len(run.steps[0].exchanges) == 1
    assert starts(house) == 1


async def test_each_attempt_has_the_whole_time_of_the_step(house: House) -> None:
    config = house.locations.config_file
    config.write_text(config.read_text().replace("interactive: true", "interactive: true, timeout: 50"))
    house.clock = clock = SetClock()
    await house.restart()
    task_id = await asking(house)
    clock.later = 100.0
    await house.executor.verbs.start(Answer(task_id, "left"))
    assert (await house.ended(task_id)).status is RunStatus.SUCCEEDED


async def test_what_each_attempt_said_can_be_read(house: House) -> None:
    task_id = await asking(house)
    first = house.look(task_id).steps[0].attempt
    await house.executor.verbs.start(Answer(task_id, "left"))
    await house.ended(task_id)
    asked = await house.list("output", ids=(task_id,), attempt=first)
    went_on = await house.list("output", ids=(task_id,), step=0)
    assert {message.attempt for message in asked.output} == {first}
    assert asked.output[-1].text == "rehearsal: asks: Which of the two ways should I take?"
    assert went_on.output[-1].text.startswith("rehearsal: done")
    with pytest.raises(NotFoundError, match="a_none"):
        await house.list("output", ids=(task_id,), attempt="a_none")


async def test_what_a_step_said_can_be_read_in_the_run_that_keeps_its_result(house: House) -> None:
    gated = await house.start("gated")
    await house.until(gated, lambda run: run.status is RunStatus.WAITING_APPROVAL)
    await house.executor.verbs.start(Reject(gated))
    first = await house.ended(gated)
    again = (await house.executor.verbs.start(Retry(gated))).task_id or ""
    kept = house.look(again).steps[0].attempt
    assert kept == first.steps[0].attempt
    said = await house.list("output", ids=(again,), attempt=kept)
    assert said.output[-1].text.startswith("rehearsal: done")


async def test_an_answer_that_can_not_be_written_is_not_taken_and_can_be_given_again(house: House) -> None:
    task_id = await asking(house)
    with contextlib.closing(sqlite3.connect(house.locations.journal)) as journal:
        journal.execute("CREATE TRIGGER full BEFORE UPDATE ON runs BEGIN SELECT RAISE(ABORT, 'the disk is full'); END")
        with pytest.raises(JournalError, match="the disk is full"):
            await house.executor.verbs.start(Answer(task_id, "left"))
        assert waits(house.look(task_id))
        journal.execute("DROP TRIGGER full")
    await house.executor.verbs.start(Answer(task_id, "right"))
    run = await house.ended(task_id)
    assert (run.status, run.steps[0].exchanges[0].answer) == (RunStatus.SUCCEEDED, "right")


async def test_a_retry_asks_anew(house: House) -> None:
    task_id = await asking(house)
    await house.executor.verbs.cancel(Cancel((task_id,)))
    started = await house.executor.verbs.start(Retry(task_id))
    again = await house.until(started.task_id or "", waits)
    assert again.steps[0].interactive
    assert [exchange.answer for exchange in again.steps[0].exchanges] == [None]
