"""Connections to the journal's file, and what SQLite's errors mean for a person."""

from __future__ import annotations

import os
import sqlite3
from pathlib import Path
from urllib.parse import quote

from sqlalchemy import Connection, create_engine, event
from sqlalchemy.pool import NullPool

from tui.core.errors import JournalError

BUSY_SECONDS = 5.0
"""How long another program's lock is waited for."""


def open_file(path: Path, *pragmas: str) -> sqlite3.Connection:
    """The journal's file as SQLite sees it; never creates it. Transactions are begun by us alone.

    Raises :class:`sqlite3.Error`.
    """
    raw = sqlite3.connect(
        f"file:{quote(os.fsencode(path))}?mode=rw",
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


def backup_of(path: Path) -> Path:
    """Where the daily copy of the journal ``path`` is, if there is one."""
    return path.with_name(f"{path.stem}-backup{path.suffix}")


def trouble(error: Exception, path: Path) -> JournalError:
    """What ``error`` means, in one sentence that says what to do."""
    cause = getattr(error, "orig", None) or error
    name = getattr(cause, "sqlite_errorname", "")
    for start, sentence in _SENTENCES.items():
        if name.startswith(start):
            copy = backup_of(path)
            backup = f"its backup {copy}" if copy.exists() else "a backup"
            return JournalError(sentence.format(path=path, backup=backup))
    return JournalError(f"The journal {path} can't be used: {cause}; it was left as it is")


_SENTENCES = {
    "SQLITE_FULL": "The disk is full: nothing more can be written to the journal {path}; free some space",
    "SQLITE_IOERR": "The disk gives errors when the journal {path} is used; check the disk and its free space",
    "SQLITE_BUSY": "Another program keeps the journal {path} locked; close it and try again",
    "SQLITE_LOCKED": "Another program keeps the journal {path} locked; close it and try again",
    "SQLITE_READONLY": "The journal {path} is read-only; make it and its folder writable",
    "SQLITE_PERM": "The journal {path} may not be used by this user; make it and its folder yours",
    "SQLITE_CANTOPEN": "The journal {path} can't be opened; check that it is a file and that its folder is writable",
    "SQLITE_NOTADB": "{path} is not a journal, or a damaged one; it was left as it is: "
    "put {backup} in its place, or move it away to begin a new one",
    "SQLITE_CORRUPT": "The journal {path} is damaged; it was left as it is: "
    "put {backup} in its place, or move it away to begin a new one",
}
"""By the start of SQLite's name for the error."""
