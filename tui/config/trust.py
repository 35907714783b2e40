"""Which folders the person trusts, and what they held when they were.

Trust is given to a real path and to what its watched files say (``config.watched``); a change of either asks again.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import stat
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tui.config.discovered import is_loaded
from tui.config.document import LINK, read_bounded
from tui.config.git_settings import GitSettings, GitView
from tui.config.locations import PROJECT_FILE, open_lock, own_folder
from tui.config.project_variables import asked_for
from tui.config.threats import would_run
from tui.config.watched import digest_of, snapshot
from tui.core.errors import ConflictError, MachineError, RequestError
from tui.core.json_input import read_json
from tui.core.plain import one_line

LARGEST = 8_000_000
"""Bytes of the file of trusted folders."""
MOST_NAMED = 500
"""Files of a folder that are kept by name, so that a change can be told by name."""


@dataclass(frozen=True, slots=True)
class TrustState:
    """Whether something may run in a folder, and why not."""

    trusted: bool
    note: str
    """One sentence without an end: that it is trusted, or why not."""
    files: Mapping[str, str] = field(default_factory=dict, compare=False, repr=False)
    """The digests of what is trusted, by the file's name; empty where the folder is not."""
    variables: frozenset[str] = frozenset()
    """Names of the user's variables that were approved for the folder."""
    contents: Mapping[str, bytes | str] = field(default_factory=dict, compare=False, repr=False)
    """What those files that are loaded held when they were checked, or why one was not read."""
    view: GitView = field(default_factory=GitView, compare=False, repr=False)
    """What git reads there, which is trusted too."""


@dataclass(frozen=True, slots=True)
class Review:
    """What a user is shown of a folder before it is trusted."""

    would_run: tuple[str, ...]
    """What would run, be contacted or be redirected, as sentences."""
    digest: str = field(repr=False)
    """Of the watched files as they were when the sentences were made."""
    variables: tuple[str, ...] = ()
    """Names of the user's variables that the folder's own file asks for, which are approved with the trust."""


@dataclass(frozen=True, slots=True)
class _Given:
    digest: str
    files: dict[str, str]
    variables: tuple[str, ...] = ()
    """The user's variables that were approved for it, by name."""


_TAKEN_BACK = _Given("", {})
"""Kept for a folder that was trusted before; no folder has an empty digest."""


class TrustStore:
    """The file of trusted folders."""

    def __init__(
        self, file: Path, own: Callable[[], frozenset[str]] = frozenset, git: GitSettings | None = None
    ) -> None:
        """``own`` returns the variables that the user's own configuration names: no project is given those."""
        self._file = file
        self._own = own
        self.git = git or GitSettings()

    def state(self, folder: Path) -> TrustState:
        """Whether ``folder`` is trusted as it is now. What can't be checked is not trusted."""
        real = folder.resolve()
        try:
            given = self._read().get(str(real))
            if given is None:
                return TrustState(False, "it was never trusted")
            if not given.digest:
                return TrustState(False, "its trust was taken back with `modeldeck untrust`")
            taken = snapshot(real, self.git, outside=True, keep=_loaded)
        except (MachineError, OSError) as error:
            return TrustState(False, one_line(str(error)))
        now = taken.digests
        if given.digest == _digest(now):
            contents = {
                name: content if taken.found[name].path == real / name else LINK
                for name, content in taken.contents.items()
            }
            return TrustState(True, "trusted", now, frozenset(given.variables), contents, taken.view)
        changed = sorted(name for name in now.keys() | given.files.keys() if now.get(name) != given.files.get(name))
        named = ", ".join(changed[:3]) + (f" and {len(changed) - 3} more" if len(changed) > 3 else "")
        return TrustState(False, one_line(f"it changed since it was trusted: {named or 'its files'}"))

    def review(self, folder: Path) -> Review:
        """Return what ``folder`` would bring if it were trusted. It is only read.

        Raises :class:`RequestError` where it is no folder, and :class:`ConfigError` where the user's own configuration
        can't be used: nothing says what is the user's.
        """
        real = _existing(folder)
        try:
            taken = snapshot(real, self.git, outside=False, keep=_all)
        except (MachineError, OSError) as error:
            return Review((one_line(str(error)),), "")  # which says why it can't be trusted
        wanted = asked_for(PROJECT_FILE, taken.contents.get(PROJECT_FILE))
        variables = tuple(sorted(wanted - self._own())) if wanted else ()
        gets = f"{PROJECT_FILE} gets these variables of yours once you trust it: {', '.join(variables)}"
        asks = (gets,) if variables else ()
        return Review((*asks, *would_run(real, taken)), _digest(taken.digests), variables)

    def trust(self, folder: Path, shown: Review | None = None) -> None:
        """Trust ``folder`` as it is now, or as it was ``shown``.

        Raises :class:`RequestError` where it is no folder, :class:`ConflictError` where it changed since it was shown,
        :class:`MachineError` where it can't be checked or written.
        """
        real = _existing(folder)
        with self._changing() as given:
            taken = snapshot(real, self.git, outside=False)
            if shown is not None and shown.digest != _digest(taken.digests):
                raise ConflictError(f"{one_line(str(folder))} changed while it was shown; look at it again, then trust")
            if taken.partial:  # it is trusted now, so links out of it and includes are followed
                taken = snapshot(real, self.git, outside=True)
            given[str(real)] = _given(taken.digests, shown.variables if shown else ())

    def untrust(self, folder: Path) -> None:
        """Take the trust back; a folder that has none, or is gone, is no error."""
        with self._changing() as given:
            if str(folder.resolve()) in given:
                given[str(folder.resolve())] = _TAKEN_BACK

    def keep_over(self, folder: Path, name: str, before: bytes | None, after: bytes, write: Callable[[], None]) -> bool:
        """Call ``write``, which puts ``after`` for ``before`` into the watched file ``name``; whether trust holds.

        It goes on where it held just before for exactly ``before``, and nothing but that file changed meanwhile. What
        is not trusted never becomes so. Raises what ``write`` does, and :class:`MachineError`.
        """
        real = folder.resolve()
        with self._changing() as given:
            old = given.get(str(real))
            files = self._digests(real)
            held = old is not None and old.digest == _digest(files)
            if held and files.get(name) != (None if before is None else digest_of(before)):
                held = False  # somebody was faster: what is edited is not what was trusted
            write()
            if held:
                files[name] = digest_of(after)
                held = self._digests(real) == files
            if held:
                given[str(real)] = _given(files, old.variables if old else ())
        return held

    def approved(self) -> frozenset[str]:
        """Return the variables that were approved for any folder. Raises :class:`MachineError`."""
        return frozenset().union(*(one.variables for one in self._read().values()))

    def folders(self) -> tuple[Path, ...]:
        """Return the folders that are trusted, or were."""
        return tuple(map(Path, self._read()))

    def _digests(self, real: Path) -> dict[str, str]:
        return snapshot(real, self.git, outside=True).digests

    @contextmanager
    def _changing(self) -> Iterator[dict[str, _Given]]:
        own_folder(self._file.parent)
        handle = open_lock(self._file.with_suffix(".lock"))
        try:
            fcntl.flock(handle, fcntl.LOCK_EX)
            given = self._read()
            yield given
            self._write(given)
        except OSError as error:
            raise MachineError(f"The trust could not be written to {self._file}: {error}") from None
        finally:
            os.close(handle)

    def _read(self) -> dict[str, _Given]:
        content = read_bounded(self._file, LARGEST, follow=False)
        if content is None:
            return {}
        if isinstance(content, str):
            raise MachineError(f"The list of trusted folders, {self._file}, is not read: {content}")
        found = self._file.lstat()
        if found.st_uid != os.getuid() or stat.S_IMODE(found.st_mode) & 0o022:
            raise MachineError(
                f"The list of trusted folders, {self._file}, can be written by others; check it and chmod 600 it"
            )
        try:
            data: Any = read_json(content)
            return {
                str(path): _Given(
                    str(given["digest"]),
                    {str(name): str(said) for name, said in given["files"].items()},
                    tuple(map(str, given.get("variables", ()))),
                )
                for path, given in data["folders"].items()
            }
        except (ValueError, KeyError, TypeError, AttributeError):
            raise MachineError(
                f"The list of trusted folders, {self._file}, is damaged; move it away, then trust anew"
            ) from None

    def _write(self, given: dict[str, _Given]) -> None:
        folders = {
            path: {"digest": one.digest, "files": one.files, "variables": one.variables}
            for path, one in sorted(given.items())
        }
        content = json.dumps({"version": 1, "folders": folders}, indent=1).encode()
        beside = self._file.with_suffix(".new")  # ours alone while the lock is held
        beside.unlink(missing_ok=True)
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
        try:
            with os.fdopen(os.open(beside, flags, 0o600), "wb") as opened:
                opened.write(content)
                opened.flush()
                os.fsync(opened.fileno())
            beside.replace(self._file)
        finally:
            beside.unlink(missing_ok=True)


def _all(_: str) -> bool:
    return True


def _loaded(name: str) -> bool:
    return name == PROJECT_FILE or is_loaded(name)


def _existing(folder: Path) -> Path:
    """Return the real path of a folder. Raises :class:`RequestError` where it is none."""
    real = folder.resolve()
    if not real.is_dir():
        raise RequestError(f"{one_line(str(folder))} is not a folder; name one that is there")
    return real


def _given(files: dict[str, str], variables: tuple[str, ...]) -> _Given:
    return _Given(_digest(files), files if len(files) <= MOST_NAMED else {}, variables)


def _digest(files: dict[str, str]) -> str:
    return hashlib.sha256(json.dumps(files, sort_keys=True).encode()).hexdigest()
