"""The one thread that writes. Those who wait meanwhile are committed together, which makes many writes cheap."""

from __future__ import annotations

import logging
import sqlite3
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field
from pathlib import Path
from queue import Empty, SimpleQueue

from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError, SQLAlchemyError

from tui.core.errors import JournalError, ModeldeckError
from tui.store.connect import DamagedError, UndecodableError, core, open_file, text_or_bytes, trouble

log = logging.getLogger(__name__)

BATCH = 200
"""Writes in one transaction, at most."""

PRAGMAS = (
    "journal_mode=WAL",
    "foreign_keys=ON",
    # On macOS a plain fsync leaves the data in the drive's own cache.
    "fullfsync=ON",
    # What the write-ahead log keeps on the disk after a burst: 16 MB.
    "journal_size_limit=16777216",
)

Act = Callable[[Connection], int]
"""A write: runs inside a transaction and returns the number of its event."""


@dataclass(frozen=True, slots=True, eq=False)
class Job:
    """A write that somebody waits for."""

    act: Act
    durable: bool
    done: Future[int] = field(default_factory=Future)


class Writer:
    """Takes writes in the order in which they are submitted and commits them in batches."""

    def __init__(self, path: Path, last_seq: int) -> None:
        self._path = path
        self._jobs: SimpleQueue[Job | None] = SimpleQueue()
        self._raw: sqlite3.Connection | None = None
        self._connection: Connection | None = None
        self.last_seq = last_seq
        """Number of the newest event that is committed."""
        self.damage: str | None = None
        """What SQLite found wrong with the file; nothing is written after that."""
        self._decode_each = False
        self.ended: Future[None] = Future()
        threading.Thread(target=self._work, name="journal", daemon=True).start()

    def submit(self, act: Act, *, durable: bool) -> Future[int]:
        """Have ``act`` committed; ``durable``: so that it outlives a power cut too.

        The future raises :class:`JournalError` if that failed, or what ``act`` refused with.
        """
        job = Job(act, durable)
        self._jobs.put(job)
        return job.done

    def stop(self) -> None:
        """End the thread after what was submitted so far; :attr:`ended` tells when."""
        self._jobs.put(None)

    def _work(self) -> None:
        going = True
        while going:
            waiting = self._waiting()
            going = waiting[-1] is not None
            # A job whose waiter left before its turn is not begun.
            batch = [job for job in waiting if job is not None and job.done.set_running_or_notify_cancel()]
            if batch:
                self._commit(batch)
        self._disconnect()
        self.ended.set_result(None)

    def _waiting(self) -> list[Job | None]:
        """What has been submitted: one thing at least, ``None`` (the end) as the last."""
        waiting = [self._jobs.get()]
        while waiting[-1] is not None and len(waiting) < BATCH:
            try:
                waiting.append(self._jobs.get_nowait())
            except Empty:
                break
        return waiting

    def _commit(self, batch: Sequence[Job]) -> None:
        """Commit ``batch`` and tell who waits.

        Trouble with the file is everybody's; any other error is one write's, so each is then tried alone.
        """
        try:
            outcomes = self._transact(batch)
        except Exception as error:  # the thread must outlive whatever a write can raise; its waiter is told
            self._disconnect()
            if not self._decode_each and isinstance(trouble(error, self._path), UndecodableError):
                self._decode_each = True  # a text that is not UTF-8 spoils its own row alone
                self._commit(batch)
                return
            if len(batch) > 1 and not _is_the_files(error):
                for job in batch:
                    self._commit([job])
                return
            log.warning("%d writes to the journal failed: %s", len(batch), getattr(error, "orig", error))
            for job in batch:
                job.done.set_exception(self._told(error))
            return
        numbers = [outcome for outcome in outcomes if isinstance(outcome, int)]
        if numbers:
            self.last_seq = numbers[-1]
        for job, outcome in zip(batch, outcomes, strict=True):
            if isinstance(outcome, int):
                job.done.set_result(outcome)
            else:
                job.done.set_exception(outcome)

    def _transact(self, batch: Sequence[Job]) -> list[int | ModeldeckError]:
        connection = self._connected(full=any(job.durable for job in batch))
        outcomes: list[int | ModeldeckError] = []
        with connection.begin():
            for job in batch:
                try:
                    outcomes.append(job.act(connection))
                except ModeldeckError as refusal:  # nothing of it was written, the others go on
                    outcomes.append(refusal)
        return outcomes

    def _connected(self, *, full: bool) -> Connection:
        if self._raw is None or self._connection is None:
            raw = open_file(self._path, *PRAGMAS)
            if self._decode_each:
                raw.text_factory = text_or_bytes
            self._connection = core(raw, "BEGIN IMMEDIATE")
            self._raw = raw
        # NORMAL may lose the last commits at a power cut, never the file; it can't be switched inside a transaction.
        self._raw.execute(f"PRAGMA synchronous={'FULL' if full else 'NORMAL'}")
        return self._connection

    def _disconnect(self) -> None:
        """Let go of a connection, at the end or after trouble: the next write begins with a fresh one."""
        connection, self._connection, self._raw = self._connection, None, None
        if connection is None:
            return
        try:
            connection.close()
        except (SQLAlchemyError, sqlite3.Error):
            log.warning("the journal's connection could not be closed cleanly", exc_info=True)

    def _told(self, error: Exception) -> JournalError:
        if _is_the_files(error):
            told = trouble(error, self._path)
            if isinstance(told, DamagedError):
                self.damage = told.message
        else:
            cause = getattr(error, "orig", error)
            told = JournalError(f"What was to be written to the journal can't be stored ({cause}); nothing of it was")
        told.__cause__ = error
        return told


def _is_the_files(error: Exception) -> bool:
    """Whether ``error`` tells of the file or the disk, rather than of what was to be written."""
    cause = error.orig if isinstance(error, DBAPIError) else error
    return isinstance(cause, sqlite3.OperationalError) or type(cause) is sqlite3.DatabaseError
