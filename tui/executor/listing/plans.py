"""The views of what would run and why: plan, trace, explain."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from tui.core.errors import RequestError
from tui.core.verbs import List, Page
from tui.executor.explain import explained
from tui.executor.plan import plan, plan_or_error

if TYPE_CHECKING:
    from tui.executor.views import Views


def plans(views: Views, request: List) -> Page:
    """The plan of each request."""
    of = cache(views.projects.of)  # whether a folder is trusted is read from its files: once for all cards
    found = [plan_or_error(one, of(one.project or request.project)) for one in request.requests]
    return Page("plan", plan=tuple(found))


def traces(views: Views, request: List) -> Page:
    """What every tier said, of tasks that are there and of requests that are not."""
    of = cache(views.projects.of)
    asked = tuple(
        trace for one in request.requests for trace in plan(one, of(one.project or request.project), traced=True)[1]
    )
    stored = tuple(trace for task_id in request.ids for trace in views.journal.trace(task_id, request.step))
    wanted = [trace for trace in asked if request.step in (None, trace.index)]
    return Page("trace", trace=(*stored, *wanted))


def explanations(views: Views, request: List) -> Page:
    """The plan with its traces, of each question."""
    if not request.explain:
        raise RequestError("The view 'explain' answers questions; put them into explain", field="explain")
    of = cache(views.projects.of)
    return Page("explain", explain=tuple(explained(one, of(one.project or request.project)) for one in request.explain))
