"""What is written is read back; what is not allowed is refused and changes nothing."""

from __future__ import annotations

import asyncio
import sqlite3
from dataclasses import replace
from pathlib import Path

import pytest

from tests.store.samples import AT, PROJECT, attempt, explained, one_step, run
from tui.core.errors import ConflictError, JournalError, RequestError
from tui.core.resolution import Candidate, TraceRow
from tui.core.run import (
    RUN_MOVES,
    STEP_MOVES,
    TERMINAL_RUN,
    Cost,
    RunStatus,
    SideCall,
    Step,
    StepStatus,
    StepTrace,
    Usage,
)
from tui.store.journal import Journal
from tui.store.mapping import EventRow

R, S = RunStatus, StepStatus


async def test_a_run_comes_back_with_its_steps(journal: Journal) -> None:
    one = run()
    assert await journal.create(one, explained(one)) == 1
    assert journal.run("r_1") == one
    assert journal.run("r_2") is None


async def test_a_run_without_steps_is_a_run(journal: Journal) -> None:
    await journal.create(run(steps=()), ())
    assert journal.run("r_1") == run(steps=())


async def test_a_trace_is_kept_by_step(journal: Journal) -> None:
    row = TraceRow(4, "stage default", "won", "opus", "an alias", (Candidate("anthropic/claude-opus-4-8", 3),))
    traces = (StepTrace(0, "plan", (row,)), StepTrace(2, "implement", ()))
    await journal.create(run(), traces)
    assert journal.trace("r_1") == traces
    assert journal.trace("r_1", 2) == traces[1:]
    assert journal.trace("r_1", 1) == ()
    assert journal.trace("r_2") == ()


async def test_an_id_is_used_once(journal: Journal) -> None:
    await journal.create(run(), ())
    with pytest.raises(ConflictError, match="Run r_1 is in the journal already"):
        await journal.create(run(workflow="other"), ())
    assert journal.run("r_1") == run()
    assert journal.last_seq == 1


async def test_a_plan_is_not_stored(journal: Journal) -> None:
    with pytest.raises(ConflictError, match="A plan has no id"):
        await journal.create(replace(run(), task_id=None), ())


async def test_a_run_that_was_never_created_can_not_be_saved(journal: Journal) -> None:
    with pytest.raises(ConflictError, match="Run r_1 is not in the journal"):
        await journal.save(run())
    assert journal.runs(limit=5) == ((), None)


async def test_saving_keeps_every_change(journal: Journal) -> None:
    one = run()
    await journal.create(one, ())
    done = replace(
        one.steps[0],
        status=S.RUNNING,
        answered=("claude-opus-4-8",),
        evidence="A",
        verdict="confirmed",
        usage=Usage(1, 2, 3, 4),
        cost=Cost("0.0123", "the agent"),
        side_calls=(SideCall("claude-haiku-4-5", "title", Usage(output=1)),),
    )
    now = replace(one, status=R.RUNNING, note="on its way", started_at=AT, steps=(done, *one.steps[1:]))
    assert await journal.save(now) == 2
    assert journal.run("r_1") == now


async def test_the_steps_of_a_run_are_fixed(journal: Journal) -> None:
    one = run()
    await journal.create(one, ())
    for steps in (one.steps[:2], (*one.steps, Step(3, "more")), one.steps[::-1]):
        with pytest.raises(ConflictError, match="has 3 steps: none can be added, removed or moved"):
            await journal.save(replace(one, steps=steps))


@pytest.mark.parametrize("start", RunStatus)
async def test_a_run_moves_only_where_it_may(journal: Journal, start: RunStatus) -> None:
    for number, end in enumerate(RunStatus):
        task_id = f"r_{number}"
        await journal.create(run(task_id, start), ())
        if end is start or end in RUN_MOVES[start]:
            await journal.save(run(task_id, end))
            assert journal.run(task_id) == run(task_id, end)
        else:
            with pytest.raises(ConflictError, match=f"Run {task_id} is {start}: it can't become {end}"):
                await journal.save(run(task_id, end))
            assert journal.run(task_id) == run(task_id, start)


@pytest.mark.parametrize("start", StepStatus)
async def test_a_step_moves_only_where_it_may(journal: Journal, start: StepStatus) -> None:
    for number, end in enumerate(StepStatus):
        task_id = f"r_{number}"
        await journal.create(one_step(task_id, start), ())
        if end is start or end in STEP_MOVES[start]:
            await journal.save(one_step(task_id, end))
            assert journal.run(task_id) == one_step(task_id, end)
        else:
            with pytest.raises(ConflictError, match=f"Step 0 of run {task_id} is {start}: it can't become {end}"):
                await journal.save(one_step(task_id, end))
            assert journal.run(task_id) == one_step(task_id, start)


async def test_an_attempt_is_inserted_then_updated(journal: Journal) -> None:
    one = run(status=R.RUNNING)
    await journal.create(one, ())
    intended = attempt()
    await journal.save(one, intended)
    assert journal.attempt("a_1") == intended
    ended = replace(intended, state="ended", pid=77, exit_code=0, ended_at=AT)
    await journal.save(one, ended)
    assert journal.attempt("a_1") == ended
    assert journal.attempt("a_2") is None
    assert journal.attempts("r_1") == (ended,)


async def test_an_attempt_never_goes_back(journal: Journal) -> None:
    one = run(status=R.RUNNING)
    await journal.create(one, ())
    await journal.save(one, replace(attempt(), state="ended"))
    with pytest.raises(ConflictError, match="Attempt a_1 is ended: it can't become running"):
        await journal.save(one, replace(attempt(), state="running"))
    assert journal.live_attempts() == ()


async def test_an_attempt_belongs_to_one_run(journal: Journal) -> None:
    await journal.create(run("r_1"), ())
    await journal.create(run("r_2"), ())
    await journal.save(run("r_1"), attempt())
    with pytest.raises(ConflictError, match="Attempt a_1 does not belong to run r_2"):
        await journal.save(run("r_2"), attempt())
    with pytest.raises(ConflictError, match="Attempt a_1 does not belong to run r_2"):
        await journal.save(run("r_2"), replace(attempt(), run_id="r_2"))


async def test_live_attempts_come_oldest_first(journal: Journal) -> None:
    one = run(status=R.RUNNING)
    await journal.create(one, ())
    for name, state in (("a_3", "intended"), ("a_1", "ended"), ("a_2", "running")):
        await journal.save(one, replace(attempt(name), state=state))
    assert [found.id for found in journal.live_attempts()] == ["a_3", "a_2"]
    assert [found.id for found in journal.attempts("r_1")] == ["a_3", "a_1", "a_2"]


async def test_every_write_is_an_event(journal: Journal) -> None:
    one = run()
    await journal.create(one, ())
    moved = replace(one, status=R.RUNNING, steps=(replace(one.steps[0], status=S.RUNNING), *one.steps[1:]))
    await journal.save(moved)
    await journal.save(moved, attempt(step=2))
    created, stepped, attempted = journal.events(0, 10)
    assert created == EventRow(1, AT, "run", "r_1", None, "pending")
    assert stepped == EventRow(2, AT, "run", "r_1", 0, "running")
    assert attempted == EventRow(3, AT, "run", "r_1", 2, "running")
    assert journal.events(1, 1) == (stepped,)
    assert journal.events(3, 10) == ()
    assert (journal.oldest_seq, journal.last_seq) == (1, 3)


async def test_an_empty_journal_has_no_events(journal: Journal) -> None:
    assert (journal.last_seq, journal.oldest_seq, journal.events(0, 10)) == (0, 1, ())


async def test_pages_are_newest_first_and_join_without_gap_or_double(journal: Journal) -> None:
    for number in range(7):
        await journal.create(run(f"r_{number}"), ())
    seen: list[str | None] = []
    after = None
    for _ in range(4):
        page, after = journal.runs(limit=2, after=after)
        seen += [found.task_id for found in page]
        # What comes in meanwhile is newer, so it is not in the pages that follow.
        await journal.create(run(f"r_later{len(seen)}"), ())
    assert seen == [f"r_{number}" for number in reversed(range(7))]
    assert after is None


async def test_a_full_last_page_has_no_next(journal: Journal) -> None:
    await journal.create(run("r_1"), ())
    await journal.create(run("r_2"), ())
    page, after = journal.runs(limit=2)
    assert [found.task_id for found in page] == ["r_2", "r_1"]
    assert after is None


@pytest.mark.parametrize("cursor", ["", "x", "-1", "1.0", "٣", "9" * 30, "1 ", "1\n", "r_1"])
def test_a_malformed_cursor_is_refused(journal: Journal, cursor: str) -> None:
    with pytest.raises(RequestError, match="is not a page's cursor") as refused:
        journal.runs(limit=1, after=cursor)
    assert refused.value.field == "after"


@pytest.mark.parametrize("limit", [0, -1])
def test_a_page_has_at_least_one_run(journal: Journal, limit: int) -> None:
    with pytest.raises(RequestError, match="ask for 1 to 500") as refused:
        journal.runs(limit=limit)
    assert refused.value.field == "limit"


async def test_runs_are_filtered_by_status_workflow_and_project(journal: Journal) -> None:
    rows = [
        ("r_1", R.RUNNING, "a", "/x"),
        ("r_2", R.FAILED, "a", "/y"),
        ("r_3", R.LOST, "b", "/x"),
        ("r_4", R.RUNNING, "b", None),
        ("r_5", R.FAILED, "b", "/x"),
    ]
    for task_id, status, workflow, project in rows:
        await journal.create(run(task_id, status, workflow=workflow, project=project), ())

    def found(**wanted: object) -> list[str | None]:
        page, after = journal.runs(limit=10, **wanted)  # type: ignore[arg-type]
        assert after is None
        return [one.task_id for one in page]

    assert found(status=[R.FAILED]) == ["r_5", "r_2"]
    assert found(status=[R.LOST, R.RUNNING, R.LOST]) == ["r_4", "r_3", "r_1"]
    assert found(status=[]) == []
    assert found(workflow="a") == ["r_2", "r_1"]
    assert found(project="/x") == ["r_5", "r_3", "r_1"]
    assert found(project="/x", workflow="b", status=[R.LOST, R.FAILED]) == ["r_5", "r_3"]
    page, after = journal.runs(limit=1, status=[R.RUNNING, R.FAILED])
    assert [one.task_id for one in page] == ["r_5"]
    page, after = journal.runs(limit=2, status=[R.RUNNING, R.FAILED], after=after)
    assert [one.task_id for one in page] == ["r_4", "r_2"]


async def test_live_runs_are_those_that_have_not_ended_oldest_first(journal: Journal) -> None:
    for number, status in enumerate(RunStatus):
        await journal.create(run(f"r_{number}", status), ())
    assert [one.status for one in journal.live_runs()] == [one for one in RunStatus if one not in TERMINAL_RUN]


async def test_the_last_run_of_each_workflow_is_of_this_project(journal: Journal) -> None:
    rows = [
        ("r_1", "b", PROJECT),
        ("r_2", "a", PROJECT),
        ("r_3", "b", PROJECT),
        ("r_4", "a", "/other"),
        ("r_5", "", PROJECT),
    ]
    for task_id, workflow, project in rows:
        await journal.create(run(task_id, workflow=workflow, project=project), ())
    assert {name: one.task_id for name, one in journal.last_runs(PROJECT).items()} == {
        "a": "r_2",
        "b": "r_3",
        "": "r_5",
    }
    assert journal.last_runs("/nowhere") == {}


async def test_many_writers_at_once_are_all_written_in_order(journal: Journal, path: Path) -> None:
    numbers = await asyncio.gather(*(journal.create(run(f"r_{number:03}"), ()) for number in range(500)))
    assert numbers == list(range(1, 501))
    page, _ = journal.runs(limit=500)
    assert [one.task_id for one in page] == [f"r_{number:03}" for number in reversed(range(500))]


async def test_a_refusal_does_no_harm_to_the_writes_committed_with_it(journal: Journal) -> None:
    writes = [
        journal.create(run("r_1"), ()),
        journal.create(run("r_1"), ()),
        journal.create(run("r_2"), ()),
        journal.save(run("r_9")),
    ]
    outcomes = await asyncio.gather(*writes, return_exceptions=True)
    assert outcomes[0] == 1
    assert outcomes[2] == 2
    assert [type(outcome) for outcome in outcomes] == [int, ConflictError, int, ConflictError]
    assert journal.run("r_2") == run("r_2")


async def test_a_value_that_can_not_be_stored_does_no_harm_to_the_others(journal: Journal) -> None:
    bad_text = run("r_2", project="/odd/\udcff")
    bad_number = run("r_3", steps=(Step(2**70, "plan"),))
    bad_inside = run("r_4", steps=(Step(0, "plan", answered=("\ud800",)),))
    writes = [journal.create(one, ()) for one in (run("r_1"), bad_text, bad_number, bad_inside, run("r_5"))]
    outcomes = await asyncio.gather(*writes, return_exceptions=True)
    assert [type(outcome) for outcome in outcomes] == [int, JournalError, JournalError, JournalError, int]
    assert "can't be stored" in str(outcomes[1])
    page, _ = journal.runs(limit=10)
    assert [one.task_id for one in page] == ["r_5", "r_1"]
    assert [event.seq for event in journal.events(0, 10)] == [outcomes[0], outcomes[4]]


async def test_a_write_that_is_not_durable_is_there_when_it_returns(journal: Journal) -> None:
    await journal.create(run(), ())
    await journal.save(run(status=R.RUNNING), durable=False)
    assert journal.run("r_1") == run(status=R.RUNNING)


async def test_closing_writes_what_was_submitted_and_then_refuses(path: Path) -> None:
    journal = Journal.open(path, lambda: AT)
    writes = [asyncio.ensure_future(journal.create(run(f"r_{number}"), ())) for number in range(20)]
    await asyncio.sleep(0)
    await journal.close()
    assert await asyncio.gather(*writes) == list(range(1, 21))
    with pytest.raises(JournalError, match="is closed"):
        await journal.create(run("r_late"), ())
    await journal.close()
    again = Journal.open(path, lambda: AT)
    assert again.last_seq == 20
    await again.close()


async def test_a_cancelled_writer_leaves_the_others_alone(journal: Journal) -> None:
    writes = [asyncio.ensure_future(journal.create(run(f"r_{number}"), ())) for number in range(50)]
    await asyncio.sleep(0)
    writes[10].cancel()
    outcomes = await asyncio.gather(*writes, return_exceptions=True)
    assert isinstance(outcomes.pop(10), asyncio.CancelledError)
    assert all(isinstance(outcome, int) for outcome in outcomes)
    assert await journal.create(run("r_next"), ()) == journal.last_seq


async def test_numbers_of_events_are_never_given_twice(path: Path) -> None:
    journal = Journal.open(path, lambda: AT)
    for number in range(3):
        await journal.create(run(f"r_{number}"), ())
    await journal.close()
    with sqlite3.connect(path) as file:
        file.execute("DELETE FROM events")
    file.close()
    journal = Journal.open(path, lambda: AT)
    assert (journal.oldest_seq, journal.last_seq) == (4, 3)
    assert await journal.create(run("r_next"), ()) == 4
    await journal.close()
