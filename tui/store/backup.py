"""Copies of the journal beside it: before it is changed by a newer Modeldeck, and once a day for the worst case."""

from __future__ import annotations

import os
import shutil
import sqlite3
import stat
from contextlib import closing, suppress
from pathlib import Path

from tui.core.errors import JournalError
from tui.store.connect import DamagedError, backup_of, check_sound, damaged, open_file, trouble

LARGEST = 1 << 30
"""Bytes of a journal that is copied every day; a larger one is left to the person's own backups."""


def back_up(path: Path) -> Path | None:
    """Copy the journal ``path`` for the worst case; the copy, or ``None`` where it is too large or the disk too full.

    The copy before stays where the new one is not sound. Raises :class:`JournalError`; :class:`DamagedError` where the
    journal, copied or not, is damaged.
    """
    copy = backup_of(path)
    try:
        size = path.stat().st_size
        if size > LARGEST or shutil.disk_usage(path.parent).free < 2 * size:
            check_sound(path, whole=True)
            return None
        copy_whole(path, copy, checked=True)
    except (OSError, sqlite3.Error) as error:
        if isinstance(told := trouble(error, path), DamagedError):
            raise told from None
        raise JournalError(f"The journal {path} can't be copied to {copy} ({error})") from None
    return copy


def copy_whole(path: Path, copy: Path, *, checked: bool = False) -> None:
    """Copy a journal that may be in use. What is in the place of ``copy`` is replaced by the whole new one, or stays.

    ``checked``: only by one that SQLite finds sound. Raises :class:`OSError`, :class:`sqlite3.Error` and
    :class:`DamagedError`.
    """
    unfinished = copy.with_name(copy.name + ".part")
    try:
        unfinished.unlink(missing_ok=True)
        touch(unfinished)
        with closing(open_file(path)) as source, closing(open_file(unfinished)) as target:
            source.backup(target)
            found = str(target.execute("PRAGMA integrity_check(1)").fetchone()[0]) if checked else "ok"
        if found != "ok":
            raise damaged(path, found)
        unfinished.replace(copy)
    finally:
        with suppress(OSError):
            unfinished.unlink(missing_ok=True)


def touch(path: Path) -> None:
    """Create the file for its owner alone, whatever the umask; SQLite gives its companions the same mode."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NONBLOCK, 0o600)
    try:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            raise JournalError(f"{path} is not a file: a journal can't be there")
        os.fchmod(descriptor, 0o600)
    finally:
        os.close(descriptor)
