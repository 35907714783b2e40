"""The settings of a repository as git itself reads them, of which only those that matter to trust are kept.

Git's grammar has includes, conditions, files per worktree and several settings on one line, so git is asked. It is
named the repository, reads settings and runs nothing. The user's own settings and the system's are not part of it.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from tui.config.document import read_bounded
from tui.core.errors import MachineError
from tui.core.plain import one_line
from tui.posix.environment import search_folders

LARGEST = 1_000_000
"""Bytes of a repository's settings."""
PATIENCE = 5.0
"""Seconds in which git has to tell them; an included pipe would never end."""
RACY = 50_000_000
"""Nanoseconds in which a file may change twice without another time of change: what is as new is asked for again."""
MOST_KNOWN = 100
"""Folders whose settings are remembered."""


def _names(text: str) -> frozenset[str]:
    return frozenset(text.split())


BENIGN: Mapping[str, frozenset[str]] = {
    "core": _names(
        "repositoryformatversion filemode bare logallrefupdates ignorecase precomposeunicode symlinks autocrlf eol "
        "safecrlf sparsecheckout sparsecheckoutcone untrackedcache commitgraph multipackindex preloadindex longpaths "
        "quotepath trustctime checkstat abbrev whitespace splitindex compression protecthfs protectntfs"
    ),
    "remote": _names(
        "url pushurl fetch push prune prunetags tagopt mirror skipdefaultupdate skipfetchall promisor "
        "partialclonefilter pushdefault gh-resolved followremotehead"
    ),
    "submodule": frozenset(("url", "active", "branch", "ignore", "recurse")),
    "extensions": frozenset(
        ("worktreeconfig", "objectformat", "refstorage", "partialclone", "noop", "preciousobjects", "relativeworktrees")
    ),
    "index": frozenset(("sparse", "version", "threads")),
    "lfs": frozenset(("repositoryformatversion", "access", "locksverify")),
    "user": frozenset(("name", "email")),
    "pull": frozenset(("rebase", "ff")),
    "push": frozenset(("default", "autosetupremote", "followtags")),
    "fetch": frozenset(("prune", "prunetags", "writecommitgraph")),
    "gc": frozenset(("auto", "autodetach")),
    "maintenance": frozenset(("auto", "strategy")),
    "init": frozenset(("defaultbranch",)),
    "merge": frozenset(("conflictstyle", "ff")),
}
"""Settings that run and redirect nothing, by section. Git and its helpers write them all the time."""

_TRANSPORT = re.compile(r"::|^-")
"""In an address: a program that speaks to it (``ext::``), or an option."""
_USER = re.compile(r"(?<=//)[^/@\s]+@")
_RUNS = _names(
    "alternaterefscommand askpass attributesfile clean cmd command defaultkeycommand driver editor excludesfile "
    "external fsmonitor gitproxy helper hookspath insteadof pager path procreceiverefs process program proxy "
    "pushinsteadof receivepack recentobjectshook packobjectshook smudge sshcommand textconv update uploadpack vcs "
    "worktree browser difffilter"
)
_RUN_SECTIONS = frozenset(("alias", "pager", "filter", "credential", "include", "includeif", "protocol", "hook"))


@dataclass(frozen=True, slots=True)
class Setting:
    """A setting of a repository that matters to trust."""

    key: str
    """As git writes it: section and name in small letters, what is between them as it is written."""
    value: str
    file: Path

    @property
    def parts(self) -> tuple[str, str, str]:
        """Return section, subsection and name."""
        section, _, rest = self.key.partition(".")
        between, _, name = rest.rpartition(".")
        return section, between, name

    @property
    def runs(self) -> bool:
        """Return whether it names something to run or to read, or another place."""
        section, _, name = self.parts
        return section in _RUN_SECTIONS or name in _RUNS

    @property
    def includes(self) -> bool:
        """Return whether it names another file of settings."""
        return self.parts[0] in ("include", "includeif") and self.parts[2] == "path"

    @property
    def sentence(self) -> str:
        """Return what it does, going on from the file's name; its value only where that is run or read."""
        key = _USER.sub("", self.key)
        if not self.runs:
            return f"sets git's {key}"
        return f"lets git run or read more: {key} = {_USER.sub('', self.value)}"


@dataclass(frozen=True, slots=True)
class Places:
    """The folders in which the repository around a folder keeps what git obeys."""

    top: Path
    git: Path
    """The repository's own folder, or one of its worktrees'."""
    common: Path
    """What all its worktrees share."""

    @property
    def files(self) -> tuple[Path, ...]:
        """Return the files of settings."""
        return self.common / "config", self.git / "config.worktree"


@dataclass(frozen=True, slots=True)
class GitView:
    """The settings that git reads in a folder."""

    places: Places | None = None
    """``None``: it is in no repository."""
    settings: tuple[Setting, ...] = ()
    problem: str | None = None
    """Why git did not tell them; its files then count as a whole."""

    def overrides(self, *, filters: bool) -> tuple[str, ...]:
        """Return ``-c`` options by which git runs no filter of the repository's, or exactly the ones read.

        Raises :class:`MachineError` for a name that can't be overridden.
        """
        options: dict[str, str] = {}
        for setting in self.settings:
            section, between, name = setting.parts
            if section not in _OFF or name not in _OFF[section]:
                continue
            if "=" in setting.key or "\n" in setting.key:
                raise MachineError(f"git's {section} {one_line(between, 80)!r} has an = in its name; rename it")
            if section == "filter" and filters:
                options[setting.key] = setting.value
                continue
            options[setting.key] = _OFF[section][name]
            if section == "filter":
                options[f"filter.{between}.required"] = "false"
        return tuple(word for key, value in options.items() for word in ("-c", f"{key}={value}"))


_NOTHING: Mapping[str, str] = dict.fromkeys(
    ("clean", "smudge", "process", "textconv", "command", "driver", "cmd", "helper", "program", "uploadpack", "vcs"), ""
)
_OFF: Mapping[str, Mapping[str, str]] = {
    "filter": {**_NOTHING, "required": "false"},
    "diff": _NOTHING,
    "merge": _NOTHING,
    "credential": _NOTHING,
    "gpg": _NOTHING,
    "hook": _NOTHING,
    "remote": _NOTHING,
    "trailer": _NOTHING,
}
"""What takes the place of settings whose names only the repository knows."""


_LISTED = ("--list", "-z", "--show-scope", "--show-origin")


class GitSettings:
    """Asks git, once for each change of the files it read."""

    def __init__(
        self,
        environ: Mapping[str, str] = os.environ,
        now: Callable[[], int] = time.time_ns,
        patience: float = PATIENCE,
        fallback: str = os.defpath,
    ) -> None:
        self._environ = environ
        self._now = now
        self._patience = patience
        self._fallback = fallback
        self._known: dict[tuple[Places, bool], tuple[tuple[Path, ...], object, GitView]] = {}
        self.asked = 0
        """How often git was started."""

    def of(self, folder: Path, *, includes: bool) -> GitView:
        """Return what git reads in ``folder``, with the files that its settings include or without.

        Raises :class:`MachineError` where it takes too long or tells too much.
        """
        places = places_of(folder)
        if places is None:
            return GitView()
        key = (places, includes)
        known = self._known.get(key)
        if known is not None and known[1] == _stamp(known[0]):
            return known[2]
        begun = self._now()
        view, files = self._ask(places, includes=includes)
        stamp = _stamp(files)
        if len(self._known) >= MOST_KNOWN:
            self._known.clear()
        # Where git failed, nobody knows which files it would have read next.
        if view.problem is None and all(one is None or one[-1] < begun - RACY for one in stamp):
            self._known[key] = (files, stamp, view)
        return view

    def _ask(self, places: Places, *, includes: bool) -> tuple[GitView, tuple[Path, ...]]:
        files = dict.fromkeys((*places.files, places.git / "HEAD", places.git / "commondir"))
        path = ":".join((*search_folders(self._environ.get("PATH", "")), *search_folders(self._fallback)))
        program = shutil.which("git", path=path)
        if program is None:
            return GitView(places, problem="git was not found"), tuple(files)
        env = {name: self._environ[name] for name in ("HOME",) if name in self._environ}
        env |= {"PATH": path, "LC_ALL": "C", "GIT_CONFIG_NOSYSTEM": "1", "GIT_CONFIG_GLOBAL": os.devnull}
        self.asked += 1
        output, problem = _output(
            (
                program,
                "--no-pager",
                f"--git-dir={places.git}",
                "config",
                *_LISTED,
                "--includes" if includes else "--no-includes",
            ),
            env,
            self._patience,
        )
        if problem is not None:
            return GitView(places, problem=problem), tuple(files)
        every = tuple(_settings(output))
        for setting in every:
            files[setting.file] = None
            if setting.includes and includes:
                files[setting.file.parent / Path(_home(setting.value, env))] = None
        return GitView(places, tuple(setting for setting in every if _matters(setting))), tuple(files)


def places_of(folder: Path) -> Places | None:
    """Return the places of the repository that git finds around ``folder``."""
    for top in (folder, *folder.parents):
        dot = top / ".git"
        if dot.is_file():
            text = read_bounded(dot, 10_000, follow=True)
            target = os.fsdecode(text).removeprefix("gitdir:").strip() if isinstance(text, bytes) else ""
            git = top / target if target else dot
            return Places(top, git, _common(git))
        for git in (dot, top):
            if os.path.lexists(git / "HEAD"):
                common = _common(git)
                if (common / "objects").is_dir() and (common / "refs").is_dir():
                    return Places(top, git, common)
    return None


def _common(git: Path) -> Path:
    text = read_bounded(git / "commondir", 10_000, follow=True)
    return git / os.fsdecode(text).strip() if isinstance(text, bytes) else git


def _output(command: tuple[str, ...], env: Mapping[str, str], patience: float) -> tuple[bytes, str | None]:
    """Return what ``command`` writes, and why it failed."""
    with subprocess.Popen(
        command,
        cwd="/",
        env=env,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,
    ) as child:
        late = threading.Timer(patience, child.kill)
        late.start()
        try:
            assert child.stdout is not None and child.stderr is not None  # noqa: S101 - both are pipes
            output = child.stdout.read(LARGEST + 1)
            if len(output) > LARGEST:
                child.kill()
                raise MachineError(f"its git settings are larger than {LARGEST:,} bytes")
            wrong = child.stderr.read(10_000).decode("utf-8", "replace").strip()
            status = child.wait()
        finally:
            late.cancel()
    if status == -9:
        raise MachineError(f"git could not read its settings within {patience:g} seconds")
    if status != 0:
        last = (wrong.splitlines() or [f"it ended with {status}"])[-1].removeprefix("fatal: ")
        return b"", f"git can't read its settings: {one_line(last, 200)}"
    return output, None


def _settings(output: bytes) -> Iterator[Setting]:
    words = os.fsdecode(output).split("\0")
    for scope, origin, text in zip(words[0::3], words[1::3], words[2::3], strict=False):
        if scope in ("local", "worktree"):
            key, newline, value = text.partition("\n")
            yield Setting(key, value if newline else "true", Path(origin.removeprefix("file:")))


def _matters(setting: Setting) -> bool:
    section, _, name = setting.parts
    if section == "branch":
        return name == "mergeoptions" or (name in ("remote", "pushremote") and bool(_TRANSPORT.search(setting.value)))
    if name not in BENIGN.get(section, ()):
        return True
    return name in ("url", "pushurl") and bool(_TRANSPORT.search(setting.value))


def _home(path: str, env: Mapping[str, str]) -> str:
    return env.get("HOME", "") + path[1:] if path.startswith("~/") else path


def _stamp(files: tuple[Path, ...]) -> tuple[tuple[int, ...] | None, ...]:
    return tuple(_look(file) for file in files)


def _look(file: Path) -> tuple[int, ...] | None:
    try:
        found = file.stat()
    except (OSError, ValueError):
        return None
    return found.st_dev, found.st_ino, found.st_mode, found.st_size, found.st_mtime_ns, found.st_ctime_ns
