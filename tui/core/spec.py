"""Specs: the tickets that people write, each with the model of every stage. What one selects, prefers and runs.

A field of type :data:`Written` holds what somebody wrote or an older program left; it is kept as it came, and the
resolver alone judges it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import get_args

from tui.core.defaults import STAGE_MODELS, twin_of
from tui.core.resolution import Attachment, SpecChoices
from tui.core.resolver.preferences import Preferences, at_stage, preferences_of
from tui.core.resolver.written import said
from tui.core.settings import SpecType, Stage, Workflow, Written

SPEC_TYPES: tuple[SpecType, ...] = get_args(SpecType)

STAGES: tuple[str, ...] = tuple(STAGE_MODELS)
"""The stages that every form shows, in their order."""

SDLC: tuple[str, ...] = ("plan", "implement", "test", "review", "document")
"""The preset of stages: the whole cycle, without clarify and merge."""

NO_MAP: Preferences = Preferences(())


@dataclass(frozen=True, slots=True)
class Spec:
    """A ticket as it is stored, shown and sent. How far it is, its runs tell; that is not stored."""

    id: str
    type: SpecType
    title: str
    text: str = ""
    attachments: tuple[Attachment, ...] = ()
    project: str | None = None
    """The folder that it is about, its real path."""
    parent: str | None = None
    """The id of the spec that it is a story of."""
    workflow: str | None = None
    """``None``: nothing served its type when it was made."""
    stages: tuple[str, ...] | None = None
    """The stages that are to run; ``None`` is every one."""
    stage_models: Written = None
    """What each stage prefers, a selector or ``{model, effort}``, also those that are not to run. ``None`` is no map
    at all, which is not the same as an empty one."""
    model_set: Written = None
    """The column of the command map, and the set, that speak where there is no map."""
    orchestrator_state: Written = None
    """Where older programs kept preferences; left as it came."""
    extra: Mapping[str, object] = field(default_factory=dict)
    """What an imported spec brought that has no field here; left as it came."""
    version: int = 1
    """Counts changes: who changes an older one than is stored is told."""
    created_at: str | None = None
    updated_at: str | None = None


def usual_set(kind: SpecType) -> str:
    """The model set that a new spec is stored with."""
    return "heavy" if kind == "feature" else "base"


def choices_of(spec: Spec) -> SpecChoices:
    """What the spec says about models, for the resolver."""
    return SpecChoices(spec.type, spec.model_set, spec.stage_models, spec.orchestrator_state)


def preferences(spec: Spec) -> Preferences | None:
    """The spec's preference maps, a patch's too, although they are not read when it runs; ``None``: it has none."""
    return preferences_of(replace(choices_of(spec), type=None))


def preference(spec: Spec, stage: str) -> Written:
    """What the spec prefers for ``stage``, by its own name or its twin's; ``None``: nothing."""
    found = (at_stage(one, stage) for one in (preferences(spec) or NO_MAP).maps)
    return next((value for value in found if said(value)), None)


def selects(spec: Spec, stage: str) -> bool:
    """Whether ``stage`` is to run. The exact name counts, else its twin's."""
    return spec.stages is None or stage in spec.stages or twin_of(stage) in spec.stages


def part_of(workflow: Workflow, spec: Spec) -> Workflow:
    """What of ``workflow`` runs for ``spec``: the stages that it selects, in the workflow's order.

    A gate goes with the agent's stage before it, for that is what a person approves there, unless it is selected
    by its own name. A patch is one step without a stage, done as the workflow's first agent stage is.
    """
    if spec.type == "patch":
        first = next((stage for stage in workflow.stages if stage.type == "agent"), Stage())
        return replace(workflow, stages=(replace(first, name="", model=None, effort=None, part=None, apart=False),))
    kept: list[Stage] = []
    before = True
    for stage in workflow.stages:
        if stage.type == "agent":
            before = selects(spec, stage.name.strip())
            wanted = before
        else:
            wanted = before or (spec.stages is not None and stage.name in spec.stages)
        if wanted:
            kept.append(stage)
    return replace(workflow, stages=tuple(kept))
