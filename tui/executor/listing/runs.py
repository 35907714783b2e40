"""The views of what runs and ran: tasks, runs, output."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from tui.agents.base import Reader
from tui.core.errors import NotFoundError, RequestError
from tui.core.plain import one_line
from tui.core.run import Run, Step
from tui.core.verbs import List, Message, Page
from tui.executor.attempt import AttemptFolder
from tui.executor.commands import without_texts
from tui.executor.masking import reader_of
from tui.executor.tail import last_messages, messages

if TYPE_CHECKING:
    from tui.executor.views import Views


PREFIX_MOST = 50
"""Runs that are listed for the beginning of an id."""
MOST_MODELS = 50
"""Models that one page of runs is asked for at most."""


def tasks(views: Views, _request: List) -> Page:
    """Runs that have not ended."""
    return Page("tasks", tasks=tuple(map(without_texts, views.journal.live_runs())))


def runs(views: Views, request: List) -> Page:
    """All runs, the newest first, or those that are named; the query is a workflow's name."""
    if request.ids:
        known = (views.journal.run(one) for one in request.ids[: request.limit])
        return Page("runs", tasks=tuple(run for run in known if run is not None))
    if request.id_prefix is not None:
        return Page("runs", tasks=views.journal.runs_named(request.id_prefix, max(1, min(request.limit, PREFIX_MOST))))
    if len(request.models) > MOST_MODELS:
        raise RequestError(f"Name at most {MOST_MODELS} models", field="models")
    found, cursor = views.journal.runs(
        limit=request.limit,
        after=request.after,
        status=request.status or None,
        workflow=request.workflow or request.query,
        project=request.project,
        verdict=request.verdict,
        models=request.models,
    )
    return Page("runs", tasks=tuple(map(without_texts, found)), next=cursor)


def output(views: Views, request: List) -> Page:
    """What a step's agent said, from a place in its output on."""
    step = _step(views, request)
    if step.attempt is None:
        return Page("output", offset=request.offset)
    path, reader, ended = _read(views, step)
    found, offset = messages(path, reader, max(0, request.offset), request.limit, ended=ended)
    return Page("output", output=found, offset=offset)


def tail(views: Views, run: Run, count: int) -> tuple[Message, ...]:
    """The last messages of the newest step that was started."""
    started = [step for step in run.steps if step.attempt]
    if not started:
        return ()
    path, reader, ended = _read(views, started[-1])
    return last_messages(path, reader, count, ended=ended)


def _read(views: Views, step: Step) -> tuple[Path, Reader, bool]:
    """The output of a step that was started, a fresh reader for it, and whether it is whole."""
    reader = reader_of(step.agent_kind or "", step.attempt or "", step.sent, views.handed.secrets)
    attempt = views.journal.attempt(step.attempt or "")
    ended = attempt is None or attempt.state == "ended"
    return AttemptFolder(views.runs / (step.attempt or "")).out, reader, ended


def _step(views: Views, request: List) -> Step:
    """The step whose output is wanted; without an index the newest that was started, else the first.

    Where an attempt is named, the step as it was with that one.
    """
    if len(request.ids) != 1:
        raise RequestError("The view 'output' is of one task; name it in ids", field="ids")
    run = views.journal.run(request.ids[0])
    if run is None:
        raise NotFoundError(f"There is no task {one_line(request.ids[0], 80)!r}", field="ids")
    if request.attempt is not None:
        return _of_attempt(views, run, request.attempt)
    if request.step is None:
        started = [step for step in run.steps if step.attempt]
        return started[-1] if started else run.steps[0]
    if not 0 <= request.step < len(run.steps):
        raise RequestError(
            f"The run has no step with the index {request.step}; the last index is {len(run.steps) - 1}", field="step"
        )
    return run.steps[request.step]


def _of_attempt(views: Views, run: Run, attempt_id: str) -> Step:
    """The step of ``run`` as it was with an attempt, which may be one of the run that this one does again."""
    attempt = views.journal.attempt(attempt_id)
    kind = attempt.agent_kind if attempt is not None else None
    for step in run.steps:
        if attempt_id in (step.attempt, *(asked.attempt for asked in step.exchanges)):
            return replace(step, attempt=attempt_id, agent_kind=kind or step.agent_kind)
    if attempt is None or attempt.run_id != run.task_id:
        raise NotFoundError(f"The run has no attempt {one_line(attempt_id, 80)!r}", field="attempt")
    return replace(run.steps[attempt.step], attempt=attempt_id, agent_kind=kind)
