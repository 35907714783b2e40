"""The journal: everything that has to be known after the executor died. What happens is a row before it is an act."""

from __future__ import annotations

import asyncio
import sqlite3
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from pathlib import Path

from sqlalchemy import Connection
from sqlalchemy.exc import SQLAlchemyError

from tui.core.errors import JournalError
from tui.core.evidence import Verdict
from tui.core.request_key import RequestKey
from tui.core.run import Attempt, Run, RunStatus, StepTrace
from tui.core.settings import SpecType
from tui.core.spec import Spec
from tui.store import forget, requests, specs, writes
from tui.store.backup import back_up
from tui.store.connect import DamagedError, trouble
from tui.store.damage import DamagedRun, lose
from tui.store.mapping import EventRow
from tui.store.reader import Reader
from tui.store.version import prepare
from tui.store.writer import Act, Writer


class Journal:
    """Runs, steps, attempts, traces and events in one SQLite file, written by one process.

    Writes are awaited and are on the disk when they return; who is cancelled before his turn has written nothing.
    Reads are quick enough for the event loop.
    Every method raises :class:`JournalError` where the file can't be read or written; it goes on working once the
    trouble (a full disk, another program's lock) has gone.
    """

    def __init__(self, path: Path, clock: Callable[[], str]) -> None:
        """Use the journal at ``path``, which has to be there in our version; :meth:`open` sees to that."""
        self._path = path
        self._clock = clock
        self._closed = False
        self._damage: str | None = None
        self._reader = Reader(path)
        try:
            self._writer = Writer(path, self._reader.last_event())
        except BaseException:
            self._reader.close()
            raise

    @classmethod
    def open(cls, path: Path, clock: Callable[[], str], *, mounts: str | None = None) -> Journal:
        """Open the file ``path``, create it if it is not there, bring it up to date if it is older.

        ``clock`` gives the time of events, ``mounts`` is for :func:`~tui.store.filesystem.network_kind`.
        Raises :class:`JournalError` and leaves alone what is not ours or newer.
        """
        prepare(path, mounts=mounts)
        try:
            return cls(path, clock)
        except (SQLAlchemyError, sqlite3.Error) as error:
            raise trouble(error, path) from error

    async def create(self, run: Run, traces: Sequence[StepTrace], *, key: RequestKey | None = None) -> int:
        """Store a new run with the explanations of its steps' models; returns the number of its event.

        Raises :class:`ConflictError` if there is a run with its id. With the ``key`` of a request this and the other
        writes note in the same transaction that it was carried out, and raise :class:`ConflictError` if it was before.
        """
        at, explanations = self._clock(), tuple(traces)

        def act(connection: Connection) -> int:
            return writes.create(connection, run, explanations, at)

        return await self._write(_noted(act, key, task_id=run.task_id), durable=True)

    async def save(
        self, run: Run, attempt: Attempt | None = None, *, durable: bool = True, key: RequestKey | None = None
    ) -> int:
        """Store ``run``, and ``attempt``, as they now are; returns the number of the event.

        ``durable``: not even a power cut undoes it. Raises :class:`ConflictError` for a move that ``core.run`` does
        not allow from what is stored: an ended run, step or attempt stays so.
        """
        at = self._clock()

        def act(connection: Connection) -> int:
            return writes.save(connection, run, attempt, at)

        return await self._write(_noted(act, key, task_id=run.task_id), durable=durable)

    def run(self, task_id: str) -> Run | None:
        """The run ``task_id``; ``None`` if there is none."""
        return self._reader.run(task_id)

    def runs(
        self,
        *,
        limit: int,
        after: str | None = None,
        status: Sequence[RunStatus] | None = None,
        workflow: str | None = None,
        project: str | None = None,
        verdict: Verdict | None = None,
        models: Sequence[str] = (),
    ) -> tuple[tuple[Run, ...], str | None]:
        """A page of runs, newest first, and the cursor (``after``) of the next one; ``None`` at the end.

        ``status``: any of these; none of them gives no run. ``verdict`` and ``models``: what one step has both of, any
        of the models. Raises :class:`RequestError` for a bad cursor or limit.
        """
        return self._reader.runs(
            limit, after, status=status, workflow=workflow, project=project, verdict=verdict, models=models
        )

    def live_runs(self) -> tuple[Run, ...]:
        """Runs that have not ended and can be read, oldest first."""
        return self._reader.live_runs()

    def damaged_runs(self) -> tuple[DamagedRun, ...]:
        """Runs that have not ended, as far as is known, and of which a row can't be read."""
        return self._reader.damaged_runs()

    async def lose(self, run: DamagedRun) -> None:
        """End a damaged run as lost. What its rows hold beside its state stays as it is."""
        at = self._clock()
        await self._write(lambda connection: lose(connection, run, at), durable=True)

    def last_runs(self, project: str) -> dict[str, Run]:
        """The newest run of each workflow in the folder ``project``, by the workflow's name."""
        return self._reader.last_runs(project)

    async def create_specs(self, new: Sequence[Spec], *, key: RequestKey | None = None) -> int:
        """Store new specs, all of them or none; returns the number of the last one's event.

        Raises :class:`ConflictError` for an id that is there already and :class:`NotFoundError` for a parent that is
        not.
        """
        at, those = self._clock(), tuple(new)

        def act(connection: Connection) -> int:
            return specs.create(connection, those, at)

        return await self._write(_noted(act, key, specs=[spec.id for spec in those]), durable=True)

    async def save_spec(self, spec: Spec, seen: int, *, key: RequestKey | None = None) -> int:
        """Store a changed spec in place of the version ``seen``; returns the number of the event.

        Raises :class:`ConflictError`, with what is stored, where that is another version, and :class:`NotFoundError`
        where there is none, or none that is its parent.
        """
        at = self._clock()

        def act(connection: Connection) -> int:
            return specs.save(connection, spec, seen, at)

        return await self._write(_noted(act, key, specs=[spec.id]), durable=True)

    async def delete_spec(self, spec_id: str, seen: int, *, key: RequestKey | None = None) -> int:
        """Take away the version ``seen`` of a spec; its runs stay. Returns the number of the event.

        Raises as :meth:`save_spec` does, and :class:`ConflictError` where other specs are stories of it.
        """
        at = self._clock()

        def act(connection: Connection) -> int:
            return specs.delete(connection, spec_id, seen, at)

        return await self._write(_noted(act, key, specs=[spec_id]), durable=True)

    def done(self, key: RequestKey) -> requests.Done | None:
        """What the request with this key did; ``None`` if it was not carried out.

        Raises :class:`ConflictError` where the key is that of another request.
        """
        return self._reader.done(key)

    def spec(self, spec_id: str) -> Spec | None:
        """The spec ``spec_id``; ``None`` if there is none."""
        return self._reader.spec(spec_id)

    def specs(
        self,
        *,
        limit: int,
        after: str | None = None,
        project: str | None = None,
        kind: SpecType | None = None,
        query: str | None = None,
        parent: str | None = None,
    ) -> tuple[tuple[Spec, ...], str | None]:
        """A page of specs, newest first, and the cursor (``after``) of the next one; ``None`` at the end.

        ``query``: words that are all in the title or the text, or begin the id. Raises :class:`RequestError` for a bad
        cursor or limit.
        """
        return self._reader.specs(limit, after, specs.Wanted(project, kind, query, parent))

    def stories(self, ids: Sequence[str]) -> dict[str, int]:
        """How many stories each of the specs ``ids`` has; those without any are left out."""
        return self._reader.stories(ids)

    def spec_runs(self, ids: Sequence[str]) -> dict[str, Run]:
        """The newest run of each of the specs ``ids``, by spec; those without any are left out."""
        return self._reader.spec_runs(ids)

    def ended_count(self) -> int:
        """How many runs have ended."""
        return self._reader.ended_count()

    def ended_runs(self, after: int, limit: int) -> tuple[tuple[forget.EndedRun, ...], int | None]:
        """Of the oldest ``limit`` runs past the number ``after`` those that have ended, in the order of their creation.

        And where the next page begins; ``None`` at the end.
        """
        return self._reader.ended_runs(after, limit)

    def attempts_of(self, number: int) -> tuple[str, ...]:
        """The ids of the attempts of the run ``number``."""
        return self._reader.attempts_of(number)

    async def forget(self, numbers: Sequence[int]) -> None:
        """Take ended runs away, with all that is known of them. One that goes on stays. No event tells of it."""
        those = tuple(numbers)
        await self._write(lambda connection: forget.forget(connection, those), durable=False)

    async def forget_events(self, last: int) -> None:
        """Take away the events up to the number ``last``: who asks for what is older is given a ``reset``."""
        await self._write(lambda connection: forget.forget_events(connection, last), durable=False)

    async def back_up(self) -> Path | None:
        """Copy the file beside itself, for the day on which it is damaged; ``None`` where it is too large for that."""
        done: Future[Path | None] = Future()
        done.set_running_or_notify_cancel()  # who waits may leave, and it goes on

        def work() -> None:
            try:
                done.set_result(back_up(self._path))
            except Exception as error:  # told to who waits, whatever it is
                if isinstance(error, DamagedError):
                    self._damage = error.message
                done.set_exception(error)

        # No executor's thread: at its end the program would wait for a gigabyte to be copied.
        threading.Thread(target=work, name="backup", daemon=True).start()
        return await asyncio.wrap_future(done)

    def runs_named(self, prefix: str, limit: int) -> tuple[Run, ...]:
        """Return at most ``limit`` runs whose ids begin with ``prefix``, newest first."""
        return self._reader.runs_named(prefix, limit)

    def attempt(self, attempt_id: str) -> Attempt | None:
        """The attempt ``attempt_id``; ``None`` if there is none."""
        return self._reader.attempt(attempt_id)

    def attempts(self, task_id: str) -> tuple[Attempt, ...]:
        """Every attempt of a run: by step, oldest first."""
        return self._reader.attempts(task_id)

    def live_attempts(self) -> tuple[Attempt, ...]:
        """Attempts that have not ended, oldest first: what an executor looks after when it starts."""
        return self._reader.live_attempts()

    def trace(self, task_id: str, step: int | None = None) -> tuple[StepTrace, ...]:
        """Why each step of a run has its model, or one step; empty if there is no such run or step."""
        return self._reader.trace(task_id, step)

    def events(self, after: int, limit: int) -> tuple[EventRow, ...]:
        """The next ``limit`` events after the number ``after``, in order."""
        return self._reader.events(after, limit)

    @property
    def last_seq(self) -> int:
        """Number of the newest event. Ask before reading rows that it goes with: they may be newer, never older."""
        return self._writer.last_seq

    @property
    def oldest_seq(self) -> int:
        """Number of the oldest event that is kept; the next one's if none is."""
        first = self._reader.first_event()
        return self._writer.last_seq + 1 if first is None else first

    @property
    def damage(self) -> str | None:
        """What SQLite found wrong with the file, once it did. From then on nothing is written to it."""
        return self._damage or self._reader.damage or self._writer.damage

    async def close(self) -> None:
        """Write what was submitted, then let go of the file. Closing twice is fine."""
        if not self._closed:
            self._closed = True
            self._writer.stop()
        await asyncio.wrap_future(self._writer.ended)
        self._reader.close()

    async def _write(self, act: Act, *, durable: bool) -> int:
        if self._closed:
            raise JournalError(f"The journal {self._path} is closed: nothing more can be written")
        if self.damage is not None:
            raise DamagedError(self.damage)
        return await asyncio.wrap_future(self._writer.submit(act, durable=durable))


def _noted(act: Act, key: RequestKey | None, *, task_id: str | None = None, specs: Sequence[str] = ()) -> Act:
    """Return ``act``, with a note that it carries out the request with this key."""
    if key is None:
        return act

    def whole(connection: Connection) -> int:
        requests.check_new(connection, key)
        seq = act(connection)
        requests.note(connection, key, requests.Done(seq, task_id, tuple(specs)))
        return seq

    return whole
