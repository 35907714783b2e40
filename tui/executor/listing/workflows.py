"""The view of the workflows, each with its last run: what the deck shows."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tui.core.items import LastRun, StageSummary, WorkflowItem
from tui.core.plain import one_line
from tui.core.resolver.written import split
from tui.core.run import Run
from tui.core.settings import Stage, Workflow
from tui.core.verbs import List, Page
from tui.executor.plan import stage_name

if TYPE_CHECKING:
    from tui.executor.views import Views


def workflows(views: Views, request: List) -> Page:
    """Those in force, then those that an untrusted folder would bring."""
    project = views.projects.of(request.project)
    last = views.journal.last_runs(str(project.folder)) if project.folder else {}
    items = [
        _item(name, workflow, project.loaded.origin.get(name, "user"), last.get(name))
        for name, workflow in project.settings.workflows.items()
    ]
    why_not = "this folder is not trusted"
    items += [
        _item(name, workflow, project.loaded.origin.get(name, "project"), None, why_not=why_not)
        for name, workflow in project.loaded.listed
        if name not in project.settings.workflows
    ]
    return Page("workflows", workflows=tuple(items))


def _item(name: str, workflow: Workflow, origin: str, last: Run | None, *, why_not: str | None = None) -> WorkflowItem:
    return WorkflowItem(
        name=name,
        title=one_line(workflow.title or name, 120),
        description=one_line(workflow.description, 400) if workflow.description else None,
        origin=origin,  # type: ignore[arg-type]
        stages=tuple(_summary(stage, index) for index, stage in enumerate(workflow.stages)),
        runnable=why_not is None,
        why_not=why_not,
        last=_last(last) if last else None,
        specs=workflow.specs,
        worktree=workflow.worktree,
    )


def _summary(stage: Stage, index: int) -> StageSummary:
    model, effort = split(stage.model)
    effort = effort or stage.effort
    return StageSummary(
        name=one_line(stage.name.strip() or stage_name(stage, index), 80),
        type=stage.type,
        profile=stage.profile,
        model=one_line(model, 200) if isinstance(model, str) else None,
        effort=one_line(effort, 40) if isinstance(effort, str) else None,
        part=one_line(stage.part, 80) if stage.part else None,
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
