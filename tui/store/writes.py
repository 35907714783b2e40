"""What is written when a run is created or has changed. Each runs inside a transaction that the writer began.

Whatever is refused is refused before the first row is written, so that a refusal does no harm to the other writes of
its transaction.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, bindparam, insert, select, update

from tui.core.errors import ConflictError
from tui.core.run import RUN_MOVES, STEP_MOVES, Attempt, Run, RunStatus, StepStatus, StepTrace
from tui.store.mapping import ATTEMPT, RUN, STEP, TRACE, Cell
from tui.store.tables import attempts, events, runs, steps, traces

_NUMBER = select(runs.c.number).where(runs.c.task_id == bindparam("id"))
_RUN = select(runs.c.number, *(runs.c[name] for name in RUN.columns)).where(runs.c.task_id == bindparam("id"))
_STEPS = (
    select(*(steps.c[name] for name in STEP.columns)).where(steps.c.run == bindparam("number")).order_by(steps.c.index)
)
_ATTEMPT = select(attempts.c.number, attempts.c.run, attempts.c.state).where(attempts.c.id == bindparam("key"))
# Names of their own for the keys: SQLAlchemy keeps a column's name for the new value.
_SET_RUN = update(runs).where(runs.c.number == bindparam("key")).values({name: bindparam(name) for name in RUN.columns})
_SET_STEP = (
    update(steps)
    .where(steps.c.run == bindparam("key"), steps.c.index == bindparam("place"))
    .values({name: bindparam(name) for name in STEP.columns})
)
_SET_ATTEMPT = (
    update(attempts)
    .where(attempts.c.number == bindparam("key"))
    .values({name: bindparam(name) for name in ATTEMPT.columns})
)

_ATTEMPT_ORDER = ("intended", "running", "ended")


def create(connection: Connection, run: Run, explanations: Sequence[StepTrace], at: str) -> int:
    """Store a new run, its steps and the explanations of their models; the event's number."""
    task_id = _id_of(run)
    if connection.execute(_NUMBER, {"id": task_id}).first() is not None:
        raise ConflictError(f"Run {task_id} is in the journal already")
    number = connection.execute(insert(runs), RUN.row(run)).lastrowid
    if run.steps:
        connection.execute(insert(steps), [{"run": number, **STEP.row(step)} for step in run.steps])
    if explanations:
        connection.execute(insert(traces), [{"run": number, **TRACE.row(trace)} for trace in explanations])
    return _event(connection, run, None, at)


def save(connection: Connection, run: Run, attempt: Attempt | None, at: str) -> int:
    """Store a run, those of its steps that changed, and an attempt, as they are now; the event's number.

    Raises :class:`ConflictError` for a move that is not allowed from what is stored.
    """
    task_id = _id_of(run)
    stored = connection.execute(_RUN, {"id": task_id}).mappings().first()
    if stored is None:
        raise ConflictError(f"Run {task_id} is not in the journal")
    number = stored["number"]
    known = connection.execute(_STEPS, {"number": number}).mappings().all()
    known_attempt = None if attempt is None else connection.execute(_ATTEMPT, {"key": attempt.id}).mappings().first()
    _check_run(run, stored, known)
    if attempt is not None:
        _check_attempt(attempt, task_id, number, known_attempt)

    row = RUN.row(run)
    if _differs(row, stored):
        connection.execute(_SET_RUN, {"key": number, **row})
    changed = None
    for step, before in zip(run.steps, known, strict=True):
        row = STEP.row(step)
        if _differs(row, before):
            connection.execute(_SET_STEP, {"key": number, "place": step.index, **row})
            changed = step.index
    if attempt is not None:
        changed = attempt.step
        if known_attempt is None:
            connection.execute(insert(attempts), {"run": number, **ATTEMPT.row(attempt)})
        else:
            connection.execute(_SET_ATTEMPT, {"key": known_attempt["number"], **ATTEMPT.row(attempt)})
    return _event(connection, run, changed, at)


def _id_of(run: Run) -> str:
    if run.task_id is None:
        raise ConflictError("A plan has no id and is not stored: only a run that was started is")
    return run.task_id


def _differs(row: Mapping[str, Cell], stored: Mapping[Any, Any]) -> bool:
    return any(stored[name] != value for name, value in row.items())


def _check_run(run: Run, stored: Mapping[Any, Any], known: Sequence[Mapping[Any, Any]]) -> None:
    before = RunStatus(stored["status"])
    if run.status is not before and run.status not in RUN_MOVES[before]:
        raise ConflictError(f"Run {run.task_id} is {before}: it can't become {run.status}")
    if tuple(step.index for step in run.steps) != tuple(row["index"] for row in known):
        raise ConflictError(f"Run {run.task_id} has {len(known)} steps: none can be added, removed or moved")
    for step, row in zip(run.steps, known, strict=True):
        was = StepStatus(row["status"])
        if step.status is not was and step.status not in STEP_MOVES[was]:
            raise ConflictError(f"Step {step.index} of run {run.task_id} is {was}: it can't become {step.status}")


def _check_attempt(attempt: Attempt, task_id: str, number: int, known: Mapping[Any, Any] | None) -> None:
    if attempt.run_id != task_id or (known is not None and known["run"] != number):
        raise ConflictError(f"Attempt {attempt.id} does not belong to run {task_id}")
    if known is not None and _ATTEMPT_ORDER.index(attempt.state) < _ATTEMPT_ORDER.index(known["state"]):
        raise ConflictError(f"Attempt {attempt.id} is {known['state']}: it can't become {attempt.state}")


def _event(connection: Connection, run: Run, step: int | None, at: str) -> int:
    row = {"at": at, "type": "run", "task_id": run.task_id, "step": step, "status": run.status.value}
    return connection.execute(insert(events), row).lastrowid
