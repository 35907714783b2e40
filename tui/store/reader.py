"""What is read: each question is one or two queries that an index answers, whatever the length of the history."""

from __future__ import annotations

import re
import sqlite3
import sys
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import wraps
from pathlib import Path
from typing import Any, Concatenate, ParamSpec, TypeVar

from sqlalchemy import Connection, Select, bindparam, func, select
from sqlalchemy.exc import SQLAlchemyError

from tui.core.errors import RequestError
from tui.core.evidence import Verdict
from tui.core.request_key import RequestKey
from tui.core.run import TERMINAL_RUN, Attempt, Run, RunStatus, Step, StepTrace
from tui.core.spec import Spec
from tui.store import forget, pages, requests, specs
from tui.store.connect import DamagedError, UndecodableError, core, open_file, text_or_bytes, trouble
from tui.store.damage import DAMAGED_EVENT, DamagedRun, salvaged_run, salvaged_step, with_damage
from tui.store.mapping import ATTEMPT, EVENT, RUN, STEP, TRACE, EventRow, UnreadableRowError
from tui.store.tables import ATTEMPT_LIVES, attempts, events, runs, steps, traces

P = ParamSpec("P")
T = TypeVar("T")

LIVE_RUN = tuple(status for status in RunStatus if status not in TERMINAL_RUN)

MOST = 500
"""Runs in one page."""

_RUN_COLUMNS = [runs.c.number, *(runs.c[name] for name in RUN.columns)]
_BY_NUMBER = select(*_RUN_COLUMNS).where(runs.c.number.in_(bindparam("numbers", expanding=True)))
_STEPS = (
    select(steps.c.run, *(steps.c[name] for name in STEP.columns))
    .where(steps.c.run.in_(bindparam("numbers", expanding=True)))
    .order_by(steps.c.run, steps.c.index)
)
_LIVE = select(runs.c.number).where(runs.c.status.in_([status.value for status in LIVE_RUN]))
_NO_STATUS = select(runs.c.number).where(runs.c.status.not_in([status.value for status in RunStatus]))
_ATTEMPTS = select(*(attempts.c[name] for name in ATTEMPT.columns), runs.c.task_id.label("run_id")).join(runs)


def newest_by_workflow(project: str) -> Select[int]:
    """Of each workflow that ran in ``project`` the newest run's number.

    It hops through the index from workflow to workflow, so that a long history costs nothing; a plain ``GROUP BY``
    reads every run of the project.
    """
    here = runs.c.project == project
    hop = select(func.min(runs.c.workflow).label("workflow")).where(here).cte("hop", recursive=True)
    further = select(func.min(runs.c.workflow)).where(here, runs.c.workflow > hop.c.workflow).scalar_subquery()
    hop = hop.union_all(select(further).where(hop.c.workflow.is_not(None)))
    newest = select(func.max(runs.c.number)).where(here, runs.c.workflow == hop.c.workflow).scalar_subquery()
    return select(newest).where(hop.c.workflow.is_not(None))


def _decoding(read: Callable[Concatenate[Reader, P], T]) -> Callable[Concatenate[Reader, P], T]:
    """Read again, cell by cell, where a text is not UTF-8: that is slower, but only one row suffers from it."""

    @wraps(read)
    def reading(reader: Reader, /, *args: P.args, **kwargs: P.kwargs) -> T:
        try:
            return read(reader, *args, **kwargs)
        except UndecodableError:
            reader.decode_each()
            return read(reader, *args, **kwargs)

    return reading


class Reader:
    """Reads over a connection of its own: never waits for the writer, always sees what is committed."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self.damage: str | None = None
        """What SQLite found wrong with the file."""
        self._lock = threading.Lock()
        self._raw = open_file(path, "query_only=ON")
        self._connection = core(self._raw, "BEGIN")

    def close(self) -> None:
        """Let go of the file."""
        with self._lock:
            self._connection.close()

    def decode_each(self) -> None:
        """Have a text that is not UTF-8 spoil its own row alone from now on."""
        self._raw.text_factory = text_or_bytes

    @_decoding
    def run(self, task_id: str) -> Run | None:
        """One run."""
        with self._reading() as connection:
            number = connection.execute(select(runs.c.number).where(runs.c.task_id == task_id)).scalar()
            return None if number is None else _load(connection, [number])[0]

    @_decoding
    def runs(
        self,
        limit: int,
        after: str | None,
        *,
        status: Sequence[RunStatus] | None,
        workflow: str | None,
        project: str | None,
        verdict: Verdict | None,
        models: Sequence[str],
    ) -> tuple[tuple[Run, ...], str | None]:
        """A page of runs, newest first, and the next page's cursor."""
        before = _cursor(after)
        if limit < 1:
            raise RequestError(f"A page of {limit} runs can't be had; ask for 1 to {MOST}", field="limit")
        limit = min(limit, MOST)
        wanted = pages.Wanted(
            None if status is None else [one.value for one in status], workflow, project, verdict, models
        )
        with self._reading() as connection:
            numbers = pages.numbers(connection, wanted, before, limit + 1)
            found = _load(connection, numbers[:limit])
        return tuple(found), str(numbers[limit - 1]) if len(numbers) > limit else None

    @_decoding
    def live_runs(self) -> tuple[Run, ...]:
        """Runs that have not ended and can be read, oldest first."""
        with self._reading() as connection:
            numbers = sorted(connection.execute(_LIVE).scalars())
            return tuple(run for _, run, reason in _load_each(connection, numbers) if reason is None)

    @_decoding
    def damaged_runs(self) -> tuple[DamagedRun, ...]:
        """Runs that have not ended, or of which that is not known, and of which a row can't be read."""
        found = []
        with self._reading() as connection:
            live = set(connection.execute(_LIVE).scalars())
            numbers = sorted(live.union(connection.execute(_NO_STATUS).scalars()))
            for number, run, reason in _load_each(connection, numbers):
                why = reason or _bad_attempt(connection, run.task_id)
                if why is not None:
                    attempts_of = forget.attempts_of(connection, number)
                    found.append(DamagedRun(number, with_damage(run, why), why, attempts_of))
        return tuple(found)

    @_decoding
    def runs_named(self, prefix: str, limit: int) -> tuple[Run, ...]:
        """Return runs whose ids begin so, newest first."""
        named = runs.c.task_id.between(prefix, prefix + "~")  # ids are letters and digits, which come before it
        query = select(runs.c.number).where(named).order_by(runs.c.number.desc()).limit(limit)
        with self._reading() as connection:
            return tuple(_load(connection, list(connection.execute(query).scalars())))

    @_decoding
    def last_runs(self, project: str) -> dict[str, Run]:
        """The newest run of each workflow in ``project``."""
        with self._reading() as connection:
            numbers = list(connection.execute(newest_by_workflow(project)).scalars())
            return {run.workflow: run for run in _load(connection, numbers)}

    @_decoding
    def spec(self, spec_id: str) -> Spec | None:
        """One spec."""
        with self._reading() as connection:
            return specs.one(connection, spec_id)

    @_decoding
    def specs(self, limit: int, after: str | None, wanted: specs.Wanted) -> tuple[tuple[Spec, ...], str | None]:
        """A page of specs, newest first, and the next page's cursor."""
        before = _cursor(after)
        if limit < 1:
            raise RequestError(f"A page of {limit} specs can't be had; ask for 1 to {MOST}", field="limit")
        limit = min(limit, MOST)
        with self._reading() as connection:
            rows = connection.execute(specs.page_of(wanted, before, limit + 1)).mappings().all()
        found = tuple(specs.readable(row) for row in rows[:limit])
        return found, str(rows[limit - 1]["number"]) if len(rows) > limit else None

    def stories(self, ids: Sequence[str]) -> dict[str, int]:
        """How many stories each spec has that has any."""
        with self._reading() as connection:
            return specs.stories(connection, ids)

    @_decoding
    def spec_runs(self, ids: Sequence[str]) -> dict[str, Run]:
        """The newest run of each spec that has one."""
        with self._reading() as connection:
            numbers = [
                number for one in ids if (number := connection.execute(specs.newest_run_of(one)).scalar()) is not None
            ]
            return {run.spec_id or "": run for run in _load(connection, numbers)}

    @_decoding
    def attempt(self, attempt_id: str) -> Attempt | None:
        """One attempt."""
        with self._reading() as connection:
            row = connection.execute(_ATTEMPTS.where(attempts.c.id == attempt_id)).mappings().first()
            return None if row is None else _attempt(row)

    @_decoding
    def attempts(self, task_id: str) -> tuple[Attempt, ...]:
        """A run's attempts."""
        query = _ATTEMPTS.where(runs.c.task_id == task_id).order_by(attempts.c.step, attempts.c.number)
        with self._reading() as connection:
            return tuple(_attempt(row) for row in connection.execute(query).mappings())

    @_decoding
    def live_attempts(self) -> tuple[Attempt, ...]:
        """Attempts that have not ended, oldest first."""
        with self._reading() as connection:
            rows = connection.execute(_ATTEMPTS.where(ATTEMPT_LIVES).order_by(attempts.c.number)).mappings()
            return tuple(_attempt(row) for row in rows)

    @_decoding
    def trace(self, task_id: str, step: int | None) -> tuple[StepTrace, ...]:
        """The explanations of a run's models, or of one step's."""
        query = select(*(traces.c[name] for name in TRACE.columns)).join(runs).where(runs.c.task_id == task_id)
        if step is not None:
            query = query.where(traces.c.index == step)
        with self._reading() as connection:
            return tuple(TRACE.value(row) for row in connection.execute(query.order_by(traces.c.index)).mappings())

    @_decoding
    def events(self, after: int, limit: int) -> tuple[EventRow, ...]:
        """Events numbered higher than ``after``, in order."""
        query = select(*(events.c[name] for name in EVENT.columns)).where(events.c.seq > after)
        with self._reading() as connection:
            rows = connection.execute(query.order_by(events.c.seq).limit(limit)).mappings().all()
        return tuple(_event(row) for row in rows)

    def done(self, key: RequestKey) -> requests.Done | None:
        """What the request with this key did."""
        with self._reading() as connection:
            return requests.done(connection, key)

    def first_event(self) -> int | None:
        """Number of the oldest event that is kept."""
        with self._reading() as connection:
            return connection.execute(select(func.min(events.c.seq))).scalar()

    def last_event(self) -> int:
        """Number of the newest event there ever was; 0 before the first."""
        with self._reading() as connection:
            return forget.last_seq(connection)

    def ended_count(self) -> int:
        """How many runs have ended."""
        with self._reading() as connection:
            return forget.count(connection)

    @_decoding
    def ended_runs(self, after: int, limit: int) -> tuple[tuple[forget.EndedRun, ...], int | None]:
        """Ended runs among the oldest ``limit`` past the number ``after``, and where the next page begins."""
        with self._reading() as connection:
            return forget.page(connection, after, limit)

    @_decoding
    def attempts_of(self, number: int) -> tuple[str, ...]:
        """The ids of the attempts of the run ``number``."""
        with self._reading() as connection:
            return forget.attempts_of(connection, number)

    @contextmanager
    def _reading(self) -> Iterator[Connection]:
        """One transaction: rows of several tables that belong together."""
        try:
            with self._lock, self._connection.begin():
                yield self._connection
        except (SQLAlchemyError, sqlite3.Error) as error:
            found = trouble(error, self._path)
            if isinstance(found, DamagedError):
                self.damage = found.message
            raise found from error


def _load(connection: Connection, numbers: Sequence[int]) -> list[Run]:
    """The runs with these numbers, in this order; of a damaged one as much as can be read."""
    return [run for _, run, _ in _load_each(connection, numbers)]


def _load_each(connection: Connection, numbers: Sequence[int]) -> list[tuple[int, Run, str | None]]:
    """The runs with these numbers, in this order, and what of each can't be read."""
    if not numbers:
        return []
    parts: dict[int, list[Step]] = {number: [] for number in numbers}
    bad: dict[int, str] = {}
    for row in connection.execute(_STEPS, {"numbers": numbers}).mappings():
        try:
            parts[row["run"]].append(STEP.value(row))
        except UnreadableRowError as error:
            parts[row["run"]].append(salvaged_step(row))
            bad.setdefault(row["run"], error.message)
    found: dict[int, Run] = {}
    for row in connection.execute(_BY_NUMBER, {"numbers": numbers}).mappings():
        number = row["number"]
        try:
            run = RUN.value(row, steps=tuple(parts[number]))
        except UnreadableRowError as error:
            bad.setdefault(number, error.message)
        found[number] = salvaged_run(row, tuple(parts[number]), bad[number]) if number in bad else run
    return [(number, found[number], bad.get(number)) for number in numbers]


def _bad_attempt(connection: Connection, task_id: str | None) -> str | None:
    """What of a run's attempts can't be read."""
    for row in connection.execute(_ATTEMPTS.where(runs.c.task_id == task_id)).mappings():
        try:
            _attempt(row)
        except UnreadableRowError as error:
            return error.message
    return None


def _event(row: Mapping[Any, Any]) -> EventRow:
    try:
        return EVENT.value(row)
    except UnreadableRowError:
        return EventRow(row["seq"], "", DAMAGED_EVENT, None, None, None)


def _attempt(row: Mapping[Any, Any]) -> Attempt:
    return ATTEMPT.value(row, run_id=row["run_id"])


def _cursor(after: str | None) -> int:
    if after is None:
        return sys.maxsize
    if not re.fullmatch(r"[0-9]{1,18}", after):
        raise RequestError(f"{after!r} is not a page's cursor; use the 'next' of the page before", field="after")
    return int(after)
