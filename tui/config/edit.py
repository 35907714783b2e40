"""Changing a configuration file when a person says so: checked before it is written, and then replaced at once."""

from __future__ import annotations

import os
import stat
import tempfile
from collections.abc import Callable, Sequence
from contextlib import suppress
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
        beside: Path | None = None
        try:
            if self.before is None:
                self.file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            handle, name = tempfile.mkstemp(prefix=f".{self.file.name}.", suffix=".new", dir=self.file.parent)
            beside = Path(name)
            with os.fdopen(handle, "wb") as opened:
                opened.write(self.after)
                opened.flush()
                self._take_after(opened.fileno())
                os.fsync(opened.fileno())
            self._replace(beside)
            beside = None
            _sync_folder(self.file.parent)
        except OSError as error:
            raise MachineError(f"{_shown(self.file)} can't be written: {error.strerror}; nothing was changed") from None
        finally:
            if beside is not None:
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
            beside.unlink()
            return
        if _read(self.file, follow=False) != self.before:
            raise changed_meanwhile
        beside.replace(self.file)


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


def _sync_folder(folder: Path) -> None:
    with suppress(OSError):  # not every file system can
        handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def _shown(file: Path) -> str:
    return one_line(str(file), 1000)
