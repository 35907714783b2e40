"""The executor's log: its own stderr, where that is a file of its, put aside when it has grown."""

from __future__ import annotations

import contextlib
import logging
import os
import sys
from pathlib import Path

LIMIT = 5_000_000
"""Bytes after which the log is put aside; the one before that is removed."""


class LogFile(logging.StreamHandler):  # type: ignore[type-arg]
    """Writes to stderr and keeps the file that it leads to small.

    What the interpreter itself writes goes there too, so the descriptors are led to the new file rather than the
    handler. Where stderr is a terminal, or anything else than ``path``, its size is not ours to bound.
    """

    def __init__(self, path: Path, limit: int = LIMIT) -> None:
        super().__init__(sys.stderr)
        self._path = path
        self._limit = limit

    def emit(self, record: logging.LogRecord) -> None:
        """Write it, and put the file aside if it has grown too large."""
        super().emit(record)
        with contextlib.suppress(OSError, ValueError):  # to log must never be what fails
            self._rotate()

    def _rotate(self) -> None:
        descriptor = self.stream.fileno()
        found = os.fstat(descriptor)
        if found.st_size <= self._limit:
            return
        there = self._path.lstat()
        if (there.st_dev, there.st_ino) != (found.st_dev, found.st_ino):
            return
        try:
            self._path.replace(aside(self._path))
            flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
            fresh = os.open(self._path, flags, 0o600)
        except OSError:  # no descriptor, no right: then what was written goes, rather than the disk
            os.ftruncate(descriptor, 0)
            return
        for one in {1, 2, descriptor}:
            with contextlib.suppress(OSError):
                if os.path.samestat(os.fstat(one), found):
                    os.dup2(fresh, one)
        os.close(fresh)


def aside(log: Path) -> Path:
    """Where the log before this one is."""
    return log.with_suffix(".1")
