"""Rows of the views of ``task_list`` that tell how a choice comes about, and the question that ``explain`` asks."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from tui.core.catalog import KeyState, ListingState, ListState, Source
from tui.core.errors import ErrorBody
from tui.core.resolution import Attachment, Candidate, SpecChoices
from tui.core.run import Run, StepTrace
from tui.core.settings import AgentKind, Permission, ProviderKind, SpecType, Written

Layer = Literal["shipped", "user", "project"]
InUse = Literal["last good", "user", "shipped", "rest"]
Severity = Literal["error", "warning"]

IN_USE: Mapping[InUse, str] = {
    "last good": "the last good configuration is in use",
    "user": "only your own configuration is in use",
    "shipped": "only the shipped defaults are in use",
    "rest": "the rest is in use",
}
"""What is in use in place of a file that is wrong, for a sentence."""


@dataclass(frozen=True, slots=True)
class ConfigFault:
    """A configuration file that can't be used, and what is in use in its place."""

    error: str
    """File, line, and what is wrong there."""
    in_use: InUse

    @property
    def sentence(self) -> str:
        """Both, for a user."""
        return f"Config error, {IN_USE[self.in_use]}: {self.error}"


# --- view explain -----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Explain:
    """What would run, and why: a workflow, one stage of it, a stage outside any workflow, or a worker's task."""

    workflow: str | None = None
    stage: str | None = None
    worker: str | None = None
    """A profile. With a workflow or a stage it stands in for theirs."""
    spec: SpecChoices | None = None
    """What a spec says about models; a worker's task has none."""
    model: Written = None
    effort: str | None = None
    preset: str | None = None
    step_models: Mapping[str, Written] = field(default_factory=dict)
    stages: Mapping[str, Written] = field(default_factory=dict)
    """Models by stage: each is an override of every step of that stage that ``step_models`` does not name."""
    attachments: tuple[Attachment, ...] = ()
    project: str | None = None


@dataclass(frozen=True, slots=True)
class Explained:
    """The plan, and for each of its steps what every tier said."""

    run: Run
    trace: tuple[StepTrace, ...]
    config: ConfigFault | None = None
    """Set where it was resolved by something else than the files as they are now."""


# --- views tags, defaults, presets ------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class TagItem:
    """A tag or an alias and what it means now, whoever does the work."""

    name: str
    kind: Literal["tag", "alias"]
    means: str | None
    """A reference; ``None`` where it comes to nothing."""
    note: str | None = None
    candidates: tuple[Candidate, ...] = ()
    """Models that were looked at, with their scores."""


@dataclass(frozen=True, slots=True)
class SelectorItem:
    """A selector that the configuration holds, and what it means now."""

    name: str
    """Where it stands: ``default_model``, ``stage_models.plan``; in a preset the stage."""
    says: str
    effort: str | None = None
    means: str | None = None
    """A reference; ``None`` where it names no model, or comes to nothing."""
    note: str | None = None
    origin: Layer = "shipped"
    """The topmost layer that says it."""


@dataclass(frozen=True, slots=True)
class PresetItem:
    """A preset and what it picks for each stage."""

    name: str
    stages: tuple[SelectorItem, ...]


# --- views providers, agents, profiles --------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class ProviderItem:
    """A provider without its models, for whoever wonders why one of them can't be used."""

    id: str
    name: str | None
    source: Source
    key: KeyState
    list: ListState
    state: ListingState
    usable: bool
    models: int
    """How many it offers."""
    gone: int = 0
    """How many it offered and does no more."""
    kind: ProviderKind | None = None
    """``None``: the configuration does not name it."""
    base_url: str | None = None
    """Without user, password and query."""
    api_key_env: str | None = None
    unset: str | None = None
    """The variable of its key, where an agent needs it and no client provided it."""
    error: str | None = None
    read_at: str | None = None
    agents: tuple[str, ...] = ()
    """Who can run its models."""
    usual_key: str | None = None
    """The variable that the vendor's own tools read the key from."""
    login_with: str | None = None
    """The command that logs the vendor's own agent in."""


@dataclass(frozen=True, slots=True)
class AgentItem:
    """An agent, and whether it can be started here."""

    id: str
    kind: AgentKind
    command: tuple[str, ...] = ()
    """As it would be started; empty where it has no program."""
    providers: tuple[str, ...] | None = None
    """What it can run; ``None`` is anything."""
    env: tuple[str, ...] = ()
    """Names of the variables that the configuration sets for it."""
    profiles: tuple[str, ...] = ()
    """Who works with it."""
    usable: bool = True
    why_not: str | None = None


@dataclass(frozen=True, slots=True)
class ProfileItem:
    """A profile, and which model a task for it would get now."""

    name: str
    title: str | None
    agent: str
    model: str | None
    """The selector as written."""
    effort: str | None
    vision: bool
    permission: Permission
    means: str | None = None
    """A reference; ``None`` where no model is passed, or none can be chosen."""
    runs_on: str | None = None
    """The agent that would run it."""
    reason: str | None = None
    warnings: tuple[str, ...] = ()
    error: ErrorBody | None = None
    stages: tuple[str, ...] = ()
    """Where it works: ``workflow/stage``."""


# --- view check -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Finding:
    """Something in the configuration, or around it, that will not do what it seems to say."""

    severity: Severity
    code: str
    """For programs; the table of checks has them all."""
    message: str
    """One sentence without an end: what is wrong."""
    fix: str
    """One sentence without an end: what to do."""
    place: str | None = None
    """Where in the configuration: ``workflows.create-spec.stages[0].model``."""
    file: str | None = None
    line: int | None = None
    """From 1; ``None`` where the file does not tell, or there is none."""
    suggestions: tuple[str, ...] = ()


# --- views workflows, models and status -------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class StageSummary:
    """A stage, as a card needs it."""

    name: str
    type: Literal["agent", "approval"] = "agent"
    profile: str | None = None
    model: str | None = None
    """The stage's own selector."""
    effort: str | None = None
    part: str | None = None
    """Which of its substeps it is, where the stage lists some."""

    @property
    def label(self) -> str:
        """What it is called: ``plan``, or ``plan/explore`` for a substep."""
        return f"{self.name}/{self.part}" if self.part else self.name


@dataclass(frozen=True, slots=True)
class LastRun:
    """The newest run of a workflow, as far as its card shows it."""

    task_id: str
    status: str
    verdict: str
    at: str
    stage: str | None = None
    """The stage that is running."""


@dataclass(frozen=True, slots=True)
class WorkflowItem:
    """A workflow, as the deck shows it."""

    name: str
    title: str
    description: str | None
    origin: Literal["shipped", "user", "project", "discovered"]
    stages: tuple[StageSummary, ...]
    runnable: bool = True
    why_not: str | None = None
    last: LastRun | None = None
    specs: tuple[SpecType, ...] = ()
    """The types of spec that it serves."""
    digest: str | None = None
    """Of what the configuration says of it: what an edit is held against (``core.config_verbs``)."""
    worktree: bool = False
    """Whether its runs work in a git worktree of their own."""


@dataclass(frozen=True, slots=True)
class Status:
    """How the executor is doing, for people and for a connection indicator."""

    pid: int
    version: str
    protocol: int
    state_folder: str
    started_at: str
    running: int
    """Attempts alive now."""
    waiting: int
    """Runs that wait for a person."""
    queued: int
    project: str | None = None
    trusted: bool = False
    trust_note: str | None = None
    """What a folder that is not trusted would run, in one sentence."""
    config_error: str | None = None
    """File, line and what is wrong there, if a file can't be used now."""
    config_in_use: InUse = "last good"
    """What is in use in its place."""
    warnings: tuple[str, ...] = ()
    """What to know of the configuration in force, such as what a project's file asks for and is not followed."""
    missing_environment: tuple[str, ...] = ()
    """Variables that the configuration mentions and nobody handed over."""
    presets: tuple[str, ...] = ()
    agents: tuple[str, ...] = ()
    favourites: tuple[str, ...] = ()
    theme: str = "brutalist"
    keymap: Mapping[str, str] = field(default_factory=dict)
    config_file: str | None = None
    """The user's own file, whether it is there or not."""
    draining: bool = False
    """Whether it ends as soon as the agents that run have ended, and starts none until then."""
    logout: str | None = None
    """Whether work goes on after the person's logout, in one sentence."""
    path: str | None = None
    """Where programs are looked for in work that is started from here: the PATH of the client that asks."""
    executor_path: str | None = None
    """The executor's own PATH, for work of clients that name none."""
    untracked: str | None = None
    """Which processes of an agent can't be found on this system, in one sentence."""

    @property
    def on_shipped_defaults(self) -> bool:
        """Whether nothing of the user's own configuration is in use."""
        return self.config_error is not None and self.config_in_use == "shipped"

    @property
    def config_fault(self) -> ConfigFault | None:
        """What is wrong with the configuration, if anything is."""
        return ConfigFault(self.config_error, self.config_in_use) if self.config_error else None


@dataclass(frozen=True, slots=True)
class AliasItem:
    """An alias or tag and what it means now."""

    name: str
    means: str | None
    """A reference; ``None`` where it comes to nothing."""
    note: str | None = None
