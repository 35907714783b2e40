"""Which files of a project are looked at. Bounded, and no symbolic link is followed: a repository brings them."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Literal

Kind = Literal["agents", "pipelines", "claude", "opencode"]
"""What a file holds: a registry of agents, one of pipelines, or a command of that kind of agent."""

REGISTRIES: tuple[tuple[str, Kind], ...] = (("agents.yaml", "agents"), ("pipelines.yaml", "pipelines"))
LOCAL_AGENTS = ".opencode/agents"
"""Agents in files of their own, which stand in for those of the registry by name."""
COMMANDS: tuple[tuple[str, Kind], ...] = (
    (".claude/commands", "claude"),
    (".opencode/command", "opencode"),
    (".opencode/commands", "opencode"),
)
MOST = 500
"""Files that are looked at."""
MOST_ENTRIES = 5_000
"""Names in one folder that are looked at."""
DEEPEST = 8
"""Folders in folders."""

_ENDINGS: Mapping[Kind, tuple[str, ...]] = {"agents": (".yaml", ".yml"), "claude": (".md",), "opencode": (".md",)}

_NAME = re.compile(r"[\w][\w.-]{0,79}")


@dataclass(frozen=True, slots=True)
class Found:
    """A file that may offer something."""

    kind: Kind
    name: str
    """Relative to the project, with slashes."""
    path: Path
    words: tuple[str, ...] = ()
    """Of a command: the folders below the commands' own, and the file's name without its ending. None: it is no file,
    but a link in place of the folder of commands."""


def commands_in(root: Path, places: Iterable[tuple[str, Kind]]) -> Iterator[Found]:
    """Yield the command files in ``places`` below ``root``, a folder of the user's own, where links are followed."""
    walk = _Walk(root, follow=True)
    for place, kind in places:
        yield from walk.below(place, kind, deepest=DEEPEST)


def found_in(folder: Path) -> Iterator[Found]:
    """The files of ``folder``, in the order in which they are read: what comes later overrides by name."""
    for name, kind in REGISTRIES:
        if os.path.lexists(folder / name):
            yield Found(kind, name, folder / name)
    walk = _Walk(folder)
    yield from walk.below(LOCAL_AGENTS, "agents", deepest=0)
    for place, kind in COMMANDS:
        yield from walk.below(place, kind, deepest=DEEPEST)


def is_loaded(name: str) -> bool:
    """Return whether the project's file ``name`` may be one that is read for what it offers."""
    folders = (LOCAL_AGENTS, *(place for place, _ in COMMANDS))
    return name in dict(REGISTRIES) or any(name.startswith(f"{place}/") for place in folders)


def stamp(folder: Path) -> tuple[object, ...]:
    """Changes when one of the files does."""
    return stamp_of(found_in(folder))


def stamp_of(files: Iterable[Found], *, follow: bool = False) -> tuple[object, ...]:
    """Changes when one of ``files`` does; with ``follow`` also when what a link leads to does."""
    return tuple((found.name, _look(found.path, follow=follow)) for found in files)


class _Walk:
    """One look through a project, which ends where there is too much to look at."""

    def __init__(self, folder: Path, *, follow: bool = False) -> None:
        self.folder = folder
        self.left = MOST
        self._follow = follow

    def below(self, place: str, kind: Kind, deepest: int) -> Iterator[Found]:
        """The files of a kind below ``place``, a folder that is reached without a link unless they are followed."""
        path = self.folder
        for part in place.split("/"):
            path = path / part
            if path.is_symlink() and not self._follow:
                if kind in ("claude", "opencode") and os.path.lexists(self.folder / place):
                    yield Found(kind, path.relative_to(self.folder).as_posix(), path)
                return
        yield from self._in(Found(kind, place, path), deepest)

    def _in(self, place: Found, deeper: int) -> Iterator[Found]:
        """The files in the folder ``place`` and, if ``deeper``, in those below it."""
        try:
            with os.scandir(place.path) as listing:
                entries = sorted(islice(listing, MOST_ENTRIES), key=lambda entry: entry.name)
        except OSError:
            return
        for entry in entries:
            stem, ending = os.path.splitext(entry.name)  # noqa: PTH122 - a name, not a path
            folder = entry.is_dir(follow_symlinks=self._follow)
            word = entry.name if folder else stem
            if not _NAME.fullmatch(word) or (not folder and ending not in _ENDINGS[place.kind]):
                continue
            found = Found(place.kind, f"{place.name}/{entry.name}", place.path / entry.name, (*place.words, word))
            if folder and deeper:
                yield from self._in(found, deeper - 1)
            elif not folder and self.left > 0:
                self.left -= 1
                yield found


def _look(path: Path, *, follow: bool) -> tuple[int, ...] | None:
    try:
        found = path.stat(follow_symlinks=follow)
    except OSError:
        return None
    return found.st_mtime_ns, found.st_ctime_ns, found.st_size, found.st_ino, found.st_mode
