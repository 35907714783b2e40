"""The demo's files: a sample project, and a configuration in which every agent is a rehearsal."""

from __future__ import annotations

import contextlib
import fcntl
import os
import shutil
import stat
import time
from collections.abc import Callable, Iterator
from importlib import resources
from importlib.resources.abc import Traversable
from pathlib import Path

from tui.config.locations import PROJECT_FILE, Locations, open_lock
from tui.config.trust import TrustStore

PACKED = {"modeldeck.yaml": PROJECT_FILE}
"""Names under which files are packed, for a hidden file is easily lost on the way into a package."""
PREFIX = "modeldeck-demo-"
"""How the name of a demo's folder begins."""
HELD = "held"
"""The file that the demo's process has locked: its executor ends when the lock is free."""
A_MINUTE = 60.0
HOME = "home"
"""The demo's home folder, which holds the commands that its workflows run."""


def locations(folder: Path) -> Locations:
    """The demo's places: all under ``folder``, so that nothing of the person's is touched or read."""
    return Locations(folder / "config.yaml", folder / "state", folder / "cache")


def hold(folder: Path) -> int:
    """Lock ``folder`` for this process; the lock is free when the process is gone, however it ended."""
    handle = open_lock(folder / HELD)
    fcntl.flock(handle, fcntl.LOCK_EX)
    return handle


def wait_until_free(folder: Path) -> None:
    """Return when nobody holds the lock of ``folder``; at once where it has none."""
    with contextlib.suppress(OSError), (folder / HELD).open("rb") as held:
        fcntl.flock(held, fcntl.LOCK_SH)


def remove(folder: Path) -> None:
    """Remove a demo."""
    shutil.rmtree(folder, ignore_errors=True)
    with contextlib.suppress(OSError):  # where the folder's path was too long for a socket; others may be in there
        locations(folder).socket.parent.rmdir()


def left_over(place: Path) -> tuple[Path, ...]:
    """Return the demos of this user in ``place`` whose process is gone, and their executor too."""
    return tuple(folder for folder in sorted(place.glob(f"{PREFIX}*")) if _is_left_over(folder))


def _is_left_over(folder: Path) -> bool:
    try:
        found = folder.lstat()
        if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.getuid() or time.time() - found.st_mtime < A_MINUTE:
            return False  # or it is being laid out just now
        lock = locations(folder).lock
        return not _is_held(folder / HELD) and not (lock.exists() and _is_held(lock))
    except OSError:
        return False


def _is_held(file: Path) -> bool:
    """Return whether some process holds a lock of the file. Raises :class:`OSError` where it is not there."""
    with file.open("rb") as opened:
        try:
            fcntl.flock(opened, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
    return False


def lay_out(folder: Path, complete: Callable[[Path], None] = lambda _: None) -> Path:
    """Write the configuration and the sample project under ``folder`` and trust the project; returns its path.

    ``complete`` gets the project before it is trusted, with all that it is to hold.
    """
    places = locations(folder)
    source = resources.files("tui.config.demo")
    project = folder / "shop"
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    places.config_file.write_bytes(source.joinpath("config.yaml").read_bytes())
    (folder / HOME).mkdir(mode=0o700, exist_ok=True)
    for packed_as, target in (("project", project), (HOME, folder / HOME / ".claude")):
        for parts, packed in _files(source.joinpath(packed_as), ()):
            file = target.joinpath(*parts)
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(packed.read_bytes())
    complete(project)
    TrustStore(places.trust).trust(project)
    return project


def _files(place: Traversable, above: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], Traversable]]:
    for entry in place.iterdir():
        if entry.is_file():
            yield (*above, PACKED.get(entry.name, entry.name)), entry
        elif entry.name != "__pycache__":
            yield from _files(entry, (*above, entry.name))
