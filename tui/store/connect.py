"""Connections to the journal's file, and what SQLite's errors mean for a person."""

from __future__ import annotations

import os
import sqlite3
from contextlib import closing
from pathlib import Path
from urllib.parse import quote

from sqlalchemy import Connection, create_engine, event
from sqlalchemy.pool import NullPool

from tui.core.errors import JournalError
from tui.core.plain import one_line

BUSY_SECONDS = 5.0
"""How long another program's lock is waited for."""


class DamagedError(JournalError):
    """SQLite finds that the file itself is damaged. Nothing more is written to it."""


class UndecodableError(JournalError):
    """A text in a row is not UTF-8, which makes sqlite3 refuse the whole answer."""


def open_file(path: Path, *pragmas: str, read_only: bool = False) -> sqlite3.Connection:
    """The journal's file as SQLite sees it; never creates it. Transactions are begun by us alone.

    Raises :class:`sqlite3.Error`.
    """
    raw = sqlite3.connect(
        f"file:{quote(os.fsencode(path))}?mode={'ro' if read_only else 'rw'}",
        uri=True,
        timeout=BUSY_SECONDS,
        isolation_level=None,
        check_same_thread=False,
    )
    try:
        for pragma in pragmas:
            raw.execute(f"PRAGMA {pragma}")
    except sqlite3.Error:
        raw.close()
        raise
    return raw


def core(raw: sqlite3.Connection, begin: str) -> Connection:
    """SQLAlchemy's connection over ``raw``, whose transactions start with the statement ``begin``.

    Python's sqlite3 would begin late and deferred: a read followed by a write then fails at once with "database is
    locked" if another commit came between, and a failed migration would leave its tables. ``raw`` is closed with the
    connection, and where that can't be made.
    """
    # What is written stays out of error texts and logs (hide_parameters).
    engine = create_engine("sqlite+pysqlite://", creator=lambda: raw, poolclass=NullPool, hide_parameters=True)
    event.listen(engine, "begin", lambda connection: connection.exec_driver_sql(begin))
    try:
        return engine.connect()
    except BaseException:
        raw.close()
        raise


def text_or_bytes(raw: bytes) -> str | bytes:
    """Return a cell's text; bytes where it is not UTF-8, which no field accepts, so that only its row is unreadable."""
    try:
        return raw.decode()
    except UnicodeDecodeError:
        return raw


def check_sound(path: Path, *, whole: bool = False) -> None:
    """Have SQLite check the file, and with ``whole`` compare every index with its table.

    It is opened for reading alone, so that not even its write-ahead log is moved into it.
    Raises :class:`DamagedError` and :class:`sqlite3.Error`.
    """
    with closing(open_file(path, read_only=True)) as raw:
        found = str(raw.execute(f"PRAGMA {'integrity_check' if whole else 'quick_check'}(1)").fetchone()[0])
    if found != "ok":
        raise damaged(path, found)


def backup_of(path: Path) -> Path:
    """Where the daily copy of the journal ``path`` is, if there is one."""
    return path.with_name(f"{path.stem}-backup{path.suffix}")


def damaged(path: Path, found: str) -> DamagedError:
    """Return the error for a file in which SQLite ``found`` damage; it names the copy to use instead."""
    return DamagedError(f"{_sentence('SQLITE_CORRUPT', path)} (SQLite: {one_line(found, 200)})")


def trouble(error: Exception, path: Path) -> JournalError:
    """What ``error`` means, in one sentence that says what to do."""
    if isinstance(error, JournalError):
        return error
    cause = getattr(error, "orig", None) or error
    name = getattr(cause, "sqlite_errorname", None) or ""
    if not name and isinstance(cause, sqlite3.OperationalError) and "decode" in str(cause):
        return UndecodableError(f"A text in the journal {path} is damaged: it is not UTF-8")  # its words stay out
    for start in _SENTENCES:
        if name.startswith(start):
            return (DamagedError if start in _DAMAGE else JournalError)(_sentence(start, path))
    return JournalError(f"The journal {path} can't be used: {cause}; it was left as it is")


def _sentence(start: str, path: Path) -> str:
    copy = backup_of(path)
    backup = f"its backup {copy}" if copy.exists() else "a backup"
    return _SENTENCES[start].format(path=path, backup=backup, companions=f"{path.name}-wal and {path.name}-shm")


_DAMAGE = ("SQLITE_NOTADB", "SQLITE_CORRUPT")
_SENTENCES = {
    "SQLITE_FULL": "The disk is full: nothing more can be written to the journal {path}; free some space",
    "SQLITE_IOERR": "The disk gives errors when the journal {path} is used; check the disk and its free space",
    "SQLITE_BUSY": "Another program keeps the journal {path} locked; close it and try again",
    "SQLITE_LOCKED": "Another program keeps the journal {path} locked; close it and try again",
    "SQLITE_READONLY": "The journal {path} is read-only; make it and its folder writable",
    "SQLITE_PERM": "The journal {path} may not be used by this user; make it and its folder yours",
    "SQLITE_CANTOPEN": "The journal {path} can't be opened; check that it is a file and that its folder is writable",
    "SQLITE_NOTADB": "{path} is not a journal, or a damaged one; it was left as it is: "
    "put {backup} in its place, or move it away to begin a new one; either way remove {companions}",
    "SQLITE_CORRUPT": "The journal {path} is damaged; it was left as it is: "
    "put {backup} in its place, or move it away to begin a new one; either way remove {companions}",
}
"""By the start of SQLite's name for the error."""
