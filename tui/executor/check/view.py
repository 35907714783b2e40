"""The view of what is wrong with the configuration."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from tui.core.verbs import List, Page
from tui.executor.check.files import refused
from tui.executor.check.subject import Subject
from tui.executor.check.table import findings

if TYPE_CHECKING:
    from tui.executor.views import Views


def check(views: Views, request: List) -> Page:
    """Everything in one page. A file that can't be used is told alone, for the rest would judge an older one."""
    folder = Path(os.path.realpath(request.project)) if request.project is not None else None
    project = views.projects.of(request.project)
    in_use = project.fault.in_use if project.fault else "last good" if project.trust.trusted else "user"
    if wrong := refused(views.config_file, folder, in_use):
        return Page("check", check=wrong)
    subject = Subject(
        project=project,
        sources=views.sources(project),
        today=views.clock.utc_now()[:10],
        home=views.home,
        user_env=views.user_env,
        themes=views.config_file.parent / "themes",
        variables=frozenset((*request.variables, *project.provided(views.handed.values))),
    )
    return Page("check", check=findings(subject))
