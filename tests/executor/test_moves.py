"""Every move of a run and of a step that is allowed is made by the service here, or is told why it never is.

The journal's own file notes each change of a status, by triggers, so that what counts is what was written.
(That each move which is not allowed is refused: ``tests/store/test_journal.py``.)
"""

from __future__ import annotations

import os
import signal
import sqlite3
from collections.abc import Awaitable, Callable
from contextlib import closing

import pytest

from tests.executor.conftest import House
from tui.core.run import RUN_MOVES, STEP_MOVES, Run, RunStatus, StepStatus
from tui.core.run_verbs import Answer, Approve, Reject, Skip
from tui.core.verbs import Cancel
from tui.executor.attempt import AttemptFolder

NOTED = """
CREATE TABLE moves (kind TEXT, before TEXT, after TEXT);
CREATE TRIGGER moved_run AFTER UPDATE OF status ON runs WHEN old.status <> new.status
BEGIN INSERT INTO moves VALUES ('run', old.status, new.status); END;
CREATE TRIGGER moved_step AFTER UPDATE OF status ON steps WHEN old.status <> new.status
BEGIN INSERT INTO moves VALUES ('step', old.status, new.status); END;
"""
Moves = frozenset[tuple[str, str]]


async def at(house: House, workflow: str, status: RunStatus) -> str:
    """A run of ``workflow`` that has come to ``status``."""
    task_id = await house.start(workflow)
    await house.until(task_id, lambda run: run.status is status)
    return task_id


async def at_work(house: House) -> Run:
    """A run whose first agent is at work and stays so."""
    return await house.until(await house.start("slow"), lambda run: run.steps[0].evidence is not None)


async def to_its_end(house: House) -> None:
    await house.run("one")


async def to_a_failure(house: House) -> None:
    await house.run("fails")


async def where_the_folder_has_changed(house: House) -> None:
    task_id = await at(house, "gated", RunStatus.WAITING_APPROVAL)
    (house.project / ".mcp.json").write_text("{}")  # what was trusted was without it
    await house.executor.verbs.start(Approve(task_id))
    await house.ended(task_id)


async def killed_with_its_shim(house: House) -> None:
    run = await at_work(house)
    os.kill(AttemptFolder(house.locations.runs / (run.steps[0].attempt or "")).leader() or 0, signal.SIGKILL)
    await house.ended(run.task_id or "")


async def cancelled_at_work(house: House) -> None:
    run = await at_work(house)
    await house.executor.verbs.cancel(Cancel((run.task_id or "",)))


async def skipped_in_part(house: House) -> None:
    run = await at_work(house)
    await house.executor.verbs.start(Skip(run.task_id or "", 1))


async def approved(house: House) -> None:
    task_id = await at(house, "gated", RunStatus.WAITING_APPROVAL)
    await house.executor.verbs.start(Approve(task_id))
    await house.ended(task_id)


async def rejected(house: House) -> None:
    task_id = await at(house, "gated", RunStatus.WAITING_APPROVAL)
    await house.executor.verbs.start(Reject(task_id))
    await house.ended(task_id)


async def cancelled_at_a_gate(house: House) -> None:
    task_id = await at(house, "gated", RunStatus.WAITING_APPROVAL)
    await house.executor.verbs.cancel(Cancel((task_id,)))


async def answered(house: House) -> None:
    task_id = await at(house, "asks", RunStatus.WAITING_ANSWER)
    await house.executor.verbs.start(Answer(task_id, "left"))
    await house.ended(task_id)


async def cancelled_at_a_question(house: House) -> None:
    task_id = await at(house, "asks", RunStatus.WAITING_ANSWER)
    await house.executor.verbs.cancel(Cancel((task_id,)))


BEGINS = frozenset({("pending", "running")})
ENDS = frozenset({("running", "succeeded")})
EXAMPLES: dict[Callable[[House], Awaitable[None]], tuple[Moves, Moves]] = {
    to_its_end: (BEGINS | ENDS, BEGINS | ENDS),
    to_a_failure: (BEGINS | {("running", "failed")}, BEGINS | {("running", "failed"), ("pending", "skipped")}),
    where_the_folder_has_changed: (
        BEGINS | {("running", "waiting_approval"), ("waiting_approval", "running"), ("running", "failed")},
        BEGINS | ENDS | {("pending", "waiting_approval"), ("waiting_approval", "succeeded"), ("pending", "failed")},
    ),
    killed_with_its_shim: (BEGINS | {("running", "lost")}, BEGINS | {("running", "lost"), ("pending", "skipped")}),
    cancelled_at_work: (
        BEGINS | {("running", "cancelled")},
        BEGINS | {("running", "cancelled"), ("pending", "cancelled")},
    ),
    skipped_in_part: (BEGINS, BEGINS | {("pending", "skipped")}),
    approved: (
        BEGINS | {("running", "waiting_approval"), ("waiting_approval", "running")} | ENDS,
        BEGINS | {("pending", "waiting_approval"), ("waiting_approval", "succeeded")} | ENDS,
    ),
    rejected: (
        BEGINS | {("running", "waiting_approval"), ("waiting_approval", "running"), ("running", "failed")},
        BEGINS | ENDS | {("pending", "waiting_approval"), ("waiting_approval", "failed"), ("pending", "skipped")},
    ),
    cancelled_at_a_gate: (
        BEGINS | {("running", "waiting_approval"), ("waiting_approval", "cancelled")},
        BEGINS | ENDS | {("pending", "waiting_approval"), ("waiting_approval", "cancelled"), ("pending", "cancelled")},
    ),
    answered: (
        BEGINS | {("running", "waiting_answer"), ("waiting_answer", "running")} | ENDS,
        BEGINS | {("running", "waiting_answer"), ("waiting_answer", "running")} | ENDS,
    ),
    cancelled_at_a_question: (
        BEGINS | {("running", "waiting_answer"), ("waiting_answer", "cancelled")},
        BEGINS | {("running", "waiting_answer"), ("waiting_answer", "cancelled"), ("pending", "cancelled")},
    ),
}
"""What is done, and every move of its run and of the run's steps."""

RUN_NEVER = {
    ("pending", None): "a run begins before anything else happens to it",
    ("waiting_approval", None): "it goes on, or is cancelled: whatever comes of a word, comes of a run that goes on",
    ("waiting_answer", None): "as with an approval",
}
STEP_NEVER = {
    ("pending", "lost"): "only what has begun can be lost",
    ("waiting_answer", None): "no agent is there that could end: it goes on with another attempt, or is cancelled",
    ("waiting_approval", "skipped"): "a gate that waits has begun; it is approved, rejected or cancelled",
}
"""Moves that the journal would take and the service never makes, and why; ``None``: to any other state."""


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: example.__name__)
async def test_what_is_done_makes_these_moves_and_no_other(
    house: House, example: Callable[[House], Awaitable[None]]
) -> None:
    with closing(sqlite3.connect(house.locations.journal)) as journal:
        journal.executescript(NOTED)
    await example(house)
    with closing(sqlite3.connect(house.locations.journal)) as journal:
        found = set(journal.execute("SELECT DISTINCT kind, before, after FROM moves"))
    of_run, of_step = EXAMPLES[example]
    assert {(before, after) for kind, before, after in found if kind == "run"} == of_run
    assert {(before, after) for kind, before, after in found if kind == "step"} == of_step


def allowed(moves: dict[RunStatus, frozenset[RunStatus]] | dict[StepStatus, frozenset[StepStatus]]) -> Moves:
    return frozenset((before.value, after.value) for before, ends in moves.items() for after in ends)


@pytest.mark.parametrize(
    ("moves", "kind", "never"), [(RUN_MOVES, 0, RUN_NEVER), (STEP_MOVES, 1, STEP_NEVER)], ids=["run", "step"]
)
def test_every_move_that_is_allowed_has_an_example_or_a_reason(
    moves: dict[RunStatus, frozenset[RunStatus]], kind: int, never: dict[tuple[str, str | None], str]
) -> None:
    shown = frozenset[tuple[str, str]]().union(*(made[kind] for made in EXAMPLES.values()))
    assert shown <= allowed(moves)
    for before, after in sorted(allowed(moves) - shown):
        assert (before, after) in never or (before, None) in never, f"no example makes {before} -> {after}"
    assert not shown & never.keys()
