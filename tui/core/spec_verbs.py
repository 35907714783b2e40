"""What is asked about specs and answered: the ops ``spec.*``, the start of a spec, rows of the view ``specs``."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from tui.core.resolution import Attachment
from tui.core.settings import SpecType, Written
from tui.core.spec import Spec


@dataclass(frozen=True, slots=True)
class StartSpec:
    """Run a spec, or with ``dry_run`` say what would run. What is chosen here is for this run alone."""

    spec_id: str
    kind: Literal["spec"] = "spec"
    model: Written = None
    effort: str | None = None
    preset: str | None = None
    step_models: Mapping[str, Written] = field(default_factory=dict)
    """By step of this run, counted from 0, gates too."""
    project: str | None = None
    """The folder to work in; by default the spec's own."""
    worktree: bool | None = None
    """Whether it works in a git worktree of its own; ``None``: as the workflow says."""
    dry_run: bool = False
    start_anyway: bool = False
    """Start although a step can't start here; it fails when its turn comes."""


@dataclass(frozen=True, slots=True)
class CreateSpec:
    """Write a spec. With ``dry_run`` it is checked and answered as it would be stored, which is what a form shows."""

    type: SpecType
    title: str
    kind: Literal["op"] = "op"
    op: Literal["spec.create"] = "spec.create"
    text: str = ""
    attachments: tuple[Attachment, ...] = ()
    project: str | None = None
    parent: str | None = None
    """The spec that it is a story of."""
    workflow: str | None = None
    """``None``: the one that serves its type; where several do it has to be chosen."""
    stages: tuple[str, ...] | None = None
    """The stages to run, or ``sdlc``; ``None`` is all."""
    stage_models: Mapping[str, Written] | None = None
    """A selector or ``{model, effort}`` by stage."""
    stage_efforts: Mapping[str, str | None] = field(default_factory=dict)
    """An effort by stage, for the model that the stage has otherwise."""
    every_stage: Written = None
    """One choice for all stages; ``preset`` and ``stage_models`` are laid over it."""
    preset: str | None = None
    """A choice for each stage that the preset names; ``stage_models`` is laid over it."""
    model_set: str | None = None
    """``None``: ``heavy`` for a feature, else ``base``."""
    fill: bool = True
    """Store for the other stages what would run now. Without it they have no preference, and where nothing at all is
    chosen the spec has no map."""
    dry_run: bool = False


@dataclass(frozen=True, slots=True)
class UpdateSpec:
    """Change a spec: a field that is ``None`` stays. ``version`` is the one that the person saw."""

    spec_id: str
    version: int
    kind: Literal["op"] = "op"
    op: Literal["spec.update"] = "spec.update"
    type: SpecType | None = None
    title: str | None = None
    text: str | None = None
    attachments: tuple[Attachment, ...] | None = None
    project: str | None = None
    parent: str | None = None
    """Empty: it is nobody's story any more."""
    workflow: str | None = None
    """Empty: the one that serves its type."""
    stages: tuple[str, ...] | None = None
    """The stages to run, or ``all``, or ``sdlc``."""
    stage_models: Mapping[str, Written] | None = None
    """Choices by stage; ``null`` takes one away; stages that are not named keep theirs."""
    stage_efforts: Mapping[str, str | None] = field(default_factory=dict)
    every_stage: Written = None
    preset: str | None = None
    model_set: str | None = None
    reset: Literal["filled", "empty", "none"] | None = None
    """What the other changes begin from in place of the stored preferences: what would run now, an empty map (the
    stage table speaks), or no map (the command map and the model set speak)."""
    dry_run: bool = False


@dataclass(frozen=True, slots=True)
class DeleteSpec:
    """Take a spec away. Its runs stay. ``version`` is the one that the person saw."""

    spec_id: str
    version: int
    kind: Literal["op"] = "op"
    op: Literal["spec.delete"] = "spec.delete"


@dataclass(frozen=True, slots=True)
class ImportSpecs:
    """Write the specs that a file of another program holds, as they are: nothing in them is refused or lost."""

    document: object
    kind: Literal["op"] = "op"
    op: Literal["spec.import"] = "spec.import"
    project: str | None = None
    """The folder of those that name none."""
    dry_run: bool = False


SpecOp = CreateSpec | UpdateSpec | DeleteSpec | ImportSpecs


@dataclass(frozen=True, slots=True)
class Imported:
    """What became of one thing in an imported file."""

    index: int
    """Counts them from 0."""
    spec: Spec | None = None
    """``None``: it could not be read as a spec."""
    notes: tuple[str, ...] = ()
    """What is odd about it, or why it could not be read."""


@dataclass(frozen=True, slots=True)
class SpecStage:
    """A stage of a spec, as its form shows it."""

    name: str
    selected: bool
    model: str | None = None
    """The preferred selector; ``None``: nothing, or nothing that can be shown."""
    effort: str | None = None
    type: Literal["agent", "approval"] = "agent"
    runs: bool = True
    """Whether the spec's workflow has it."""
    note: str | None = None
    """What is wrong with the preference."""
    refusal: str | None = None
    """Why a start would be refused at this stage; only in the answer of a dry run."""
    follows: str | None = None
    """The stage whose substep it is, and with which it runs or does not."""
    own: str | None = None
    """The selector that its workflow gives it; ``None``: none, or none that can be shown."""


@dataclass(frozen=True, slots=True)
class SpecItem:
    """A spec in a list, with what is derived of it."""

    spec: Spec
    status: str
    """``new``, or the status of its newest run."""
    has_preferences: bool
    """Whether it has a preference map, be it an empty one, or legacy preferences."""
    stages: tuple[SpecStage, ...] = ()
    stories: int = 0
    """How many specs are stories of it."""
    task_id: str | None = None
    """Its newest run."""
    verdict: str = "none"
    at: str | None = None
    """When that run ended, or else began."""
