"""From a request to a run whose every step has its model: the plan, which is also what a started run begins as."""

from __future__ import annotations

from dataclasses import replace

from tui.core.endpoint import provider_of
from tui.core.errors import ModeldeckError, RequestError, ResolutionError, UntrustedError
from tui.core.plain import one_line
from tui.core.resolution import Resolution, ResolutionRequest, SpecChoices, TraceRow
from tui.core.resolver import resolve
from tui.core.run import Run, RunChoices, RunStatus, Step, StepTrace, Worktree
from tui.core.settings import ASKING, Stage, Workflow
from tui.core.suggest import nearest
from tui.core.verbs import StartWorkflow
from tui.executor.commands import called_by, own_line, with_command
from tui.executor.projects import Project
from tui.executor.prompt import stage_prompt


def workflow_of(request: StartWorkflow, project: Project) -> Workflow:
    """The workflow that is asked for.

    Raises :class:`UntrustedError` if only the folder that is not trusted has it, else :class:`RequestError`.
    """
    workflow = project.settings.workflows.get(request.workflow)
    if workflow is not None:
        return workflow
    listed = dict(project.loaded.listed)
    if request.workflow in listed:
        if request.dry_run:
            return listed[request.workflow]
        raise _untrusted(project)
    name = one_line(request.workflow, 80)
    near = nearest(request.workflow, (*project.settings.workflows, *listed))
    hint = f"; did you mean {near[0]!r}?" if near else ""
    raise RequestError(f"Unknown workflow {name!r}{hint}", suggestions=near, field="workflow")


def plan(request: StartWorkflow, project: Project, *, traced: bool = False) -> tuple[Run, tuple[StepTrace, ...]]:
    """Every step of the run with its model and why, and the traces if they are asked for.

    What can't be resolved is an error on its step; :func:`first_error` finds it. Raises what
    :func:`workflow_of` does.
    """
    with project.names_looked_up():
        workflow = workflow_of(request, project)
    return plan_of(workflow, request, project, traced=traced)


def plan_of(
    workflow: Workflow, request: StartWorkflow, project: Project, *, spec: SpecChoices | None = None, traced: bool
) -> tuple[Run, tuple[StepTrace, ...]]:
    """:func:`plan` for a workflow at hand; ``spec`` is what a spec says about models."""
    only_listed = request.workflow not in project.settings.workflows and request.workflow in dict(project.loaded.listed)
    steps, traces = [], []
    for index, stage in enumerate(workflow.stages):
        step = Step(
            index,
            one_line(stage_name(stage, index), 80),
            stage.type,
            part=one_line(stage.part, 80) if stage.part else None,
            interactive=stage.interactive and stage.type == "agent",
        )
        if only_listed:
            step, rows = replace(step, error=_untrusted(project).body()), StepTrace(index, step.name, ())
        else:
            question = replace(_question(request, project, index, stage), spec=spec)
            step, rows = step_of(question, step, stage, project, given=request.input)
        steps.append(step)
        if traced:
            traces.append(rows)
    run = Run(
        task_id=None,
        kind="workflow",
        workflow=request.workflow,
        status=RunStatus.PENDING,
        steps=tuple(steps),
        title=one_line(workflow.title or request.workflow, 120),
        project=str(project.folder) if project.folder else None,
        input=request.input,
        attachments=request.attachments,
        choices=RunChoices(request.model, request.effort, request.preset, request.step_models),
        on_mismatch=project.settings.on_mismatch,
        worktree=Worktree() if (workflow.worktree if request.worktree is None else request.worktree) else None,
        config_digest=project.loaded.digest,
        catalog_digest=project.catalog.digest,
    )
    return run, tuple(traces)


def plan_or_error(request: StartWorkflow, project: Project) -> Run:
    """The plan; a request that has none comes back as a run without steps that carries the error."""
    try:
        return plan(request, project)[0]
    except ModeldeckError as error:
        return Run(None, "workflow", one_line(request.workflow, 120), RunStatus.FAILED, (), error=error.body())


def first_error(run: Run) -> ModeldeckError | None:
    """The first step that can't run, as the error that a start ends with."""
    for step in run.steps:
        if step.error is not None:
            return ResolutionError(
                f"{step.numbered}: {step.error.message}", suggestions=step.error.suggestions, field=step.error.field
            )
    return None


def stage_name(stage: Stage, index: int) -> str:
    """What a step is called where its stage has no name."""
    return stage.name.strip() or ("approve" if stage.type == "approval" else f"step {index + 1}")


def step_of(
    question: ResolutionRequest, step: Step, stage: Stage, project: Project, *, given: str = ""
) -> tuple[Step, StepTrace]:
    """``step``, which does the work of ``stage``, with its model or with the error, and the trace.

    ``given`` is the run's input.
    """
    if stage.type == "agent" and stage.profile is None:
        error = RequestError(f"Stage {step.stage!r} names no profile, so nobody does its work", field="profile")
        return replace(step, error=error.body()), StepTrace(step.index, step.name, ())
    rows: tuple[TraceRow, ...] = ()
    try:
        called = called_by(stage, project)
        if called is not None and called.found is not None:
            question = replace(question, command_model=called.found.model)
        resolution = resolve(question, project.settings, project.catalog)
        rows = resolution.trace
        resolved = _resolved(step, replace(stage, command=own_line(called)), resolution, project)
        step = with_command(resolved, called, given, project)
        if (agent := project.settings.agents.get(resolution.agent or "")) is not None:
            provider_of(resolution.agent or "", agent, resolution.reference, project.settings)
    except RequestError as error:
        rows = error.trace if isinstance(error, ResolutionError) else rows
        step = replace(step, error=error.body())
    return step, StepTrace(step.index, step.name, rows)


def _untrusted(project: Project) -> UntrustedError:
    """Why a workflow that only a folder which is not trusted has is listed and no more."""
    try:
        project.require_trust()
    except UntrustedError as error:
        return error
    return UntrustedError("The folder was trusted only now; ask again", field="workflow")


def _question(request: StartWorkflow, project: Project, index: int, stage: Stage) -> ResolutionRequest:
    return ResolutionRequest(
        kind="step",
        workflow=request.workflow if request.workflow in project.settings.workflows else None,
        stage=stage.chosen_as or None,
        index=index,
        profile=stage.profile if stage.type == "agent" else None,
        command=stage.command,
        step_models=request.step_models,
        model=request.model,
        effort=request.effort,
        preset=request.preset,
        requires=stage.requires,
        attachments=request.attachments,
    )


def _resolved(step: Step, stage: Stage, resolution: Resolution, project: Project) -> Step:
    settings = project.settings
    profile = settings.profiles.get(stage.profile or "")
    agent = settings.agents.get(resolution.agent or "")
    warnings = resolution.warnings
    if step.interactive and agent is not None and agent.kind not in ASKING:
        warnings += (f"the agent {resolution.agent} can't ask anything, so it goes on without an answer",)
    return replace(
        step,
        asked=one_line(resolution.selector, 200) if resolution.selector else None,
        sent=str(resolution.reference) if resolution.reference else None,
        tier=resolution.tier,
        reason=resolution.reason,
        effort=resolution.effort,
        warnings=warnings,
        agent=resolution.agent,
        agent_kind=agent.kind if agent else None,
        permission=profile.permission if profile and stage.type == "agent" else None,
        prompt=stage_prompt(stage, profile) if stage.type == "agent" else None,
        timeout=stage.timeout,
    )
