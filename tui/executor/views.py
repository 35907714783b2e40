"""The views of ``task_list``: one function each, in one table."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

from tui import __version__
from tui.agents.base import Reader
from tui.agents.table import one_shot
from tui.core.catalog import Provider
from tui.core.errors import NotFoundError, RequestError
from tui.core.plain import one_line
from tui.core.reference import Reference
from tui.core.resolver import meaning
from tui.core.run import TERMINAL_STEP, Run, Step
from tui.core.settings import Workflow
from tui.core.verbs import (
    PROTOCOL,
    AliasItem,
    LastRun,
    List,
    Message,
    Page,
    StageSummary,
    Status,
    WorkflowItem,
)
from tui.executor.attempt import AttemptFolder
from tui.executor.conductor import Conductor
from tui.executor.environment import Handed
from tui.executor.plan import plan, plan_or_error, stage_name
from tui.executor.projects import Project, Projects
from tui.executor.slots import Slots
from tui.executor.tail import last_messages, messages
from tui.store.journal import Journal

LIMIT = 500
"""Rows that one page holds at most."""
TAGS = ("node", "node:fast", "node:vision", "node:docs")
"""What a picker offers beside the aliases."""


@dataclass(frozen=True)
class Views:
    """What can be listed."""

    state_folder: Path
    runs: Path
    pid: int
    started_at: str
    journal: Journal
    projects: Projects
    conductor: Conductor
    slots: Slots
    handed: Handed

    def page(self, request: List) -> Page:
        """One page of the view that ``request`` names."""
        if not 1 <= request.limit <= LIMIT:
            raise RequestError(f"limit must be from 1 to {LIMIT}", field="limit")
        return _VIEWS[request.view](self, request)

    def tail(self, run: Run, count: int) -> tuple[Message, ...]:
        """The last messages of the newest step that was started."""
        started = [step for step in run.steps if step.attempt]
        if not started:
            return ()
        path, reader, ended = self._read(started[-1])
        return last_messages(path, reader, count, ended=ended)

    def _read(self, step: Step) -> tuple[Path, Reader, bool]:
        """The output of a step that was started, a fresh reader for it, and whether it is whole."""
        reader = one_shot(step.agent_kind or "").reader(
            step.attempt or "", Reference.parse(step.sent) if step.sent else None
        )
        return AttemptFolder(self.runs / (step.attempt or "")).out, reader, step.status in TERMINAL_STEP

    # --- one method for each view -------------------------------------------------------------------------------------

    def _tasks(self, _request: List) -> Page:
        return Page("tasks", tasks=self.journal.live_runs())

    def _runs(self, request: List) -> Page:
        found, cursor = self.journal.runs(
            limit=request.limit, after=request.after, workflow=request.query, project=request.project
        )
        return Page("runs", tasks=found, next=cursor)

    def _plan(self, request: List) -> Page:
        of = cache(self.projects.of)  # whether a folder is trusted is read from its files: once for all cards
        plans = [plan_or_error(one, of(one.project or request.project)) for one in request.requests]
        return Page("plan", plan=tuple(plans))

    def _workflows(self, request: List) -> Page:
        project = self.projects.of(request.project)
        last = self.journal.last_runs(str(project.folder)) if project.folder else {}
        items = [
            _item(name, workflow, project.loaded.origin.get(name, "user"), last.get(name))
            for name, workflow in project.settings.workflows.items()
        ]
        why_not = "this folder is not trusted"
        items += [
            _item(name, workflow, "project", None, why_not=why_not)
            for name, workflow in project.loaded.listed
            if name not in project.settings.workflows
        ]
        return Page("workflows", workflows=tuple(items))

    def _models(self, request: List) -> Page:
        project = self.projects.of(request.project)
        providers = tuple(p for p in project.catalog if request.scope == "all" or p.usable)
        aliases = []
        for selector in (*TAGS, *project.settings.aliases):
            reference, note = meaning(selector, project.settings, project.catalog)
            aliases.append(AliasItem(selector, str(reference) if reference else None, note))
        return Page("models", models=tuple(_matching(p, request.query) for p in providers), aliases=tuple(aliases))

    def _status(self, request: List) -> Page:
        project = self.projects.of(request.project)
        settings = project.settings
        status = Status(
            pid=self.pid,
            version=__version__,
            protocol=PROTOCOL,
            state_folder=str(self.state_folder),
            started_at=self.started_at,
            running=self.slots.running,
            waiting=self.conductor.waiting(),
            queued=self.slots.waiting,
            project=str(project.folder) if project.folder else None,
            trusted=project.trust.trusted,
            trust_note=_trust_note(project),
            config_error=project.error,
            missing_environment=self.handed.missing(project.loaded.env_names),
            presets=tuple(settings.presets),
            agents=tuple(settings.agents),
            favourites=settings.favourites,
            theme=settings.theme,
            keymap=settings.keymap,
        )
        return Page("status", status=status)

    def _output(self, request: List) -> Page:
        step = self._step(request)
        if step.attempt is None:
            return Page("output", offset=request.offset)
        path, reader, ended = self._read(step)
        found, offset = messages(path, reader, max(0, request.offset), request.limit, ended=ended)
        return Page("output", output=found, offset=offset)

    def _trace(self, request: List) -> Page:
        of = cache(self.projects.of)
        traces = tuple(
            trace for one in request.requests for trace in plan(one, of(one.project or request.project), traced=True)[1]
        )
        stored = tuple(trace for task_id in request.ids for trace in self.journal.trace(task_id, request.step))
        wanted = [trace for trace in traces if request.step in (None, trace.index)]
        return Page("trace", trace=(*stored, *wanted))

    def _step(self, request: List) -> Step:
        """The step whose output is wanted; without an index the newest that was started, else the first."""
        if len(request.ids) != 1:
            raise RequestError("The view 'output' is of one task; name it in ids", field="ids")
        live = self.conductor.live(request.ids[0])
        run = live.run if live else self.journal.run(request.ids[0])
        if run is None:
            raise NotFoundError(f"There is no task {one_line(request.ids[0], 80)!r}", field="ids")
        if request.step is None:
            started = [step for step in run.steps if step.attempt]
            return started[-1] if started else run.steps[0]
        if not 0 <= request.step < len(run.steps):
            raise RequestError(f"The run has no step {request.step}; its last is {len(run.steps) - 1}", field="step")
        return run.steps[request.step]


_VIEWS: Mapping[str, Callable[[Views, List], Page]] = {
    "tasks": Views._tasks,
    "runs": Views._runs,
    "plan": Views._plan,
    "workflows": Views._workflows,
    "models": Views._models,
    "status": Views._status,
    "output": Views._output,
    "trace": Views._trace,
}


def _trust_note(project: Project) -> str | None:
    return None if project.trust.trusted else one_line("; ".join((project.trust.note, *project.loaded.foreign)))


def _item(name: str, workflow: Workflow, origin: str, last: Run | None, *, why_not: str | None = None) -> WorkflowItem:
    stages = tuple(
        StageSummary(
            one_line(stage_name(stage, index), 80),
            stage.type,
            stage.profile,
            one_line(stage.model, 200) if isinstance(stage.model, str) else None,
        )
        for index, stage in enumerate(workflow.stages)
    )
    return WorkflowItem(
        name=name,
        title=one_line(workflow.title or name, 120),
        description=one_line(workflow.description, 400) if workflow.description else None,
        origin=origin,  # type: ignore[arg-type]
        stages=stages,
        runnable=why_not is None,
        why_not=why_not,
        last=_last(last) if last else None,
    )


def _last(run: Run) -> LastRun:
    running = [step.stage for step in run.steps if step.started_at and not step.ended_at]
    return LastRun(
        task_id=run.task_id or "",
        status=run.status,
        verdict=worst_verdict(run),
        at=run.ended_at or run.started_at or run.created_at or "",
        stage=running[-1] if running else None,
    )


def worst_verdict(run: Run) -> str:
    """The verdict that a person must see first among those of the steps."""
    found = {step.verdict for step in run.steps}
    return next((verdict for verdict in ("differs", "unproven", "observed", "confirmed") if verdict in found), "none")


def _matching(provider: Provider, query: str | None) -> Provider:
    """``provider`` with the models whose reference or name holds every word of ``query``."""
    if not query:
        return provider
    words = query.casefold().split()
    models = tuple(
        model
        for model in provider.models
        if all(word in f"{provider.id}/{model.id} {model.name or ''}".casefold() for word in words)
    )
    return replace(provider, models=models)
