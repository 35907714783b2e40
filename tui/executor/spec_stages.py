"""The stages of a spec: choices laid over what it has, checked as they are entered, and what a form shows of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import TypeVar

from tui.core.errors import RequestError, ResolutionError
from tui.core.plain import one_line
from tui.core.resolution import ResolutionRequest
from tui.core.resolver import resolve
from tui.core.resolver.preferences import at_stage
from tui.core.resolver.written import quoted, said, split
from tui.core.run import Run
from tui.core.settings import Workflow, Written
from tui.core.spec import Spec, part_of, preference, preferences, selects
from tui.core.spec_entry import chosen_for, of_preset, stage_named, with_choice, with_effort
from tui.core.spec_verbs import SpecStage
from tui.core.suggest import nearest
from tui.executor.projects import Project

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Choices:
    """What somebody picked for stages, the narrower over the wider."""

    every_stage: Written = None
    preset: str | None = None
    stage_models: Mapping[str, Written] | None = None
    stage_efforts: Mapping[str, str | None] = field(default_factory=dict)

    def __bool__(self) -> bool:
        """Whether anything was picked; an empty map of stages says that there is one."""
        return said(self.every_stage) or bool(self.preset) or self.stage_models is not None or bool(self.stage_efforts)


def laid_over(
    base: Mapping[str, Written] | None, choices: Choices, workflow: Workflow | None, project: Project
) -> dict[str, Written] | None:
    """``base`` with ``choices``; ``None`` where there is neither.

    Raises :class:`RequestError` for a stage or preset that is not there, :class:`ResolutionError` for a model.
    """
    if not choices:
        return None if base is None else dict(base)
    result = dict(base or {})
    names = chosen_for(workflow)
    touched: set[str] = set()
    if said(choices.every_stage):
        touched.update(names)
        for name in names:
            result = with_choice(result, name, choices.every_stage)
    if choices.preset:
        for name, value in of_preset(choices.preset, names, project.settings).items():
            touched.add(name)
            result = with_choice(result, name, value)
    for written, value in _by_name(choices.stage_models or {}, names, "stage_models", result).items():
        touched.add(written)
        result = with_choice(result, written, value)
    for written, effort in _by_name(choices.stage_efforts, names, "stage_efforts", result).items():
        touched.add(written)
        result = with_effort(result, written, effort)
    for name in names:
        if name in touched and (wrong := trouble(name, result.get(name), workflow, project)) is not None:
            raise ResolutionError(f"{name}: {wrong.message}", suggestions=wrong.suggestions, field="stage_models")
    return result


def trouble(stage: str, value: Written, workflow: Workflow | None, project: Project) -> ResolutionError | None:
    """Why ``value`` can't be the model of ``stage``, for whoever does that stage; ``None``: it can."""
    model, effort = split(value)
    if model is None:
        return None
    profile = (
        next((one.profile for one in workflow.stages if stage in (one.name.strip(), one.label)), None)
        if workflow
        else None
    )
    if profile not in project.settings.profiles:
        profile = None
    question = ResolutionRequest(
        "worker", profile=profile, model=model, effort=effort if isinstance(effort, str | None) else str(effort)
    )
    try:
        resolve(question, project.settings, project.catalog)
    except ResolutionError as error:
        return ResolutionError(error.message.removeprefix("message override: "), suggestions=error.suggestions)
    return None


def odd_parts(spec: Spec, project: Project) -> tuple[str, ...]:
    """What in a stored spec leads nowhere now: its folder, its workflow, stages, models. Nothing of it is changed."""
    notes = []
    if spec.project and (project.folder is None or str(project.folder) != spec.project):
        notes.append(f"its project {one_line(spec.project, 200)} is no folder here; name one when it is started")
    workflows = project.settings.workflows
    if spec.workflow is not None and spec.workflow not in workflows:
        near = nearest(spec.workflow, workflows)
        hint = f"; did you mean {near[0]!r}?" if near else ""
        notes.append(f"its workflow {one_line(spec.workflow, 80)!r} is not there{hint}")
    stages = stages_of(spec, project, judged=True)
    return (*notes, *(f"{stage.name}: {stage.note}" for stage in stages if stage.note))


def stages_of(spec: Spec, project: Project, *, judged: bool) -> tuple[SpecStage, ...]:
    """Every stage that the spec may run or speaks of; ``judged``: with what is wrong with its preference."""
    workflow = project.settings.workflows.get(spec.workflow or "")
    names = chosen_for(workflow)
    own = {stage.name.strip(): stage.type for stage in workflow.stages if stage.name} if workflow else {}
    wholes = {stage.label: stage.name.strip() for stage in workflow.stages if stage.apart} if workflow else {}
    says = {stage.chosen_as: split(stage.model)[0] for stage in workflow.stages} if workflow else {}
    gates = tuple(name for name, kind in own.items() if kind == "approval")
    waits = {stage.name.strip() for stage in part_of(workflow, spec).stages} if workflow else set()
    mentioned = [*(spec.stages or ())]
    for one in found.maps if (found := preferences(spec)) is not None else ():
        mentioned += one
    known = {*names, *gates}
    strange = [name for name in dict.fromkeys(mentioned) if not _known(name, known)]
    rows = []
    for name in (*names, *gates, *strange):
        value = preference(spec, name)
        model, effort = split(value)
        note = None
        if judged and name in strange:
            note = f"there is no such stage (there is {', '.join(names)}); it is kept and not read"
        elif judged and said(value) and (wrong := trouble(name, value, workflow, project)) is not None:
            note = wrong.message
        rows.append(
            SpecStage(
                name=one_line(name, 80),
                selected=name in waits if name in gates else selects(spec, wholes.get(name, name)),
                model=_shown(model),
                effort=_shown(effort),
                type="approval" if name in gates else "agent",
                runs=name in own or name in wholes,
                note=one_line(note, 400) if note else None,
                follows=one_line(wholes[name], 80) if name in wholes else None,
                own=_shown(says.get(name)),
            )
        )
    return tuple(rows)


def with_refusals(stages: tuple[SpecStage, ...], run: Run) -> tuple[SpecStage, ...]:
    """Return ``stages`` with what would refuse a start of ``run``, the spec's plan."""
    names = {stage.name for stage in stages}
    found: dict[str, str] = {}
    for step in run.steps:
        errors = [step.error] if step.error is not None else step.obstacles
        for error in errors[:1]:
            found.setdefault(step.name if step.name in names else step.stage, error.message)
    return tuple(
        replace(stage, refusal=one_line(found[stage.name], 400)) if stage.name in found else stage for stage in stages
    )


def _known(name: str, known: set[str]) -> bool:
    return name in known or at_stage(dict.fromkeys(known, "yes"), name) is not None


def _shown(value: Written) -> str | None:
    if value is None:
        return None
    return one_line(value, 200) if isinstance(value, str) else quoted(value)


def _by_name(
    written: Mapping[str, T], names: tuple[str, ...], field: str, present: Mapping[str, Written]
) -> dict[str, T]:
    """``written`` by the stages' own names. A strange stage that is stored already may be changed too."""
    result: dict[str, T] = {}
    for key, value in written.items():
        name = key if key in present and key not in names else stage_named(key, names, field)
        if name in result:
            raise RequestError(f"{field} names the stage {name!r} twice", field=field)
        result[name] = value
    return result
