"""Changing a configuration file when a person says so: checked before it is written, and then replaced at once."""

from __future__ import annotations

import errno
import fcntl
import os
import stat
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from tui.config.document import LARGEST, Document, Problem, config_error, parse, read_bounded
from tui.config.edit_text import Change, changed
from tui.config.load import checked
from tui.core.errors import ConfigError, ConflictError, MachineError, RequestError
from tui.core.plain import one_line

HEAD = (
    "# Modeldeck's configuration: what the dashboard and the command line write goes here, and what you write stays.\n"
)
"""The first line of a file that was not there."""

LOCK_WAIT = 5.0
"""Seconds to wait for another edit in the same folder."""

_BOM = "\ufeff".encode()


@dataclass(frozen=True, slots=True)
class Edit:
    """A change that was worked out and checked, and is not written yet."""

    file: Path
    """Where it is written: what a link leads to."""
    before: bytes | None
    """What the file holds; ``None``: there is none."""
    after: bytes

    @property
    def same(self) -> bool:
        """Whether there is nothing to write."""
        return self.before == self.after

    def write(self) -> None:
        """Put it in place of what is there, at once.

        Raises :class:`ConflictError` where the file is not as it was, :class:`MachineError` where it can't be written.
        """
        try:
            if self.before is None:
                self.file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            with _alone_in(self.file.parent) as folder:
                self._write_beside(_beside(self.file))
                with suppress(OSError):  # not every file system can
                    os.fsync(folder)
        except OSError as error:
            raise MachineError(f"{_shown(self.file)} can't be written: {error.strerror}; nothing was changed") from None

    def _write_beside(self, beside: Path) -> None:
        beside.unlink(missing_ok=True)  # of one that was killed
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
        try:
            with os.fdopen(os.open(beside, flags, 0o600), "wb") as opened:
                opened.write(self.after)
                opened.flush()
                self._take_after(opened.fileno())
                os.fsync(opened.fileno())
            self._replace(beside)
        finally:
            beside.unlink(missing_ok=True)

    def _take_after(self, handle: int) -> None:
        """Mode and owner of the file that it replaces; a new one is its owner's alone."""
        if self.before is None:
            return
        found = self.file.stat()
        if not found.st_mode & 0o222 or not os.access(self.file, os.W_OK):
            raise PermissionError(0, "it is read-only")
        if (found.st_uid, found.st_gid) != (os.geteuid(), os.fstat(handle).st_gid):
            os.fchown(handle, found.st_uid if found.st_uid != os.geteuid() else -1, found.st_gid)
        os.fchmod(handle, stat.S_IMODE(found.st_mode))

    def _replace(self, beside: Path) -> None:
        changed_meanwhile = ConflictError(
            f"{_shown(self.file)} was changed by somebody else meanwhile; nothing was written: look at it and try again"
        )
        if self.before is None:
            try:
                os.link(beside, self.file)  # unlike a rename it does not replace what somebody made meanwhile
            except FileExistsError:
                raise changed_meanwhile from None
            return
        if _read(self.file, follow=False) != self.before:
            raise changed_meanwhile
        beside.replace(self.file)


def clean_up(file: Path) -> None:
    """Remove what an edit of ``file`` left beside it when it was killed."""
    beside = _beside(file)
    with suppress(OSError):
        if os.path.lexists(beside):
            with _alone_in(file.parent):
                beside.unlink(missing_ok=True)


def _beside(file: Path) -> Path:
    return file.with_name(f".{file.name}.new")


@contextmanager
def _alone_in(folder: Path) -> Iterator[int]:
    """Hold the folder's lock, which is free as soon as its holder is gone. Raises :class:`OSError`."""
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        deadline = time.monotonic() + LOCK_WAIT
        while True:
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                if time.monotonic() > deadline:
                    raise OSError(errno.EBUSY, "another program holds the lock of its folder") from None
                time.sleep(0.02)
        yield handle
    finally:
        os.close(handle)


def edit(file: Path, wanted: Callable[[Document], Sequence[Change]], *, follow: bool) -> Edit:
    """What ``file`` becomes with the changes that ``wanted`` names for what it holds.

    ``follow``: whether it may be a symbolic link, whose target is then written: a person's own file may, a project's
    may not. Raises :class:`ConfigError` where the file is broken or can't be changed without losing something,
    :class:`RequestError` where the reader would refuse what it says then, and what ``wanted`` raises.
    """
    target = Path(os.path.realpath(file)) if follow else file
    before = _read(target, follow=follow)
    content = HEAD.encode() if before is None else before
    try:
        text = content.removeprefix(_BOM).decode()
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise config_error(str(file), [Problem(line, "the file is not UTF-8 text; save it as UTF-8")]) from None
    document = parse(text, str(file))
    changes = wanted(document)
    checked(parse(text, str(file)))
    result = changed(text, document, changes)
    try:
        checked(parse(result, str(file)))
    except ConfigError as error:  # its line is one of a file that will not be
        told = error.problems[0].removeprefix(f"{_shown(file)}:").partition(": ")[2]
        raise RequestError(f"{told}; nothing was written", suggestions=error.suggestions) from None
    after = (_BOM if content.startswith(_BOM) else b"") + result.encode()
    if len(after) > LARGEST:
        raise config_error(str(file), [Problem(1, f"the file would be larger than {LARGEST:,} bytes; make it smaller")])
    return Edit(target, before, before if before is not None and not changes else after)


def _read(file: Path, *, follow: bool) -> bytes | None:
    content = read_bounded(file, LARGEST, follow=follow)
    if isinstance(content, str):
        raise config_error(str(file), [Problem(1, content)])
    return content


def _shown(file: Path) -> str:
    return one_line(str(file), 1000)
