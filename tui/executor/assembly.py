"""The executor's parts, put together: what each is handed is seen here and nowhere else."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from starlette.applications import Starlette

from tui import __version__
from tui.catalog.live import LiveCatalog
from tui.config.discovered import HomeCommands
from tui.config.locations import Locations
from tui.core.clock import Clock
from tui.core.events import Health
from tui.core.verbs import PROTOCOL
from tui.executor.conductor import Conductor
from tui.executor.config_ops import ConfigOps
from tui.executor.environment import Handed, with_addresses
from tui.executor.feed import Feed
from tui.executor.http import app
from tui.executor.projects import Projects
from tui.executor.reminders import Reminders
from tui.executor.retention import Retention
from tui.executor.slots import Slots
from tui.executor.specs import Specs
from tui.executor.tail import Ticker
from tui.executor.verbs import Verbs
from tui.executor.views import Views
from tui.executor.work import AgentWork
from tui.executor.worktree import Worktrees
from tui.posix.environment import passed_on
from tui.store.journal import Journal


@dataclass(frozen=True)
class Executor:
    """An executor without its socket."""

    journal: Journal
    feed: Feed
    conductor: Conductor
    projects: Projects
    catalogs: LiveCatalog
    slots: Slots
    verbs: Verbs
    app: Starlette
    retention: Retention
    stopping: asyncio.Event
    """Set it, and every stream and everybody who waits is let go."""

    async def look(self) -> None:
        """Tell who looks on where a file of the configuration was changed by another hand than ours."""
        if await self.projects.look():
            self.feed.settings_changed()

    async def drained(self) -> None:
        """Return when a drain was asked for, the last agent has ended, and what it came to is in the journal."""
        await self.slots.drained.wait()
        await self.conductor.settle()

    async def close(self) -> None:
        """Stop. Agents that run go on, the journal is closed."""
        self.stopping.set()
        self.feed.close()
        await self.conductor.close()
        await self.projects.close()
        await self.catalogs.close()
        await self.journal.close()


def assemble(
    locations: Locations,
    clock: Clock,
    environ: Mapping[str, str],
    home: Path,
    random: Callable[[int], bytes] = os.urandom,
    *,
    boot: str | None = None,
) -> Executor:
    """An executor of ``locations`` that has opened its journal and resumed nothing yet.

    ``boot`` names this start of the machine; without it no intent of an earlier executor is started.

    Raises :class:`JournalError` when the journal can't be used.
    """
    stopping = asyncio.Event()
    started_at = clock.utc_now()
    journal = Journal.open(locations.journal, clock.utc_now)
    handed, ticker, slots, user_env = Handed(), Ticker(), Slots(), passed_on(environ)
    handed.secrets.add(with_addresses(user_env))
    catalogs = LiveCatalog(locations.cache_folder, clock, home, user_env, random=random, mask=handed.secrets.raw)
    projects = Projects(locations, handed.values, catalogs, HomeCommands(home, user_env))

    feed = Feed(journal)
    catalogs.subscribe(feed.catalog_changed)
    worktrees = Worktrees(locations.worktrees, projects, user_env, journal.live_runs)
    work = AgentWork(locations.runs, journal, projects, worktrees, handed, user_env, feed, slots, ticker, random, boot)
    reminders = Reminders(clock, lambda: projects.own().remind_hours)
    conductor = Conductor(journal, feed, clock, work, reminders, worktrees=worktrees)
    views = Views(
        state_folder=locations.state_folder,
        runs=locations.runs,
        config_file=locations.config_file,
        pid=os.getpid(),
        started_at=started_at,
        journal=journal,
        projects=projects,
        conductor=conductor,
        slots=slots,
        handed=handed,
        own_env=user_env,
        user_env=user_env,
        home=home,
        clock=clock,
    )
    specs = Specs(journal, projects, feed, clock, random)
    config = ConfigOps(journal, projects, feed, locations.config_file)
    verbs = Verbs(conductor, journal, projects, handed, views, specs, config, slots, worktrees, random, stopping)
    retention = Retention(locations.runs, locations.state_folder / "swept", journal, projects, clock)
    health = Health(__version__, PROTOCOL, os.getpid(), started_at)
    application = app(verbs, feed, health)
    return Executor(journal, feed, conductor, projects, catalogs, slots, verbs, application, retention, stopping)
