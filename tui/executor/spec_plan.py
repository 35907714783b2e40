"""From a spec to a run: its workflow's stages that it selects, each with the model that it prefers."""

from __future__ import annotations

from dataclasses import dataclass, replace

from tui.core.errors import RequestError
from tui.core.resolver.written import said
from tui.core.run import Run, StepTrace
from tui.core.settings import Stage, Workflow
from tui.core.spec import Spec, choices_of, part_of, preference
from tui.core.spec_entry import workflow_for
from tui.core.spec_verbs import StartSpec
from tui.core.verbs import StartWorkflow
from tui.executor.plan import plan_of, workflow_of
from tui.executor.projects import Project

PATCH = "patch"
"""What the only step of a patch is called, and its workflow where none serves patches."""


@dataclass(frozen=True, slots=True)
class SpecPlan:
    """A run that a spec would have."""

    run: Run
    traces: tuple[StepTrace, ...]
    note: str | None
    """How many of its preferences are replaced for this run."""


def plan_spec(spec: Spec, parent: Spec | None, request: StartSpec, project: Project) -> SpecPlan:
    """The plan of ``spec``, a story of ``parent``, in ``project``.

    What can't be resolved is an error on its step. Raises :class:`RequestError` where there is nothing to run, and
    :class:`UntrustedError` where only an untrusted folder has the workflow.
    """
    name, workflow = _workflow(spec, request, project)
    part = part_of(workflow, spec)
    if not any(stage.type == "agent" for stage in part.stages):
        names = dict.fromkeys(stage.name for stage in workflow.stages if stage.type == "agent" and stage.name)
        listed = ", ".join(names) or "none with a name"
        raise RequestError(
            f"Nothing would run: spec {spec.id} selects none of the stages of {name!r} ({listed})", field="stages"
        )
    started = StartWorkflow(
        workflow=name,
        input=input_of(spec, parent),
        model=request.model,
        effort=request.effort,
        preset=request.preset,
        step_models=request.step_models,
        attachments=spec.attachments,
        worktree=request.worktree,
        dry_run=request.dry_run,
    )
    run, traces = plan_of(part, started, _with_workflow(project, name, part), spec=choices_of(spec), traced=True)
    if spec.type == "patch":
        run = replace(run, steps=tuple(replace(step, stage=PATCH) for step in run.steps))
        traces = tuple(replace(trace, stage=PATCH) for trace in traces)
    run = replace(run, kind="spec", spec_id=spec.id, title=spec.title)
    return SpecPlan(run, traces, _replaced(spec, run, part))


def input_of(spec: Spec, parent: Spec | None) -> str:
    """What the agents are told the work is about."""
    parts = [spec.title, spec.text]
    if parent is not None:
        parts += [f"This is a story of: {parent.title}", parent.text]
    return "\n\n".join(part.strip() for part in parts if part.strip())


def _workflow(spec: Spec, request: StartSpec, project: Project) -> tuple[str, Workflow]:
    workflows = project.settings.workflows
    name = spec.workflow or workflow_for(spec.type, None, workflows)
    if name is not None:
        return name, workflow_of(StartWorkflow(name, dry_run=request.dry_run), project)
    if spec.type == "patch":
        return PATCH, Workflow((Stage(profile=project.settings.default_profile),))
    raise RequestError(
        f"No workflow serves a {spec.type}; choose one with: modeldeck spec edit {spec.id} --workflow NAME",
        suggestions=tuple(workflows)[:5],
        field="workflow",
    )


def _with_workflow(project: Project, name: str, part: Workflow) -> Project:
    """``project`` whose workflow ``name`` is that part alone: steps are counted as they run."""
    settings = replace(project.settings, workflows={**project.settings.workflows, name: part})
    return replace(project, loaded=replace(project.loaded, settings=settings))


def _replaced(spec: Spec, run: Run, part: Workflow) -> str | None:
    if spec.type == "patch":
        return None
    names = dict.fromkeys(
        stage.chosen_as
        for step, stage in zip(run.steps, part.stages, strict=True)
        if step.type == "agent" and step.tier == "step override" and said(preference(spec, stage.chosen_as))
    )
    if not names:
        return None
    told = "1 stored preference is" if len(names) == 1 else f"{len(names)} stored preferences are"
    return f"{told} replaced for this run: {', '.join(names)}"
