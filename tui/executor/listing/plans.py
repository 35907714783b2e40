"""The views of what would run and why: plan, trace, explain."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import TYPE_CHECKING

from tui.core.errors import ModeldeckError, NotFoundError, RequestError
from tui.core.plain import one_line
from tui.core.run import Run, RunStatus
from tui.core.spec_verbs import StartSpec
from tui.core.verbs import List, Page
from tui.executor.commands import without_texts
from tui.executor.explain import explained
from tui.executor.plan import plan, plan_or_error
from tui.executor.projects import Project
from tui.executor.readiness import Readiness
from tui.executor.spec_plan import plan_spec

if TYPE_CHECKING:
    from tui.executor.views import Views


def plans(views: Views, request: List) -> Page:
    """The plan of each request, then of each spec."""
    of = cache(views.projects.of)  # whether a folder is trusted is read from its files: once for all cards
    ready = views.readiness()
    found = []
    for one in request.requests:
        project = of(one.project or request.project)
        found.append(ready.checked(plan_or_error(one, project), project))
    found += [_of_spec(views, one, of, ready) for one in request.specs]
    return Page("plan", plan=tuple(map(without_texts, found)), config=of(request.project).fault)


def _of_spec(views: Views, request: StartSpec, of: Callable[[str | None], Project], ready: Readiness) -> Run:
    """The plan; a spec that has none comes back as a run without steps that carries the error."""
    try:
        spec = views.journal.spec(request.spec_id)
        if spec is None:
            raise NotFoundError(f"There is no spec {one_line(request.spec_id, 80)!r}", field="spec_id")
        parent = views.journal.spec(spec.parent) if spec.parent else None
        project = of(request.project or spec.project)
        return ready.checked(plan_spec(spec, parent, request, project).run, project)
    except ModeldeckError as error:
        return Run(None, "spec", "", RunStatus.FAILED, (), error=error.body(), spec_id=one_line(request.spec_id, 80))


def traces(views: Views, request: List) -> Page:
    """What every tier said, of tasks that are there, with what was started for them, and of requests that are not."""
    of = cache(views.projects.of)
    fault = of(request.project).fault if request.requests else None
    asked = tuple(
        trace for one in request.requests for trace in plan(one, of(one.project or request.project), traced=True)[1]
    )
    stored = tuple(trace for task_id in request.ids for trace in views.journal.trace(task_id, request.step))
    wanted = [trace for trace in asked if request.step in (None, trace.index)]
    attempts = tuple(
        attempt
        for task_id in request.ids
        for attempt in views.journal.attempts(task_id)
        if request.step in (None, attempt.step)
    )
    return Page("trace", trace=(*stored, *wanted), attempts=attempts, config=fault)


def explanations(views: Views, request: List) -> Page:
    """The plan with its traces, of each question."""
    if not request.explain:
        raise RequestError("The view 'explain' answers questions; put them into explain", field="explain")
    of = cache(views.projects.of)
    ready = views.readiness()
    found = tuple(explained(one, of(one.project or request.project), ready) for one in request.explain)
    return Page("explain", explain=found, config=next((one.config for one in found if one.config), None))
