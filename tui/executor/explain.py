"""What would run, and why, for questions that are no run: nothing is started and no trust is needed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

from tui.core.errors import RequestError
from tui.core.items import Explain, Explained
from tui.core.plain import one_line
from tui.core.resolution import ResolutionRequest
from tui.core.run import Run, RunStatus, Step
from tui.core.settings import Stage, Workflow, Written
from tui.core.suggest import nearest
from tui.core.verbs import StartWorkflow
from tui.executor.plan import plan_of, step_of, workflow_of
from tui.executor.projects import Project
from tui.executor.readiness import Readiness


def explained(asked: Explain, project: Project, ready: Readiness) -> Explained:
    """Return the answer to one question: what can't be resolved is an error on its step, what can't start an obstacle.

    Raises :class:`RequestError` for a workflow, stage or profile that there is not.
    """
    with project.names_looked_up():
        found = _explained(asked, project, ready)
    return replace(found, config=project.fault)


def _explained(asked: Explain, project: Project, ready: Readiness) -> Explained:
    if asked.worker is not None:
        _known("profile", asked.worker, project.settings.profiles, "worker")
    if asked.workflow is None and asked.stage is None:
        return _task(asked, project, ready)
    workflow = _workflow(asked, project)
    start = StartWorkflow(
        workflow=asked.workflow or "",
        model=asked.model,
        effort=asked.effort,
        preset=asked.preset,
        step_models={**dict(_overrides(asked.stages, workflow)), **asked.step_models},
        attachments=asked.attachments,
        project=asked.project,
        dry_run=True,
    )
    run, trace = plan_of(workflow, start, project, spec=asked.spec, traced=True)
    run = ready.checked(run, project)
    if asked.workflow is None:
        run = replace(run, workflow=f"stage {one_line(asked.stage or '', 80)}", title=None)
    elif asked.stage is not None:
        wanted = set(_positions(asked.stage, workflow))
        steps = tuple(step for step in run.steps if step.index in wanted)
        run, trace = replace(run, steps=steps), tuple(rows for rows in trace if rows.index in wanted)
    return Explained(run, trace)


def _workflow(asked: Explain, project: Project) -> Workflow:
    """The workflow that is asked about, or one that has the asked stage alone."""
    usual = asked.worker or project.settings.default_profile
    if asked.workflow is None:
        return Workflow((Stage(asked.stage or "", profile=usual),))
    found = workflow_of(StartWorkflow(asked.workflow, dry_run=True), project)
    if asked.worker is not None:
        worked = (replace(one, profile=asked.worker) if one.type == "agent" else one for one in found.stages)
        found = replace(found, stages=tuple(worked))
    for name in filter(None, (asked.stage, *asked.stages)):
        _positions(name, found)
    return found


def _task(asked: Explain, project: Project, ready: Readiness) -> Explained:
    """A worker's task: a run of one step."""
    for field in ("spec", "step_models", "stages"):
        if getattr(asked, field):
            raise RequestError(
                f"{field} says something of a workflow's stages; name a workflow or a stage", field=field
            )
    profile = asked.worker or project.settings.default_profile
    if profile is None:
        raise RequestError("Explain what? Name a workflow, a stage or a worker", field="worker")
    question = ResolutionRequest(
        "worker",
        profile=profile,
        model=asked.model,
        effort=asked.effort,
        preset=asked.preset,
        attachments=asked.attachments,
    )
    name = one_line(profile, 80)
    step, rows = step_of(question, Step(0, name), Stage(profile=profile), project)
    run = Run(
        task_id=None,
        kind="worker",
        workflow=name,
        status=RunStatus.PENDING,
        steps=(step,),
        project=str(project.folder) if project.folder else None,
        attachments=asked.attachments,
        config_digest=project.loaded.digest,
        catalog_digest=project.catalog.digest,
    )
    return Explained(ready.checked(run, project), (rows,))


def _overrides(stages: Mapping[str, Written], workflow: Workflow) -> Iterator[tuple[str, Written]]:
    for name, written in stages.items():
        for index in _positions(name, workflow):
            yield str(index), written


def _positions(name: str, workflow: Workflow) -> list[int]:
    """Where the stage or substep ``name`` is. Raises :class:`RequestError` for nowhere."""
    found = workflow.positions(name)
    if not found:
        _known("stage", name, [stage.label for stage in workflow.stages if stage.label], "stage")
    return found


def _known(what: str, name: str, known: Mapping[str, object] | list[str], field: str) -> None:
    if name in known:
        return
    near = nearest(name, known)
    hint = f"did you mean {near[0]!r}?" if near else f"there is {', '.join(map(repr, list(known)[:5])) or 'none'}"
    raise RequestError(f"Unknown {what} {one_line(name, 80)!r}; {hint}", suggestions=near, field=field)
