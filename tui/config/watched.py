"""The files of a folder that can run something, redirect something or change a model, and their digests.

They are looked at and read; nothing is started but git, to tell its settings (``config.git_settings``). In a folder
that is not trusted a link is followed only where it plainly stays in the folder, and git's includes are not: even
looking at their targets may contact another machine. In a trusted one they are, for agents and git follow them.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from tui.config.document import read_bounded
from tui.config.git_settings import GitSettings, GitView
from tui.config.locations import PROJECT_FILE
from tui.config.scripts import inside, split, words_of
from tui.config.walk import Found, Walk

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
)
"""A folder and a pattern for names in it; what is a folder counts with everything below it."""

ABOVE: tuple[tuple[str, str], ...] = tuple(
    place for place in WATCHED if place not in (("", PROJECT_FILE), ("", "agents.yaml"), ("", "pipelines.yaml"))
)
"""What agents read in the folders above too, up to the top of the repository."""
FAR_ABOVE: tuple[tuple[str, str], ...] = (("", ".mcp.json"),)
"""What Claude Code reads in every folder above (measured with 2.1.328)."""

WHOLE_FILES = 2_000
"""Files that are read; those after them count by size and time."""
LARGEST_FILE = 1_000_000
"""Bytes of a file that is read; a larger one counts by size and time."""
LARGEST_TOTAL = 16_000_000
"""Bytes that are read in all."""

_FILE = b"file\0"


@dataclass(slots=True)
class Snapshot:
    """One look at a folder. Each file was opened once at most, so what is kept of it is what was digested."""

    files: dict[str, str] = field(default_factory=dict)
    """Digests of watched files, by name."""
    git: dict[str, str] = field(default_factory=dict)
    """Digests of what git obeys and no commit brings: settings, hooks, attributes."""
    found: dict[str, Found] = field(default_factory=dict)
    contents: dict[str, bytes | str] = field(default_factory=dict)
    """The bytes of the files that were to be kept, or the sentence that says why one was not read."""
    scripts: set[str] = field(default_factory=set)
    """Those files that the settings name to be run."""
    words: dict[str, str] = field(default_factory=dict)
    """Words of the settings that may name a file, each with the name of its file."""
    view: GitView = field(default_factory=GitView)
    partial: bool = False
    """Whether a link or an include was not followed."""

    @property
    def digests(self) -> dict[str, str]:
        """Return all digests by name."""
        return self.files | self.git


Keep = Callable[[str], bool]


def found_in(folder: Path, *, outside: bool = False) -> Iterator[Found]:
    """The watched files of ``folder``, a real path, in the order of the table.

    ``outside``: whether links out of the folder are followed. Raises :class:`MachineError` where there are more than
    can be checked.
    """
    walk = Walk(folder, outside=outside)
    for parent, pattern in WATCHED:
        yield from walk.matching(parent, pattern)


def snapshot(folder: Path, git: GitSettings, *, outside: bool, keep: Keep = lambda _: False) -> Snapshot:
    """Look at ``folder``, a real path, and keep the contents of the files whose names ``keep`` takes.

    ``outside``: whether it is trusted, so that links out of it and includes are followed. Raises
    :class:`MachineError` where it can't be checked.
    """
    look = _Look(folder, keep, outside=outside)
    view = look.taken.view = git.of(folder, includes=outside)
    for found in found_in(folder, outside=outside):
        look.at(found)
    look.above()
    look.git()
    for setting in view.settings:
        if setting.runs and not setting.includes and view.places is not None:
            look.named(_relative(folder, setting.file), view.places.top, split([setting.value]))
    return look.taken


def digest_of(content: bytes) -> str:
    """Return the digest of a watched file that holds ``content``."""
    return _digest(_FILE + content)


class _Look:
    """What :func:`snapshot` has looked at so far."""

    def __init__(self, folder: Path, keep: Keep, *, outside: bool) -> None:
        self.folder = folder
        self.taken = Snapshot()
        self._keep = keep
        self._outside = outside
        self._left = LARGEST_TOTAL

    def at(self, found: Found, into: dict[str, str] | None = None) -> None:
        """Digest a file, and whatever files it names to be run."""
        digests = self.taken.files if into is None else into
        if found.name in digests:
            return
        self.taken.found[found.name] = found
        content: bytes | str | None
        if found.link is not None:
            self.taken.partial |= not self._outside
            content = f"the file is a symbolic link to {found.link}, which is not followed here"
            digests[found.name] = _digest(b"link\0" + os.fsencode(found.link))
        else:
            content = self._read(found.path)
            digests[found.name] = digest_of(content) if isinstance(content, bytes) else _digest(_stamp(found.path))
        if self._keep(found.name) and content is not None:
            self.taken.contents[found.name] = content
        if isinstance(content, bytes) and into is None:
            self.named(found.name, self.folder, words_of(found.name, content))

    def named(self, by: str, base: Path, words: tuple[str, ...]) -> None:
        """Digest the files that ``words`` of the settings file ``by`` name; their paths begin at ``base``."""
        for word in words:
            self.taken.words.setdefault(word, by)
            path = inside(base, word)
            name = "" if path is None else _relative(self.folder, path)
            if path is None or name in self.taken.found:
                continue
            for found in Walk(base, outside=self._outside).file(path, name):
                self.taken.scripts.add(found.name)
                self.at(found)

    def above(self) -> None:
        """Digest what agents read in the folders above."""
        places = self.taken.view.places
        for count, parent in enumerate(self.folder.parents, 1):
            table = ABOVE if places is not None and parent.is_relative_to(places.top) else FAR_ABOVE
            walk = Walk(parent, outside=self._outside)
            for place, pattern in table:
                for found in walk.matching(place, pattern):
                    self.at(Found("../" * count + found.name, found.path, found.link))

    def git(self) -> None:
        """Digest what git obeys here."""
        view, git = self.taken.view, self.taken.git
        if view.places is None:
            return
        places, lines = view.places, dict[str, list[str]]()
        for setting in view.settings:
            lines.setdefault(_relative(self.folder, setting.file), []).append(f"{setting.key}\0{setting.value}")
            self.taken.partial |= setting.includes and not self._outside
            if setting.key == "core.hookspath" and (hooks := inside(places.top, setting.value)) is not None:
                self._hooks(places.top, hooks)
        for name, settings in lines.items():
            git[name] = _digest(b"git\0" + "\n".join(settings).encode("utf-8", "surrogateescape"))
        whole = [places.common / "info" / "attributes", *(places.files if view.problem else ())]
        if (places.top / ".git").is_file():
            whole.append(places.top / ".git")
        for file in whole:
            if os.path.lexists(file):
                self.at(Found(_relative(self.folder, file), file), git)
        self._hooks(places.common, places.common / "hooks")

    def _hooks(self, root: Path, hooks: Path) -> None:
        for found in Walk(root, outside=self._outside).below(hooks, _relative(self.folder, hooks), frozenset(), 0):
            if not found.name.endswith(".sample"):
                self.at(found, self.taken.git)

    def _read(self, path: Path) -> bytes | str | None:
        try:
            size = path.lstat().st_size
        except OSError:
            return None
        if size > LARGEST_FILE:
            return f"the file is larger than {LARGEST_FILE:,} bytes; make it smaller"
        if len(self.taken.found) > WHOLE_FILES or size > self._left:
            return "the folder holds too many settings of agents to read them all; tidy it"
        self._left -= size
        return read_bounded(path, LARGEST_FILE, follow=False)


def _relative(folder: Path, path: Path) -> str:
    return os.path.relpath(os.path.normpath(path), folder)


def _digest(said: bytes) -> str:
    return hashlib.sha256(said).hexdigest()[:32]


def _stamp(path: Path) -> bytes:
    try:
        found = path.lstat()
    except OSError as error:
        return f"error\0{error.errno}".encode()
    return f"stamp\0{found.st_mode}\0{found.st_size}\0{found.st_mtime_ns}\0{found.st_ctime_ns}\0{found.st_ino}".encode()
