"""The views of ``task_list``: one function each, in one table."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from tui.core.clock import Clock
from tui.core.errors import RequestError
from tui.core.run import Run
from tui.core.verbs import List, Message, Page
from tui.executor.check.view import check
from tui.executor.conductor import Conductor
from tui.executor.environment import Handed
from tui.executor.listing import meanings, models, plans, runs, setup, status, workflows
from tui.executor.projects import Folders, Project
from tui.executor.readiness import Readiness
from tui.executor.slots import Slots
from tui.executor.sources import Sources
from tui.store.journal import Journal

LIMIT = 500
"""Rows that one page holds at most."""


ON_LOOP = frozenset({"status"})
"""Views that look at what the event loop changes; the others are made in a thread, for some of them take long."""


@dataclass(frozen=True)
class Views:
    """What can be listed."""

    state_folder: Path
    runs: Path
    config_file: Path
    pid: int
    started_at: str
    journal: Journal
    projects: Folders
    conductor: Conductor
    slots: Slots
    handed: Handed
    own_env: Mapping[str, str] = field(repr=False)
    """The executor's own environment, as far as it is passed on."""
    user_env: Mapping[str, str] = field(repr=False)
    """The environment of agents that the client would start now."""
    home: Path
    clock: Clock

    def page(self, request: List) -> Page:
        """One page of the view that ``request`` names."""
        if not 1 <= request.limit <= LIMIT:
            raise RequestError(f"limit must be from 1 to {LIMIT}", field="limit")
        return _VIEWS[request.view](self, request)

    def tail(self, run: Run, count: int) -> tuple[Message, ...]:
        """The last messages of the newest step that was started."""
        return runs.tail(self, run, count)

    def readiness(self) -> Readiness:
        """Return what judges whether steps can start, for one request."""
        return Readiness(self.handed.values, self.user_env)

    def sources(self, project: Project) -> Sources:
        """The files that are in force in ``project``, as they are now."""
        return Sources.read(self.config_file, project.folder if project.trust.trusted else None)


_VIEWS: Mapping[str, Callable[[Views, List], Page]] = {
    "tasks": runs.tasks,
    "runs": runs.runs,
    "output": runs.output,
    "plan": plans.plans,
    "trace": plans.traces,
    "explain": plans.explanations,
    "workflows": workflows.workflows,
    "status": status.status,
    "models": models.models,
    "tags": meanings.tags,
    "defaults": meanings.defaults,
    "presets": meanings.presets,
    "providers": setup.providers,
    "agents": setup.agents,
    "profiles": setup.profiles,
    "check": check,
}
