"""What is in force in a folder: its configuration, its catalog, and whether it is trusted.

A file that was changed is read again. One that can't be used leaves the last good configuration in use, or where there
is none the shipped defaults, and every answer says so; on the shipped defaults nothing is started.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Protocol

from tui.catalog.live import LiveCatalog
from tui.config.discovered import HomeCommands
from tui.config.discovered import stamp as files_stamp
from tui.config.edit import Edit
from tui.config.load import Loaded, load
from tui.config.locations import PROJECT_FILE, Locations
from tui.config.trust import TrustState, TrustStore
from tui.core.catalog import Catalog
from tui.core.errors import ConfigError, MachineError, ModeldeckError, RequestError, UntrustedError
from tui.core.items import ConfigFault
from tui.core.plain import one_line
from tui.core.settings import Settings
from tui.core.suggest import nearest
from tui.executor.folder_reader import FolderReader


@dataclass(frozen=True)
class Project:
    """A folder, and what is in force in it."""

    folder: Path | None
    """``None``: no folder, the person's own configuration alone."""
    loaded: Loaded
    catalog: Catalog
    trust: TrustState
    fault: ConfigFault | None = None
    """Set where something else is in use than the files say."""
    home: HomeCommands | None = None
    """The user's own commands."""
    elsewhere: frozenset[str] = frozenset()
    """Variables that the user approved for other folders alone."""

    @property
    def settings(self) -> Settings:
        """The configuration in force."""
        return self.loaded.settings

    def provided(self, values: Mapping[str, str], agent: str | None = None) -> Mapping[str, str]:
        """Return those of the provided ``values`` that may be used here, or be given to ``agent``.

        An agent whose program the project names gets what was approved for the project, and nothing of the user's.
        """
        loaded = self.loaded
        if agent in loaded.project_commands:
            return {name: value for name, value in values.items() if name in loaded.approved}
        hidden = loaded.unapproved | (self.elsewhere - loaded.env_names)
        return {name: value for name, value in values.items() if name not in hidden} if hidden else values

    def require_approved(self, agent: str, names: Collection[str]) -> None:
        """Raise :class:`UntrustedError` where a step with ``agent`` needs a variable that it may not get."""
        loaded = self.loaded
        if refused := sorted(loaded.unapproved.intersection(names)):
            raise UntrustedError(
                f'Agent "{agent}" needs the variable {", ".join(refused)}, which you did not approve for '
                f"{self.folder}; look at the folder and approve it with 'modeldeck trust {self.folder}'",
                field="project",
            )
        if agent in loaded.project_commands and (refused := sorted(set(names) - loaded.approved)):
            raise UntrustedError(
                f'Agent "{agent}" runs a program that the project names, so it does not get the variable '
                f"{', '.join(refused)} of your own configuration; name another provider for it, or define the agent in "
                "your own configuration",
                field="project",
            )

    def require_config(self) -> None:
        """Check that the user's own configuration is in use.

        The shipped defaults know none of the user's models, addresses and keys: what was started on them might run
        another model, or ask another provider. Raises :class:`ConfigError` on them.
        """
        if self.fault is not None and self.fault.in_use == "shipped":
            raise ConfigError(f"{self.fault.error}; until that is corrected nothing is started or saved")

    @contextmanager
    def names_looked_up(self) -> Iterator[None]:
        """Add the fault to an error about a name: what was looked up may be in the file that can't be used."""
        try:
            yield
        except RequestError as error:
            if self.fault is None:
                raise
            message = f"{error.message}. {self.fault.sentence}"
            raise RequestError(message, suggestions=error.suggestions, field=error.field) from None

    def require_trust(self) -> Path:
        """The folder, if agents may start in it.

        Raises :class:`RequestError` where no folder was named and :class:`UntrustedError` where it is not trusted.
        """
        if self.folder is None:
            raise RequestError("A run needs a folder to work in; name it", field="project")
        if not self.trust.trusted:
            raise UntrustedError(
                f"{self.folder} is not trusted, so nothing runs there: {self.trust.note}; "
                f"look at it with 'modeldeck trust --show {self.folder}', then trust it with "
                f"'modeldeck trust {self.folder}'",
                field="project",
            )
        return self.folder


@dataclass(frozen=True)
class _Read:
    stamp: object
    loaded: Loaded
    fault: ConfigFault | None

    @property
    def was_good(self) -> bool:
        """Whether it comes from files that could be used, now or before."""
        return self.fault is None or self.fault.in_use in ("rest", "last good")


_NO_FOLDER = TrustState(False, "no folder was named")


class Folders(Protocol):
    """Where a view gets what is in force in a folder."""

    def of(self, folder: str | None) -> Project:
        """Return what is in use there."""

    def approved(self) -> frozenset[str]:
        """Return the variables that the user approved for any folder."""


@dataclass(frozen=True)
class HeldProjects:
    """Folders as they were when one request came, for whatever answers it in one go."""

    projects: Projects
    found: Mapping[str | None, Project | BaseException]

    def of(self, folder: str | None) -> Project:
        """Return one of them, or raise what was wrong with it; one that nobody foresaw is read now."""
        one = self.found.get(folder)
        if one is None:
            return self.projects.of(folder)
        if isinstance(one, BaseException):
            raise one
        return one

    def approved(self) -> frozenset[str]:
        """Return the variables that the user approved for any folder."""
        return self.projects.approved()


class Projects:
    """All folders that were asked for."""

    def __init__(
        self,
        locations: Locations,
        handed: Mapping[str, str],
        catalogs: LiveCatalog,
        home: HomeCommands,
        trust: TrustStore | None = None,
    ) -> None:
        self._locations = locations
        self._home = home
        self._handed = handed
        self._catalogs = catalogs
        self._trust = trust or TrustStore(locations.trust)
        self.git = self._trust.git
        self._reader = FolderReader()
        self._refreshing: set[asyncio.Future[Catalog]] = set()
        self._read: dict[tuple[Path | None, bool], _Read] = {}
        self._seen: dict[Path | None, object] = {}
        self._home_seen: object = None

    async def load(self, folder: str | None) -> Project:
        """Return what is in use in ``folder`` now; the shipped defaults where the user's own file never was good.

        Its files are read in a thread, and lists of models are merged in another one: see :mod:`.folder_reader`.
        Raises :class:`RequestError` for a folder that is not there, and :class:`MachineError` for one that does not
        answer in time.
        """
        name = str(self._locations.config_file) if folder is None else _normal(folder)
        found = await self._reader.read(name, partial(self._state, folder))
        project = self._project(*found)
        catalog = await self._catalogs.loaded(project.settings, project.provided(self._handed))
        return replace(project, catalog=catalog)

    async def hold(self, folders: Iterable[str | None]) -> HeldProjects:
        """Load several folders at once, for a view that reads them in one go; each that fails fails alone."""
        names = tuple(dict.fromkeys(folders))
        found = await asyncio.gather(*map(self.load, names), return_exceptions=True)
        for one in found:
            if isinstance(one, BaseException) and not isinstance(one, ModeldeckError):
                raise one
        return HeldProjects(self, dict(zip(names, found, strict=True)))

    def of(self, folder: str | None) -> Project:
        """As :meth:`load`, here and now: for the user's own part, whose two files are small, and for threads."""
        project = self._project(*self._state(folder))
        return replace(project, catalog=self._catalogs.current(project.settings, project.provided(self._handed)))

    def _state(self, folder: str | None) -> tuple[Path | None, TrustState, _Read, frozenset[str]]:
        """Read everything; it may take long. Threads that do so at once only replace whole entries of the tables."""
        real = None if folder is None else _real(folder)
        trust = _NO_FOLDER if real is None else self._trust.state(real)
        read = self._load(real, trust)
        return real, trust, read, self.approved()

    def _project(self, real: Path | None, trust: TrustState, read: _Read, approved: frozenset[str]) -> Project:
        return Project(real, read.loaded, Catalog(), trust, read.fault, self._home, approved)

    def approved(self) -> frozenset[str]:
        """Return the variables that the user approved for any folder."""
        try:
            return self._trust.approved()
        except (MachineError, OSError):  # then no folder is trusted, and the state of each says why
            return frozenset()

    def own(self) -> Settings:
        """The person's own settings, without a look at what is on offer: whoever waits long asks nobody for lists."""
        return self._load(None, _NO_FOLDER).loaded.settings

    async def refresh(self, folder: str | None, providers: Collection[str]) -> asyncio.Future[Catalog]:
        """Begin to read the lists of ``providers``, or all, again; the future ends when they were read.

        Raises what :meth:`load` does, and :class:`RequestError` for an unknown id.
        """
        project = await self.load(folder)
        known = [*project.catalog.by_id, *project.settings.providers]
        for id_ in providers:
            if id_ not in known:
                near = nearest(id_, known)
                raise RequestError(f"Unknown provider {one_line(id_, 80)!r}", suggestions=near, field="providers")
        reading = asyncio.ensure_future(
            self._catalogs.refresh(project.settings, project.provided(self._handed), only=tuple(providers) or None)
        )
        self._refreshing.add(reading)
        reading.add_done_callback(self._refreshing.discard)
        return reading

    def search_in(self, path: str | None) -> None:
        """Look for the agents that are asked for lists in ``path``, if a client named one; all clients share lists."""
        if path is not None:
            self._catalogs.search_path = path

    def write_in(self, folder: Path, name: str, edit: Edit) -> bool:
        """Write a person's ``edit`` of the watched file ``name`` of ``folder``; whether that still is trusted."""
        return self._trust.keep_over(folder, name, edit.before, edit.after, edit.write)

    async def look(self) -> bool:
        """Return whether files of the folders that were read, or what is trusted, changed since then or the last look.

        A folder that does not answer counts as it was.
        """
        before = dict(self._seen)
        for folder in before:
            if folder is not None:
                with suppress(MachineError):
                    self._seen[folder] = await self._reader.read(str(folder), partial(self._stamps, folder), "stamps")
        if None in before:
            self._seen[None] = self._stamps(None)
        home, self._home_seen = self._home_seen, self._home.stamp()
        return any(self._seen.get(one) != stamp for one, stamp in before.items()) or home not in (None, self._home_seen)

    async def close(self) -> None:
        """Stop what :meth:`refresh` began."""
        await self._reader.close()
        reading = tuple(self._refreshing)
        for one in reading:
            one.cancel()
        await asyncio.gather(*reading, return_exceptions=True)

    def _load(self, folder: Path | None, trust: TrustState) -> _Read:
        key = (folder, trust.trusted)
        stamps = self._stamps(folder)
        self._seen.setdefault(folder, stamps)
        stamp = (stamps, {name: trust.files.get(name) for name in trust.contents})
        known = self._read.get(key)
        if known is None or known.stamp != stamp:
            if folder is not None:
                self._load(None, _NO_FOLDER)  # what falls back to the user's own part finds it as it was good last
            try:
                kept = known.loaded.discovered if known is not None else None
                # The bytes that were checked are those that are loaded: a file may change in between.
                loaded = load(
                    self._locations.config_file,
                    folder,
                    trusted=trust.trusted,
                    approved=trust.variables,
                    kept=kept,
                    contents=trust.contents if trust.trusted else None,
                )
                problems = one_line("; ".join(loaded.discovered.problems))
                known = _Read(stamp, loaded, ConfigFault(problems, "rest") if problems else None)
            except ConfigError as error:
                known = self._fallback(key, stamp, error)
            self._read[key] = known
        return known

    def _stamps(self, folder: Path | None) -> object:
        """Changes when a file does that says what is in force in ``folder``."""
        own = (_stamp(self._locations.config_file), _stamp(self._locations.trust))
        return own, (_stamp(folder / PROJECT_FILE), files_stamp(folder)) if folder else None

    def _fallback(self, key: tuple[Path | None, bool], stamp: object, error: ConfigError) -> _Read:
        """Return what is used while a file can't be: what was good last, else the user's own part, else the shipped."""
        before = self._read.get(key)
        if before is not None and before.was_good:
            return _Read(stamp, before.loaded, ConfigFault(error.message, "last good"))
        if key[0] is None:
            return _Read(stamp, load(None), ConfigFault(error.message, "shipped"))
        own = self._load(None, _NO_FOLDER)
        if own.fault is None:
            return _Read(stamp, own.loaded, ConfigFault(error.message, "user"))
        return _Read(stamp, own.loaded, own.fault)


def _normal(folder: str) -> str:
    """One name for the ways to write a path, without a look at the disk."""
    return os.path.normpath(folder)


def _real(folder: str) -> Path:
    path = Path(folder)
    if not path.is_absolute():
        raise RequestError(f"The folder {folder!r} must be a whole path", field="project")
    try:
        real = Path(os.path.realpath(path, strict=True))  # Path.resolve raises RuntimeError for a link to itself
    except OSError as error:
        raise RequestError(f"The folder {folder!r} can't be opened: {error.strerror}", field="project") from None
    if not real.is_dir():
        raise RequestError(f"{folder!r} is not a folder", field="project")
    return real


def _stamp(path: Path) -> tuple[int, ...] | None:
    try:
        found = os.stat(path)  # noqa: PTH116
    except OSError:
        return None
    return found.st_mtime_ns, found.st_ctime_ns, found.st_size, found.st_ino
