"""Which folders a view will ask for: they are read before it, because it does not wait."""

from __future__ import annotations

from tui.core.errors import JournalError, ModeldeckError
from tui.core.verbs import List
from tui.executor.projects import Projects
from tui.executor.specs import Specs
from tui.store.journal import Journal

_NONE = frozenset({"tasks", "runs", "output"})


async def folders_of(request: List, specs: Specs, projects: Projects, journal: Journal) -> set[str | None]:
    """Return the folders of the view that ``request`` names."""
    if request.view in _NONE:
        return set()
    if request.view == "specs":
        try:
            return specs.folders(request, await projects.load(request.project))
        except ModeldeckError:  # the view says what is wrong
            return {request.project, None}
    return {
        request.project,
        *(one.project or request.project for one in request.requests),
        *(question.project or request.project for question in request.explain),
        *(request.project or one.project or _project_of(one.spec_id, journal) for one in request.specs),
    }


def _project_of(spec_id: str, journal: Journal) -> str | None:
    """The folder of a spec, if it can be read."""
    try:
        spec = journal.spec(spec_id)
    except JournalError:
        return None
    return spec.project if spec else None
