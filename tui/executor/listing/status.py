"""The view of how the executor is doing."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import TYPE_CHECKING

from tui import __version__
from tui.agents.base import LONGEST_PATH
from tui.core.items import Status
from tui.core.plain import one_line
from tui.core.verbs import PROTOCOL, List, Page
from tui.executor.listing.lost_defaults import lost_defaults
from tui.executor.logout import at_logout
from tui.executor.projects import Project
from tui.executor.subreaper import untracked

if TYPE_CHECKING:
    from tui.executor.views import Views


def status(views: Views, request: List) -> Page:
    """The executor, and what is in force in the folder."""
    project = views.projects.of(request.project)
    settings = project.settings
    found = Status(
        pid=views.pid,
        version=__version__,
        protocol=PROTOCOL,
        state_folder=str(views.state_folder),
        started_at=views.started_at,
        running=views.slots.running,
        waiting=views.conductor.waiting(),
        queued=views.slots.waiting,
        project=str(project.folder) if project.folder else None,
        trusted=project.trust.trusted,
        trust_note=_trust_note(project),
        config_error=project.fault.error if project.fault else None,
        config_in_use=project.fault.in_use if project.fault else "last good",
        warnings=tuple(
            one_line(warning)
            for warning in (
                *((views.journal.damage,) if views.journal.damage else ()),
                *project.loaded.warnings,
                *lost_defaults(project),
            )
        ),
        missing_environment=views.handed.missing(project.loaded.env_names | views.projects.approved()),
        config_file=one_line(str(views.config_file), 1000),
        presets=tuple(settings.presets),
        agents=tuple(settings.agents),
        favourites=settings.favourites,
        theme=settings.theme,
        keymap=settings.keymap,
        draining=views.slots.draining,
        logout=at_logout(os.getuid()),
        path=_path(views.user_env),
        executor_path=_path(views.own_env),
        untracked=untracked(),
    )
    return Page("status", status=found, config=project.fault)


def _path(env: Mapping[str, str]) -> str | None:
    return one_line(env["PATH"], LONGEST_PATH) if env.get("PATH") else None


def _trust_note(project: Project) -> str | None:
    return None if project.trust.trusted else one_line("; ".join((project.trust.note, *project.loaded.foreign)))
