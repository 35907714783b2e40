"""A spec while it is written: what a person entered, laid over what would be stored; the executor judges it.

Only what the person touched is sent, so that what somebody else changed meanwhile, and what is odd in an old spec,
stays. A stage's choice stays also while the stage is off.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields

from tui.core.errors import ErrorBody
from tui.core.resolution import Attachment
from tui.core.settings import SpecType, Written
from tui.core.spec import SDLC, STAGES, Spec
from tui.core.spec_verbs import CreateSpec, SpecItem, SpecStage, UpdateSpec

UNTITLED = "untitled"
"""What a spec without a title is called while it is only looked at."""

FIELDS = ("title", "text", "type", "workflow", "model_set", "attachments", "project", "parent")
"""What a person writes beside the stages."""

TYPED = ("title", "text", "base", "stages", "usual_set", "stale", "history")
"""What undo leaves as it is: what the user types, and what the executor answered."""

Choice = tuple[str | None, str | None]
"""Selector and effort; ``None`` says nothing."""


@dataclass(slots=True)
class Draft:
    """A new spec, or changes to one that is stored."""

    type: SpecType = "feature"
    title: str = ""
    text: str = ""
    workflow: str | None = None
    """``None``: the one that serves its type."""
    model_set: Written = None
    """``None``: the usual one of its type."""
    attachments: tuple[Attachment, ...] = ()
    project: str | None = None
    """``None``: the dashboard's own folder."""
    parent: str | None = None
    usual_set: Written = None
    """The set that it would be stored with."""
    base: Spec | None = None
    """What it began from; ``None`` for a new one."""
    serves: str | None = None
    """The workflow that it takes where it is stored without one."""
    stages: tuple[SpecStage, ...] = ()
    """As the executor would store them."""
    touched: dict[str, Choice] = field(default_factory=dict)
    """Choices that the person made, by stage."""
    switched: dict[str, bool] = field(default_factory=dict)
    """Stages that the person switched on or off."""
    every: str | None = None
    """A selector that a new spec has for all stages, until a stage is given another."""
    reset: bool = False
    """Whether the stored choices give way to what would run now."""
    preset: str | None = None
    """The preset that was taken last; see :attr:`in_force`."""
    laid: dict[str, Choice] = field(default_factory=dict)
    """What every stage has with it."""
    own: dict[str, Choice] = field(default_factory=dict)
    """The user's choices from before the preset."""
    stale: bool = False
    """Whether ``stages`` are of the draft before the newest choice, until the executor answers."""
    history: list[dict[str, object]] = field(default_factory=list)
    """The draft before each choice, the newest last."""
    theirs: dict[str, str] = field(default_factory=dict)
    """Where somebody else changed meanwhile what was changed here too: what is stored now, by field or stage."""

    @classmethod
    def of(cls, item: SpecItem) -> Draft:
        """A stored spec as it is."""
        fields = {name: getattr(item.spec, name) for name in FIELDS}
        return cls(**fields, base=item.spec, stages=item.stages)

    @property
    def changed(self) -> bool:
        """Whether there is anything to lose."""
        base = self.base
        if base is None:
            return bool(self.title.strip() or self.text.strip() or self.attachments or self.touched or self.switched)
        fields = any(getattr(self, name) != getattr(base, name) for name in FIELDS)
        return fields or bool(self.touched or self.switched or self.reset)

    @property
    def flow(self) -> str | None:
        """The workflow that it is run with; ``None`` where one has to be chosen."""
        return self.workflow or self.serves

    @property
    def _turned(self) -> bool:
        """Whether another type or workflow was chosen than what is stored."""
        base = self.base
        return base is not None and (self.type != base.type or self.workflow != base.workflow)

    def on(self, stage: SpecStage) -> bool:
        """Whether the stage is to run."""
        return self.switched.get(stage.follows or stage.name, stage.selected)

    def choice(self, stage: SpecStage) -> Choice:
        """What it is to run as, also while it is off."""
        return self.touched.get(stage.name, (stage.model, stage.effort))

    @property
    def agents(self) -> tuple[SpecStage, ...]:
        """The stages that an agent does."""
        return tuple(stage for stage in self.stages if stage.type == "agent")

    @property
    def in_force(self) -> str | None:
        """The preset that every stage has; ``None`` where one of them has another choice."""
        has = {stage.name: self.choice(stage) for stage in self.agents}
        return self.preset if self.preset and has == self.laid else None

    # What a person does ------------------------------------------------------------------------------------------

    def remember(self) -> None:
        """Keep the draft as it is for :meth:`undo`, before it is changed."""
        self.stale = True
        kept = {one.name: getattr(self, one.name) for one in fields(self) if one.name not in TYPED}
        self.history.append({name: dict(one) if isinstance(one, dict) else one for name, one in kept.items()})

    def undo(self) -> bool:
        """Take back the newest choice; ``False``: there is none."""
        if not self.history:
            return False
        self.stale = True
        for name, one in self.history.pop().items():
            setattr(self, name, one)
        return True

    def put(self, name: str, value: object) -> None:
        """Give a field another value."""
        if value != getattr(self, name):
            self.remember()
            setattr(self, name, value)

    def toggle(self, stage: SpecStage) -> None:
        """Switch a stage on or off, with its substeps."""
        self.remember()
        self.switched[stage.follows or stage.name] = not self.on(stage)

    def sdlc(self) -> None:
        """Switch the five stages of the whole cycle on, clarify and merge off; the workflow's own others stay."""
        self.remember()
        for stage in self.agents:
            if stage.name in STAGES or stage.name == "build":
                self.switched[stage.name] = stage.name in SDLC or stage.name == "build"

    def choose(self, name: str, model: str | None, effort: str | None = None) -> None:
        """Another model for a stage. An effort is never carried over to it."""
        self.remember()
        self.touched[name] = (model, effort)

    def apply_to_all(self, choice: Choice) -> None:
        """The same choice for every stage."""
        self.remember()
        for stage in self.agents:
            self.touched[stage.name] = choice

    def start_over(self) -> None:
        """What would run now, for every stage."""
        self.remember()
        self.touched.clear()
        self.switched.clear()
        self.every = None
        self.reset = self.base is not None

    def turn(self, *, kind: SpecType | None = None, workflow: str | None = None) -> None:
        """Another type, whose workflow is sought anew, or another workflow. Choices for common stages stay."""
        self.remember()
        if kind is not None:
            self.type = kind
        self.workflow, self.serves = workflow, None
        self.touched = {name: one for name, one in self.touched.items() if name in STAGES}
        self.switched = {name: one for name, one in self.switched.items() if name in STAGES}

    # What is asked of the executor -------------------------------------------------------------------------------

    def request(self, project: str, *, dry_run: bool, preset: str | None = None) -> CreateSpec | UpdateSpec:
        """What stores it, or with ``dry_run`` answers it as it would be stored."""
        base = self.base
        if base is None:
            return CreateSpec(
                type=self.type,
                title=self.title or (UNTITLED if dry_run else ""),
                text=self.text,
                project=project,
                parent=self.parent,
                attachments=self.attachments,
                model_set=self.model_set if isinstance(self.model_set, str) else None,
                workflow=self.workflow,
                stages=self._selected(),
                stage_models=self._models(dry_run=dry_run),
                every_stage=self.every,
                preset=preset,
                dry_run=dry_run,
            )
        new_set = self.model_set if self.model_set != base.model_set else None
        staged = dry_run or bool(self.touched or self.switched or self.reset)
        seeks = self._turned or (self.workflow is None and staged)  # what is said of stages is said of a workflow's
        return UpdateSpec(
            spec_id=base.id,
            version=base.version,
            type=self.type if self.type != base.type else None,
            title=self.title if self.title != base.title else None,
            text=self.text if self.text != base.text else None,
            attachments=self.attachments if self.attachments != base.attachments else None,
            project=self.project if self.project != base.project else None,
            parent=(self.parent or "") if self.parent != base.parent else None,
            model_set=new_set if isinstance(new_set, str) else None,
            workflow=(self.workflow or "") if seeks else None,
            stages=self._selected(),
            stage_models=self._models(dry_run=dry_run),
            preset=preset,
            reset="filled" if self.reset else None,
            dry_run=dry_run,
        )

    def _selected(self) -> tuple[str, ...] | None:
        """The stages to run, gates among them that are selected by their own name; ``None``: nothing was switched."""
        if not self.switched or not self.stages:
            return None
        stored = (self.base.stages or ()) if self.base is not None else ()
        gates = tuple(stage.name for stage in self.stages if stage.type == "approval" and stage.name in stored)
        return (*(stage.name for stage in self.agents if self.on(stage) and not stage.follows), *gates)

    def _models(self, *, dry_run: bool) -> dict[str, Written] | None:
        """What the person chose; a new spec is stored with everything as it was shown, a patch with nothing."""
        if self.type == "patch":
            return None
        choices = dict(self.touched)
        if self.base is None and not dry_run and not self.stale:
            choices = {stage.name: (stage.model, stage.effort) for stage in self.agents if not stage.note} | choices
        found = {name: _written(*choice) for name, choice in choices.items()}
        return found or None

    # What the executor answers -----------------------------------------------------------------------------------

    def answered(self, spec: Spec | None, stages: tuple[SpecStage, ...]) -> None:
        """As it would be stored; a stored one without a workflow stays without one till another is chosen."""
        self.stages, self.stale = stages, False
        if spec is None:
            return
        self.usual_set = spec.model_set
        if self.base is None or self._turned or self.workflow is not None:
            self.workflow = spec.workflow
        else:
            self.serves = spec.workflow

    def unanswered(self, error: ErrorBody) -> None:
        """It can't be stored so. Where a workflow has to be chosen, stages of the one before are nobody's."""
        self.stale = False
        if error.field == "workflow" and self.flow is None and (self.base is None or self._turned):
            self.stages = ()

    def take_preset(self, name: str, usual: tuple[SpecStage, ...], laid: tuple[SpecStage, ...]) -> None:
        """Put a preset in force, in place of all other choices: what of ``laid`` differs from the ``usual``."""
        if self.in_force is None:  # stepping through the presets is one choice, taken back at once
            self.remember()
            self.own = dict(self.touched)
        self.stale = True
        before = {stage.name: (stage.model, stage.effort) for stage in usual}
        chosen = {stage.name: (stage.model, stage.effort) for stage in laid if stage.type == "agent"}
        self.preset, self.laid, self.stages = name, chosen, usual
        self.touched = {name: choice for name, choice in chosen.items() if choice != before.get(name)}

    def drop_preset(self) -> None:
        """Give the choices back that the presets replaced."""
        if self.in_force is not None:
            self.remember()
            self.preset, self.touched, self.own = None, self.own, {}

    def overtaken(self, item: SpecItem) -> None:
        """Somebody else stored a newer one: what was not changed here becomes theirs, the rest stays and is shown."""
        base, new = self.base, item.spec
        if base is None:
            return
        self.theirs = {}
        self.history.clear()  # it was made over another version
        for name in FIELDS:
            mine, old, stored = getattr(self, name), getattr(base, name), getattr(new, name)
            if mine == old:
                setattr(self, name, stored)
            elif stored not in (old, mine):
                self.theirs[name] = in_words(stored)
        before = {stage.name: (stage.model, stage.effort) for stage in self.stages}
        for stage in item.stages:
            stored_choice = (stage.model, stage.effort)
            mine_choice = self.touched.get(stage.name)
            if mine_choice is not None and stored_choice not in (mine_choice, before.get(stage.name)):
                self.theirs[stage.name] = " ".join(part for part in stored_choice if part) or "nothing chosen"
        self.base, self.stages = new, item.stages

    def take_theirs(self, name: str) -> None:
        """What is stored, in place of what was changed here."""
        if name not in TYPED:
            self.remember()
        if name in FIELDS and self.base is not None:
            setattr(self, name, getattr(self.base, name))
        self.touched.pop(name, None)
        self.theirs.pop(name, None)


def _written(model: str | None, effort: str | None) -> Written:
    """A choice as it is sent; ``inherit`` takes away what is stored."""
    if effort is None:
        return model or "inherit"
    return {"model": model, "effort": effort} if model else {"effort": effort}


def in_words(value: object) -> str:
    """A field's value as it is told: paths of files by commas, nothing as ``nothing``."""
    if isinstance(value, tuple):
        value = ", ".join(one.path if isinstance(one, Attachment) else str(one) for one in value)
    return str(value) if value else "nothing"


def meaning(selector: str | None, aliases: Mapping[str, str | None]) -> str | None:
    """The reference that a selector means now, as far as it is known here."""
    if selector is None:
        return None
    return aliases.get(selector, selector if "/" in selector else None)
