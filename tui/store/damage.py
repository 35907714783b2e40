"""Runs of which a row can't be read: as much of them as can, and how they end. What is in their rows stays there."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import Connection, insert, update

from tui.core.errors import ConflictError, ErrorBody
from tui.core.run import TERMINAL_STEP, Run, RunStatus, Step, StepStatus
from tui.store.mapping import RUN, STEP
from tui.store.tables import attempts, events, runs, steps

CODE = "damaged"
"""Of the error that a run carries of which a row can't be read."""
DAMAGED_EVENT = "damaged"
"""The type of an event whose row can't be read: who is sent it must read everything again."""
_RUN = {"task_id": None, "kind": "workflow", "workflow": "", "status": RunStatus.LOST}
_STEP = {"stage": "", "status": StepStatus.LOST}


@dataclass(frozen=True, slots=True)
class DamagedRun:
    """A live run that can't be gone on with."""

    number: int
    run: Run
    """As much of it as can be read."""
    reason: str
    attempts: tuple[str, ...]
    """The ids of its attempts, of which some may live."""


def salvaged_run(row: Mapping[Any, Any], steps: tuple[Step, ...], reason: str) -> Run:
    """As much of a run as can be read, with an error that gives the ``reason`` why that is not all."""
    return with_damage(RUN.salvage(row, _RUN, steps=steps), reason)


def with_damage(run: Run, reason: str) -> Run:
    """``run`` with the error that says what of it can't be read."""
    return replace(run, error=ErrorBody(CODE, f"The journal is damaged where it keeps this run: {reason}"))


def salvaged_step(row: Mapping[Any, Any]) -> Step:
    """As much of a step as can be read."""
    return STEP.salvage(row, {**_STEP, "index": row["index"]})


def require_whole(run: Run) -> None:
    """Check that all of ``run`` could be read. Raises :class:`ConflictError`."""
    if run.error is not None and run.error.code == CODE:
        raise ConflictError(f"The run {run.task_id} can't be done again: {run.error.message}", field="task_id")


def lose(connection: Connection, lost: DamagedRun, at: str) -> int:
    """Write that a damaged run was lost, and nothing else of it; the event's number."""
    # Under a code of its own: where the run's own rows are whole, it can be done again.
    told = replace(lost.run, error=ErrorBody("lost", lost.run.error.message if lost.run.error else lost.reason))
    error = RUN.row(told)["error"]
    status = RunStatus.LOST.value
    connection.execute(update(runs).where(runs.c.number == lost.number).values(status=status, error=error, ended_at=at))
    left = steps.c.run == lost.number, steps.c.status.not_in([one.value for one in TERMINAL_STEP])
    pending = StepStatus.PENDING.value
    connection.execute(
        update(steps).where(*left, steps.c.status == pending).values(status=StepStatus.SKIPPED.value, ended_at=at)
    )
    connection.execute(update(steps).where(*left).values(status=StepStatus.LOST.value, ended_at=at))
    connection.execute(
        update(attempts)
        .where(attempts.c.run == lost.number, attempts.c.state != "ended")
        .values(state="ended", ended_at=at)
    )
    row = {"at": at, "type": "run", "task_id": lost.run.task_id, "step": None, "status": status}
    return connection.execute(insert(events), row).lastrowid
