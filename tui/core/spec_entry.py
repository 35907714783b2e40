"""What people enter into a spec, checked against what there is; every refusal names what would do.

Only what is entered is checked. What is stored already, however old or odd, stays as it is until somebody changes it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TypeVar

from tui.core.defaults import twin_of
from tui.core.errors import RequestError
from tui.core.plain import one_line
from tui.core.resolver.preferences import at_stage
from tui.core.resolver.written import said, split
from tui.core.settings import Settings, SpecType, Workflow, Written
from tui.core.spec import SDLC, STAGES, Spec, preferences
from tui.core.suggest import nearest

T = TypeVar("T")

LONGEST_TITLE = 200
"""Characters of a title."""
DEEPEST = 64
"""Maps and lists in one another."""

_STAGE_SETS: Mapping[str, tuple[str, ...] | None] = {"sdlc": SDLC, "all": None}


def title_of(written: str) -> str:
    """A title on one line. Raises :class:`RequestError` for one that says nothing."""
    title = one_line(written, LONGEST_TITLE)
    if not title:
        raise RequestError("A spec needs a title", field="title")
    return title


def workflow_for(kind: SpecType, chosen: str | None, workflows: Mapping[str, Workflow]) -> str | None:
    """The workflow of a spec of type ``kind``: the one that was chosen, else the one that serves its type.

    ``None`` where none does: such a spec can be kept and started later. Raises :class:`RequestError` where several
    do, and for a chosen one that is not there or serves other types alone.
    """
    serving = tuple(name for name, workflow in workflows.items() if kind in workflow.specs)
    if not chosen:
        if len(serving) > 1:
            raise RequestError(
                f"Several workflows serve a {kind}: {_listed(serving)}; choose one",
                suggestions=serving,
                field="workflow",
            )
        return serving[0] if serving else None
    if chosen not in workflows:
        raise unknown("workflow", chosen, serving or tuple(workflows), "workflow")
    serves = workflows[chosen].specs
    if serves and kind not in serves:
        instead = f"a {kind} is served by {_listed(serving)}" if serving else f"no workflow serves a {kind}"
        raise RequestError(
            f"The workflow {_short(chosen)!r} serves {_listed(serves)}; {instead}",
            suggestions=serving,
            field="workflow",
        )
    return chosen


# --- stages -----------------------------------------------------------------------------------------------------------


def stages_for(workflow: Workflow | None) -> tuple[str, ...]:
    """The stages that may be named: the workflow's own, then those that every form shows and it does not have."""
    own = tuple(stage.name.strip() for stage in workflow.stages if stage.type == "agent") if workflow else ()
    own = tuple(dict.fromkeys(name for name in own if name))
    return own + tuple(name for name in STAGES if name not in own and twin_of(name) not in own)


def chosen_for(workflow: Workflow | None) -> tuple[str, ...]:
    """The names under which a model may be chosen: a stage, and after it each of its substeps that stand apart."""
    names = {name: [name] for name in stages_for(workflow)}
    for stage in workflow.stages if workflow else ():
        if stage.apart and stage.name.strip() in names:
            names[stage.name.strip()].append(stage.label)
    return tuple(dict.fromkeys(name for own in names.values() for name in own))


def stage_named(written: str, names: Sequence[str], field: str, gates: Sequence[str] = ()) -> str:
    """The name among ``names`` that ``written`` means: case does not count, and a twin will do."""
    wanted = written.strip()
    known = (*names, *gates)
    by_fold = {name.casefold(): name for name in reversed(known)}
    folded = wanted.casefold()
    for name in (wanted if wanted in known else None, by_fold.get(folded), by_fold.get(twin_of(folded) or "")):
        if name is not None:
            return name
    raise unknown("stage", written, names, field)


def selection(written: Sequence[str], workflow: Workflow | None) -> tuple[str, ...] | None:
    """The stages to run, in order of their names' list; ``None`` for all. ``sdlc`` and ``all`` stand for sets.

    Raises :class:`RequestError` for an unknown name, and where nothing of the workflow would be left to run.
    """
    names = stages_for(workflow)
    gates = (
        tuple(stage.name for stage in workflow.stages if stage.type == "approval" and stage.name) if workflow else ()
    )
    chosen: set[str] = set()
    for one in written:
        whole = one.strip().casefold()
        if whole in _STAGE_SETS and one.strip() not in names:
            of_set = _STAGE_SETS[whole]
            if of_set is None:
                return None
            chosen.update(stage_named(name, names, "stages") for name in of_set)
        else:
            chosen.add(stage_named(one, names, "stages", gates))
    own = [stage.name.strip() for stage in workflow.stages if stage.type == "agent"] if workflow else list(names)
    if own and not chosen.intersection(own):
        raise RequestError(
            f"Nothing would run: none of the stages {_listed(own)} is selected", suggestions=tuple(own), field="stages"
        )
    return tuple(name for name in (*names, *gates) if name in chosen)


# --- models of stages -------------------------------------------------------------------------------------------------


def what_would_run(workflow: Workflow | None, settings: Settings) -> dict[str, Written]:
    """The model that each stage takes where nothing is chosen: the workflow's own, else the stage table's."""
    stages = [stage for stage in workflow.stages if stage.type == "agent"] if workflow else []
    own = {stage.chosen_as: stage for stage in stages}
    nobody = {stage.name.strip() for stage in stages} - own.keys()  # each substep of such a stage stands apart
    found: dict[str, Written] = {}
    for name in chosen_for(workflow):
        if name in nobody:
            continue
        stage = own.get(name)
        model, effort = split(stage.model) if stage else (None, None)
        effort = effort or (stage.effort if stage else None)
        if model is None or model == "inherit":
            model, table_effort = split(at_stage(settings.stage_models, name))
            effort = effort or table_effort
        entry = together(model, effort)
        if entry is not None:
            found[name] = entry
    return found


def of_preset(name: str, stages: Iterable[str], settings: Settings) -> dict[str, Written]:
    """What the preset picks for each of ``stages`` that it speaks of. Raises :class:`RequestError` if there is none."""
    if name not in settings.presets:
        raise unknown("preset", name, tuple(settings.presets), "preset")
    preset = settings.presets[name]
    return {stage: value for stage in stages if said(value := at_stage(preset, stage))}


def editable(spec: Spec) -> dict[str, Written]:
    """The spec's preferences as one map, those from the legacy places with them: what a change begins from."""
    found = preferences(spec)
    merged: dict[str, Written] = {}
    for one in found.maps if found is not None else ():
        for stage, value in one.items():
            if not said(at_stage(merged, stage)) and (stage not in merged or said(value)):
                merged[stage] = value
    return merged


def with_choice(base: Mapping[str, Written], stage: str, value: Written) -> dict[str, Written]:
    """``base`` with another choice for ``stage``, under that name alone; one that says nothing takes it away.

    It stays in its place, for people read the choices in the order in which they are stored.
    """
    twin = twin_of(stage)
    result: dict[str, Written] = {}
    for name, one in base.items():
        if name not in (stage, twin):
            result[name] = one
        elif said(value):
            result[stage] = value
    if said(value):
        result[stage] = value
    return result


def with_effort(base: Mapping[str, Written], stage: str, effort: str | None) -> dict[str, Written]:
    """``base`` with another effort for ``stage``, whose model stays."""
    value = at_stage(base, stage)
    model, _ = split(value)
    return with_choice(base, stage, together(model, effort))


def together(model: Written, effort: Written) -> Written:
    """A model and an effort as one entry; ``None`` where neither says anything."""
    if not said(effort):
        return model if said(model) else None
    return {"model": model, "effort": effort} if said(model) else {"effort": effort}


def too_deep(value: object) -> bool:
    """Whether ``value`` has more than :data:`DEEPEST` maps and lists in one another; such things can't be sent."""
    layer, depth = [value], 0
    while layer:
        depth += 1
        if depth > DEEPEST + 1:
            return True
        below: list[object] = []
        for one in layer:
            if isinstance(one, Mapping):
                below.extend(one.values())
            elif isinstance(one, list | tuple):
                below.extend(one)
        layer = below
    return False


def unknown(what: str, name: str, known: Sequence[str], field: str) -> RequestError:
    """The error for a name that is not there, with all that are."""
    near = nearest(name, known)
    listed = f"there is {_listed(known)}" if known else f"there is no {what} at all"
    return RequestError(f"Unknown {what} {_short(name)!r}; {listed}", suggestions=near or tuple(known), field=field)


def _listed(names: Iterable[str]) -> str:
    return ", ".join(_short(name) for name in names)


def _short(name: str) -> str:
    return one_line(name, 80)
