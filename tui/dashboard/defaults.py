"""The defaults of a workflow's stages while a person changes them, laid over what the configuration says."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from tui.core.config_verbs import StageDefault, UpdateWorkflow
from tui.core.plain import one_line
from tui.dashboard.offers import AGENT_DEFAULT, Offer

if TYPE_CHECKING:
    from tui.core.items import StageSummary, WorkflowItem

Choice = tuple[str | None, str | None]
"""Selector and effort of a stage; ``None``: no such key."""

NOTHING = "no default"
"""How a stage without a model of its own shows."""

OF_A_STAGE = (
    Offer("no default of its own", inherits=True, note="the key is taken out"),
    Offer("inherit", "inherit", note="written out: who is asked next decides", sought="inherit"),
    Offer("agent default", AGENT_DEFAULT, note="no model is passed; the agent decides", sought=AGENT_DEFAULT),
)
"""What a list of models begins with for a stage: three things that are written differently."""


@dataclass(frozen=True, slots=True)
class Written:
    """Defaults that were written from here."""

    workflow: str
    before: Mapping[int, Choice]
    after: Mapping[int, Choice]


@dataclass(frozen=True, slots=True)
class OwnWritten:
    """The person's own default that was written from here."""

    before: str | None
    after: str | None


@dataclass(frozen=True, slots=True)
class MakeDefault:
    """What a second key in a list of models does with the chosen one."""

    told: Callable[[], str]
    """What will be written, before it is."""
    write: Callable[[str | None], Awaitable[None]]


@dataclass(slots=True)
class Defaults:
    """A workflow, and what was changed of it here and is not saved."""

    base: WorkflowItem
    touched: dict[int, Choice] = field(default_factory=dict)
    theirs: dict[int, Choice] = field(default_factory=dict)
    """Where somebody else changed meanwhile what was changed here too: what is there now."""
    history: list[tuple[dict[int, Choice], dict[int, Choice]]] = field(default_factory=list)
    """Both of these before each change, the newest last."""

    @property
    def agents(self) -> tuple[int, ...]:
        """The stages that an agent does."""
        return tuple(index for index, stage in enumerate(self.base.stages) if stage.type == "agent")

    def choice(self, index: int) -> Choice:
        """What a stage would say."""
        return self.touched.get(index, stored(self.base.stages[index]))

    def remember(self) -> None:
        """Keep the changes as they are for :meth:`undo`."""
        self.history.append((dict(self.touched), dict(self.theirs)))

    def undo(self) -> bool:
        """Take back the newest change; ``False``: there is none."""
        if not self.history:
            return False
        self.touched, self.theirs = self.history.pop()
        return True

    def choose(self, index: int, model: str | None, effort: str | None = None) -> None:
        """Another default for a stage. An effort is never carried over to another model."""
        if (model, effort) == stored(self.base.stages[index]):
            self.reset(index)
        else:
            self.touched[index] = (model, effort)

    def choose_as_seen(self, seen: WorkflowItem, index: int, model: str | None) -> bool:
        """Choose for a stage as ``seen`` had it; ``False``: the workflow has other stages by now.

        What another writer changed of that stage since then is kept beside the choice.
        """
        if _stages(seen) != _stages(self.base):
            return False
        there = stored(self.base.stages[index])
        self.choose(index, model)
        if index in self.touched and there != stored(seen.stages[index]):
            self.theirs[index] = there
        return True

    def choose_all(self, model: str | None) -> None:
        """The same model for every stage; where it is that already its effort stays."""
        for index in self.agents:
            if self.choice(index)[0] != model:
                self.choose(index, model)

    def reset(self, index: int) -> None:
        """What the configuration says."""
        self.touched.pop(index, None)
        self.theirs.pop(index, None)

    def overtaken(self, now: WorkflowItem) -> None:
        """Somebody else changed it: what was not changed here becomes theirs, the rest stays and is shown."""
        before, self.base = self.base, now
        self.history.clear()  # it was made over another version
        if _stages(before) != _stages(now):
            self.touched, self.theirs = {}, {}  # its stages are others now: an index means something else
            return
        for index, mine in tuple(self.touched.items()):
            there = stored(now.stages[index])
            if there == mine:
                self.reset(index)
            elif there != stored(before.stages[index]):
                self.theirs[index] = there

    def request(self, project: str, *, dry_run: bool = False, also: tuple[int, Choice] | None = None) -> UpdateWorkflow:
        """What writes it, or with ``dry_run`` tells what it would run; ``also`` is a choice on trial."""
        choices = self.touched | ({also[0]: also[1]} if also is not None else {})
        stages = {index: StageDefault(model, effort) for index, (model, effort) in choices.items()}
        return UpdateWorkflow(self.base.name, stages, self.base.digest, project, dry_run)


def editable(item: WorkflowItem) -> str | None:
    """Why the stages' defaults can't be written; ``None``: they can."""
    if not item.runnable:
        return one_line(item.why_not or "it is only listed")
    if item.origin in ("user", "project"):
        return None
    return "it is made of another program's file, which is not written here; change the model there"


def _stages(item: WorkflowItem) -> list[tuple[str, str | None, str]]:
    """Return what an index means: the same list, the same stages."""
    return [(stage.name, stage.part, stage.type) for stage in item.stages]


def stored(stage: StageSummary) -> Choice:
    """What the configuration says of a stage."""
    return (stage.model, stage.effort)


def in_words(choice: Choice) -> str:
    """A choice as a person reads it."""
    model, effort = choice
    shown = {None: NOTHING, AGENT_DEFAULT: "agent default"}.get(model) or one_line(model or "")
    return f"{shown} {one_line(effort)}" if effort else shown
