"""The view of the workflows, each with its last run: what the deck shows."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from tui.config.codec import write
from tui.core.config_verbs import StageDefault
from tui.core.evidence import gravest
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
    return Page("workflows", workflows=tuple(items), config=project.fault)


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
        digest=digest_of(workflow),
        worktree=workflow.worktree,
    )


def digest_of(workflow: Workflow) -> str:
    """Of all that the configuration says of a workflow."""
    return hashlib.sha256(write(workflow)).hexdigest()[:16]


def own_choice(stage: Stage) -> StageDefault:
    """What a stage itself says. A substep without a model of its own has its stage's, which is not said by it."""
    model, effort = split(stage.model if stage.part is None or stage.apart else None)
    effort = effort or stage.effort
    return StageDefault(model if isinstance(model, str) else None, effort if isinstance(effort, str) else None)


def _summary(stage: Stage, index: int) -> StageSummary:
    own = own_choice(stage)
    return StageSummary(
        name=one_line(stage_name(stage, index), 80),
        type=stage.type,
        profile=stage.profile,
        model=one_line(own.model, 200) if own.model is not None else None,
        effort=one_line(own.effort, 40) if own.effort is not None else None,
        part=one_line(stage.part, 80) if stage.part else None,
    )


def _last(run: Run) -> LastRun:
    running = [step.name for step in run.steps if step.started_at and not step.ended_at]
    return LastRun(
        task_id=run.task_id or "",
        status=run.status,
        verdict=gravest(step.verdict for step in run.steps),
        at=run.ended_at or run.started_at or run.created_at or "",
        stage=running[-1] if running else None,
    )
