"""Reading what an attempt leaves in its folder, where the agent can put anything in the place of a file."""

from __future__ import annotations

import os
import stat
from pathlib import Path
from typing import BinaryIO


class NotAFileError(OSError):
    """Something else than a file is in a file's place."""


def open_regular(path: Path) -> BinaryIO:
    """Open the file ``path`` for reading, never a link's target, and never wait as a pipe would have it.

    Raises :class:`FileNotFoundError`, :class:`NotAFileError`, and :class:`OSError` for what the machine refuses.
    """
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_NOFOLLOW | os.O_CLOEXEC)
    except FileNotFoundError:
        raise
    except OSError as error:  # a link, a socket, a folder in the place of ours: the kernel has a number for each
        if _is_regular(path):
            raise
        raise NotAFileError(f"{path} is not a file") from error
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise NotAFileError(f"{path} is not a file")
    return os.fdopen(descriptor, "rb")


def _is_regular(path: Path) -> bool:
    try:
        return stat.S_ISREG(path.lstat().st_mode)
    except OSError:
        return True  # nobody can tell: the machine's own words are better than ours


class KeptFile:
    """A file that is opened once: what the agent puts in its place later is never read."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._file: BinaryIO | None = None

    def size(self) -> int:
        """Return its size in bytes; 0 where there is none yet. Raises as :func:`open_regular` does otherwise."""
        file = self._opened()
        return 0 if file is None else os.fstat(file.fileno()).st_size

    def read(self, offset: int, limit: int) -> bytes:
        """Return at most ``limit`` bytes from ``offset`` on. Raises as :meth:`size` does."""
        file = self._opened()
        return b"" if file is None else os.pread(file.fileno(), limit, offset)

    def end(self, limit: int) -> bytes:
        """Return its last ``limit`` bytes. Raises as :meth:`size` does."""
        return self.read(max(0, self.size() - limit), limit)

    def close(self) -> None:
        """Let go of it; it is opened again where it is read again."""
        if self._file is not None:
            self._file.close()
            self._file = None

    def _opened(self) -> BinaryIO | None:
        if self._file is None:
            try:
                self._file = open_regular(self._path)
            except FileNotFoundError:
                return None
        return self._file


class Output:
    """What an agent writes on stdout and stderr, both opened once."""

    def __init__(self, folder: Path) -> None:
        self.out = KeptFile(folder / "out")
        self.err = KeptFile(folder / "err")

    def size(self) -> int:
        """Return the bytes of both; this opens them. Raises as :func:`open_regular` does."""
        return self.out.size() + self.err.size()

    def close(self) -> None:
        """Let go of both."""
        self.out.close()
        self.err.close()
