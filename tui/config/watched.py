"""The files of a folder that can run something, redirect something or change a model, and their digests.

Files are looked at and read, nothing more: no git, no agent. A symbolic link is followed only where it plainly stays
in the folder; of any other its text alone counts, for even looking at its target may contact another machine.
"""

from __future__ import annotations

import fnmatch
import hashlib
import os
import re
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tui.config.document import read_bounded
from tui.config.locations import PROJECT_FILE
from tui.core.errors import MachineError
from tui.core.plain import one_line

WATCHED: tuple[tuple[str, str], ...] = (
    ("", PROJECT_FILE),
    ("", "agents.yaml"),
    ("", "pipelines.yaml"),
    ("", ".mcp.json"),
    ("", ".env"),  # Gemini's CLI reads it, base URL and all
    ("", "opencode.json"),
    ("", "opencode.jsonc"),
    (".claude", "settings*.json"),
    (".claude", "commands"),
    (".claude", "agents"),
    (".claude", "hooks"),
    (".claude", "skills"),
    (".claude", "plugins"),
    (".opencode", "*"),
    (".gemini", "*"),
    (".codex", "*"),
    (".qwen", "*"),
    (".git", "config"),
)
"""A folder and a pattern for names in it; what is a folder counts with everything below it."""

MOST_FILES = 20_000
"""Files and folders over which nobody can check a folder."""
DEEPEST = 30
"""Folders in folders."""
WHOLE_FILES = 2_000
"""Files that are read; those after them count by size and time."""
LARGEST_FILE = 1_000_000
"""Bytes of a file that is read; a larger one counts by size and time."""
LARGEST_TOTAL = 16_000_000
"""Bytes that are read in all."""

_FILE = b"file\0"
_GIT_RUNS = re.compile(
    r"^\s*(fsmonitor|hookspath|sshcommand|editor|pager|askpass|process|clean|smudge|command|program|helper|textconv|driver"
    r"|path|external)\s*=",
    re.IGNORECASE,
)
"""Keys of git's settings that name something to run, or include a file that may."""


@dataclass(frozen=True, slots=True)
class Found:
    """A watched file."""

    name: str
    """Relative to the folder, with slashes."""
    path: Path
    link: str | None = None
    """The text of a link that is not followed."""


def found_in(folder: Path) -> Iterator[Found]:
    """The watched files of ``folder``, a real path, in the order of the table.

    Raises :class:`MachineError` where there are more than :data:`MOST_FILES`, or deeper ones than :data:`DEEPEST`.
    """
    walk = _Walk(folder)
    for parent, pattern in WATCHED:
        yield from walk.matching(parent, pattern)


def digests(folder: Path) -> dict[str, str]:
    """Watched files by name, each with the digest of what it says."""
    result: dict[str, str] = {}
    left = LARGEST_TOTAL
    for found in found_in(folder):
        if found.link is not None:
            said = b"link\0" + os.fsencode(found.link)
        else:
            size = found.path.lstat().st_size
            whole = len(result) < WHOLE_FILES and size <= min(LARGEST_FILE, left)
            said = _content(found, folder) if whole else _stamp(found.path)
            left -= size if whole else 0
        result[found.name] = _digest(said)
    return result


def digest_of(content: bytes) -> str:
    """What :func:`digests` tells of a watched file that holds ``content``."""
    return _digest(_FILE + content)


def git_lines(content: bytes) -> list[str]:
    """The lines of git's settings that name something to run."""
    return [line.strip() for line in content.decode("utf-8", "replace").splitlines() if _GIT_RUNS.match(line)]


def _content(found: Found, folder: Path) -> bytes:
    content = read_bounded(found.path, LARGEST_FILE, follow=False)
    if not isinstance(content, bytes):
        return _stamp(found.path)
    if found.path == folder / ".git" / "config":  # git writes to it all the time; few of its lines matter
        content = "\n".join(git_lines(content)).encode()
    return _FILE + content


def _digest(said: bytes) -> str:
    return hashlib.sha256(said).hexdigest()[:32]


def _stamp(path: Path) -> bytes:
    try:
        found = path.lstat()
    except OSError as error:
        return f"error\0{error.errno}".encode()
    return f"stamp\0{found.st_mode}\0{found.st_size}\0{found.st_mtime_ns}\0{found.st_ino}".encode()


class _Walk:
    """One look through a folder, which ends where there is too much to look at."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.left = MOST_FILES

    def matching(self, parent: str, pattern: str) -> Iterator[Found]:
        """What in the folder ``parent`` has a name that fits ``pattern``."""
        place = self.folder / parent
        if parent and _is_link(place):
            target = _plainly_inside(self.folder, place)
            if target is None:
                yield Found(f"{parent} ({pattern})", place, _text(place))
                return
            place = target
        for entry in _entries(place):
            if fnmatch.fnmatchcase(entry, pattern):
                yield from self.below(place / entry, f"{parent}/{entry}" if parent else entry, frozenset(), 0)

    def below(self, path: Path, name: str, through: frozenset[Path], depth: int) -> Iterator[Found]:
        """``path`` itself, or the files in it; ``through`` are the links' targets on the way here."""
        self.left -= 1
        if self.left < 0 or depth > DEEPEST:
            raise MachineError(
                f"{one_line(str(self.folder))} holds more of agents' settings than can be checked: "
                f"over {MOST_FILES:,} files, or over {DEEPEST} folders deep; tidy it"
            )
        if _is_link(path):
            target = _plainly_inside(self.folder, path)
            if target is None or target in through:
                yield Found(name, path, _text(path))
                return
            path, through = target, through | {target}
        if path.is_dir():
            for entry in _entries(path):
                yield from self.below(path / entry, f"{name}/{entry}", through, depth + 1)
        elif path.exists():
            yield Found(name, path)


def _plainly_inside(folder: Path, link: Path) -> Path | None:
    """Where ``link`` leads, if that is in ``folder`` by the text of the link and no other link is on the way."""
    target = Path(os.path.normpath(link.parent / _text(link)))
    if not target.is_relative_to(folder) or link.is_relative_to(target):
        return None
    on_the_way = [*target.relative_to(folder).parents[:-1], target.relative_to(folder)]
    return None if any(_is_link(folder / part) for part in on_the_way) else target


def _entries(place: Path) -> list[str]:
    try:
        return sorted(os.listdir(place))  # noqa: PTH208 - names alone
    except OSError:
        return []


def _is_link(path: Path) -> bool:
    try:
        return stat.S_ISLNK(path.lstat().st_mode)
    except OSError:
        return False


def _text(link: Path) -> str:
    try:
        return os.readlink(link)  # noqa: PTH115 - the text, not a path
    except OSError:
        return ""
