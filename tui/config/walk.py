"""Finding the files below a folder, bounded, with its symbolic links followed or not."""

from __future__ import annotations

import fnmatch
import os
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tui.core.errors import MachineError
from tui.core.plain import one_line

MOST_FILES = 20_000
"""Files and folders over which nobody can check a folder."""
DEEPEST = 30
"""Folders in folders."""


@dataclass(frozen=True, slots=True)
class Found:
    """A watched file."""

    name: str
    """Relative to the folder, with slashes."""
    path: Path
    link: str | None = None
    """The text of a link that is not followed."""


class Walk:
    """One look through a folder, which ends where there is too much to look at."""

    def __init__(self, folder: Path, *, outside: bool = False) -> None:
        self.folder = folder
        self.outside = outside
        self.left = MOST_FILES

    def matching(self, parent: str, pattern: str) -> Iterator[Found]:
        """What in the folder ``parent`` has a name that fits ``pattern``."""
        place = self.folder / parent
        if parent and is_link(place):
            target = self.target(place)
            if target is None:
                if not self.outside or place.exists():
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
        if is_link(path):
            target = self.target(path)
            if target is None or target in through:
                if not self.outside or path.exists():
                    yield Found(name, path, _text(path))
                return
            path, through = target, through | {target}
        if path.is_dir():
            for entry in _entries(path):
                yield from self.below(path / entry, f"{name}/{entry}", through, depth + 1)
        elif path.exists():
            yield Found(name, path)

    def file(self, path: Path, name: str) -> Iterator[Found]:
        """Yield ``path`` if it is a file; folders on the way may be links only where links are followed."""
        on_the_way = list(path.relative_to(self.folder).parents)[:-1]
        if self.outside or not any(is_link(self.folder / part) for part in on_the_way):
            target = self.target(path) if is_link(path) else path
            if target is None or os.path.isfile(target):  # noqa: PTH113 - any text may come, and this one never raises
                yield from self.below(path, name, frozenset(), 0)

    def target(self, link: Path) -> Path | None:
        """Return the target of ``link`` if it is to be followed; never a folder that the link itself is in."""
        if not self.outside:
            return _plainly_inside(self.folder, link)
        try:
            target = Path(os.path.realpath(link, strict=True))
        except OSError:
            return None
        return None if link.is_relative_to(target) else target


def _plainly_inside(folder: Path, link: Path) -> Path | None:
    """Where ``link`` leads, if that is in ``folder`` by the text of the link and no other link is on the way."""
    target = Path(os.path.normpath(link.parent / _text(link)))
    if not target.is_relative_to(folder) or link.is_relative_to(target):
        return None
    on_the_way = [*target.relative_to(folder).parents[:-1], target.relative_to(folder)]
    return None if any(is_link(folder / part) for part in on_the_way) else target


def _entries(place: Path) -> list[str]:
    try:
        return sorted(os.listdir(place))  # noqa: PTH208 - names alone
    except OSError:
        return []


def is_link(path: Path) -> bool:
    """Return whether ``path`` itself is a symbolic link."""
    try:
        return stat.S_ISLNK(path.lstat().st_mode)
    except OSError:
        return False


def _text(link: Path) -> str:
    try:
        return os.readlink(link)  # noqa: PTH115 - the text, not a path
    except OSError:
        return ""
