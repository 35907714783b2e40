"""Which version a journal has, and how it comes to be ours. Alembic is never imported here: it costs 12 MB for good."""

from __future__ import annotations

import logging
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

from sqlalchemy.exc import SQLAlchemyError

from tui.core.errors import JournalError
from tui.store.backup import copy_whole, touch
from tui.store.connect import check_sound, core, open_file, trouble
from tui.store.filesystem import network_kind
from tui.store.tables import metadata

log = logging.getLogger(__name__)

HEAD = "0003"
"""The version that this program reads and writes: the newest migration's. Versions sort as text."""

VERSION_TABLE = (
    "CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL, "
    "CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num))"
)
"""As Alembic itself makes it."""

MAGIC = b"SQLite format 3\0"
"""How every SQLite file that is not empty begins."""

LARGEST = 1 << 28
"""Bytes of a journal that a start checks; a larger one would keep everybody waiting."""


def prepare(path: Path, *, head: str = HEAD, scripts: Path | None = None, mounts: str | None = None) -> None:
    """See to it that ``path`` is a journal of version ``head``: create it, or bring an older one up to date.

    ``scripts``: the folder of other migrations than those that come with the package. ``mounts``: see
    :func:`~tui.store.filesystem.network_kind`.

    Raises :class:`JournalError` and leaves the file as it is where that can't be.
    """
    kind = network_kind(path, mounts)
    if kind is not None:
        raise JournalError(
            f"{path.parent} is on a network file system ({kind}), where a journal gets damaged; "
            "set MODELDECK_STATE to a folder on a local disk"
        )
    try:
        touch(path)
        if ended_badly(path):
            _check(path)
        found = version_of(path)
    except OSError as error:
        raise JournalError(
            f"The journal {path} can't be opened: {error.strerror}; check the path and its rights"
        ) from None
    except sqlite3.Error as error:
        raise trouble(error, path) from None
    if found == head:
        return
    if found is not None and found > head:
        raise JournalError(
            f"The journal {path} has version {found}, newer than the {head} of this Modeldeck: "
            "install a newer Modeldeck, or set MODELDECK_STATE to another folder; the journal was left as it is"
        )
    if found is None and scripts is None:
        _create(path)
        return
    if found is not None:
        _back_up(path, found, head)
    _migrate(path, scripts)


def _check(path: Path) -> None:
    """Check a journal that was not closed: a power cut may have left half of what was written."""
    if path.stat().st_size > LARGEST:
        log.warning("%s is too large to be checked at the start; that is done once a day", path)
    else:
        check_sound(path)


def ended_badly(path: Path) -> bool:
    """Whether the last executor did not close the journal: SQLite removes its write-ahead log when it is closed."""
    return path.with_name(path.name + "-wal").exists()


def version_of(path: Path) -> str | None:
    """The version of the journal ``path``, ``None`` if it is still empty.

    Raises :class:`JournalError` if it is something else, :class:`OSError` and :class:`sqlite3.Error`.
    """
    with path.open("rb") as file:
        start = file.read(len(MAGIC))
    if start not in (b"", MAGIC):
        raise JournalError(f"{path} is not a journal; it was left as it is: move it away to begin a new one")
    with closing(open_file(path)) as raw:
        tables = {name for (name,) in raw.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
        if not tables:
            return None
        rows = raw.execute("SELECT version_num FROM alembic_version").fetchall() if "alembic_version" in tables else []
    if len(rows) != 1 or "runs" not in tables:
        raise JournalError(
            f"{path} is a database of another program; it was left as it is: move it away to begin a new one"
        )
    return str(rows[0][0])


def _back_up(path: Path, version: str, head: str) -> None:
    """Copy the journal to ``journal-VERSION.sqlite3`` beside it; the copy is whole or not there."""
    try:
        copy_whole(path, path.with_name(f"{path.stem}-{version}{path.suffix}"))
    except (OSError, sqlite3.Error) as error:
        raise JournalError(
            f"The journal {path} has version {version} and can't be copied before it is brought to {head} ({error}): "
            "free some space; the journal was left as it is"
        ) from None


def _create(path: Path) -> None:
    """Make the tables of a new journal here and now, and mark it as having been through every migration.

    A child with Alembic would do the same in 0.4 s, at everybody's first start; a test holds the two ways equal.
    """
    try:
        with (
            closing(open_file(path, "journal_mode=WAL")) as raw,
            core(raw, "BEGIN IMMEDIATE") as connection,
            connection.begin(),
        ):
            metadata.create_all(connection)
            connection.exec_driver_sql(VERSION_TABLE)
            connection.exec_driver_sql("INSERT INTO alembic_version VALUES (?)", (HEAD,))
    except (SQLAlchemyError, sqlite3.Error) as error:
        raise trouble(error, path) from None


def _migrate(path: Path, scripts: Path | None) -> None:
    """Run the migrations in a child process, so that what they need is never loaded into this one."""
    packages = Path(__file__).parents[2]
    done = subprocess.run(
        [
            sys.executable,
            "-m",
            "tui.store.migrate",
            str(path.absolute()),
            *([] if scripts is None else [str(scripts.absolute())]),
        ],
        # Python looks for modules in the folder it is started in: never in the one that somebody happened to be in.
        cwd=packages,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        errors="replace",
        check=False,
    )
    if done.returncode != 0:
        lines = done.stderr.strip().splitlines()
        raise JournalError(lines[-1] if lines else f"The journal {path} could not be brought up to date")
