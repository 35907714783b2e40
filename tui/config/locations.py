"""Where Modeldeck's files are: the one module that knows paths. It imports neither yaml nor pydantic."""

from __future__ import annotations

import errno
import hashlib
import os
import stat
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from tui.core.errors import MachineError

PROJECT_FILE = ".modeldeck.yaml"
"""A project's own configuration, used only in a trusted folder."""

SOCKET_LIMIT = 100
"""Bytes of a socket's path; Linux takes 107, macOS 103."""


@dataclass(frozen=True, slots=True)
class Locations:
    """One user's files. Nothing is made by asking for a path; :meth:`prepare` makes the folders."""

    config_file: Path
    state_folder: Path
    cache_folder: Path
    short_folder: Path = Path("/tmp")  # noqa: S108 - holds a folder of our own, 0700 and its owner checked
    """Where the socket's folder is made when the state folder's path is too long for one.

    Never read from ``TMPDIR``: a client and the executor must come to the same path in different environments.
    """

    @classmethod
    def of(cls, env: Mapping[str, str], home: Path) -> Locations:
        """The places that ``MODELDECK_CONFIG`` (a file), ``MODELDECK_STATE`` and ``MODELDECK_CACHE`` name, else XDG's.

        A relative ``XDG_*`` path is ignored, as its specification tells.
        """

        def base(name: str, usual: str) -> Path:
            value = Path(env.get(name, ""))
            return (value if value.is_absolute() else home / usual) / "modeldeck"

        def chosen(name: str, usual: Path) -> Path:
            value = env.get(name, "").strip()
            if value == "~" or value.startswith("~/"):
                return home / value[2:]
            return Path(os.path.abspath(value)) if value else usual  # noqa: PTH100 - `..` goes, symlinks stay

        return cls(
            config_file=chosen("MODELDECK_CONFIG", base("XDG_CONFIG_HOME", ".config") / "config.yaml"),
            state_folder=chosen("MODELDECK_STATE", base("XDG_STATE_HOME", ".local/state")),
            cache_folder=chosen("MODELDECK_CACHE", base("XDG_CACHE_HOME", ".cache")),
        )

    @property
    def environment(self) -> dict[str, str]:
        """Variables from which a child process comes to these same places."""
        return {
            "MODELDECK_CONFIG": str(self.config_file),
            "MODELDECK_STATE": str(self.state_folder),
            "MODELDECK_CACHE": str(self.cache_folder),
        }

    @property
    def socket(self) -> Path:
        """The executor's socket: in the state folder, or where that path is too long, in a short folder of our own."""
        usual = self.state_folder / "executor.sock"
        if len(os.fsencode(usual)) <= SOCKET_LIMIT:
            return usual
        name = hashlib.sha256(os.fsencode(self.state_folder)).hexdigest()[:16]
        return self.short_folder / f"modeldeck-{os.getuid()}" / f"{name}.sock"

    @property
    def lock(self) -> Path:
        """The file whose lock says which executor is the one."""
        return self.state_folder / "executor.lock"

    @property
    def log(self) -> Path:
        """What the executor logs."""
        return self.state_folder / "executor.log"

    @property
    def journal(self) -> Path:
        """The database of runs."""
        return self.state_folder / "journal.sqlite"

    @property
    def runs(self) -> Path:
        """A folder for each attempt is in here."""
        return self.state_folder / "runs"

    @property
    def worktrees(self) -> Path:
        """The git worktrees of runs that have one."""
        return self.state_folder / "worktrees"

    @property
    def trust(self) -> Path:
        """Which folders the person trusts."""
        return self.state_folder / "trust.json"

    @property
    def deck_cache(self) -> Path:
        """The last deck, for the first paint."""
        return self.cache_folder / "deck.json"

    @property
    def themes(self) -> Path:
        """The person's own themes."""
        return self.config_file.parent / "themes"

    def prepare(self) -> None:
        """Make the state, cache and socket folders, for their owner alone.

        Raises :class:`MachineError` when one can't be made or the socket's folder belongs to someone else.
        """
        for folder in (self.state_folder, self.runs, self.cache_folder):
            _make(folder)
        own_folder(self.socket.parent)


def _make(folder: Path) -> None:
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise MachineError(
            f"The folder {folder} can't be made: {error.strerror}; make it, or choose another place"
        ) from None


def own_folder(folder: Path) -> None:
    """Make ``folder`` with mode 0700, or check that it is a real folder of this user which no one else can enter."""
    _make(folder)
    found = folder.lstat()
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.getuid():
        raise MachineError(
            f"The folder {folder} is not a folder of yours; remove it, or set MODELDECK_STATE to a shorter path"
        )
    if stat.S_IMODE(found.st_mode) & 0o077:
        try:
            folder.chmod(0o700)
        except OSError as error:
            raise MachineError(f"Others can enter {folder}, and that can't be changed: {error.strerror}") from None


def open_lock(path: Path) -> int:
    """Open the file of a lock, and create it where it is not there. Raises :class:`MachineError`."""
    flags = os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
    try:
        handle = os.open(path, flags, 0o600)
    except OSError as error:
        why = "it is a symbolic link; remove it" if error.errno == errno.ELOOP else error.strerror
        raise MachineError(f"The lock {path} can't be opened: {why}") from None
    if stat.S_ISREG(os.fstat(handle).st_mode):
        return handle
    os.close(handle)
    raise MachineError(f"The lock {path} can't be opened: it is no regular file; remove it")


def project_of(folder: Path) -> Path:
    """The project that ``folder`` is in: the nearest folder upwards with a project file or a ``.git``, else itself.

    Its real path, so that trust is given to a place and not to a name.
    """
    real = folder.resolve()
    for place in (real, *real.parents):
        if any(os.path.lexists(place / mark) for mark in (PROJECT_FILE, ".git")):
            return place
    return real
