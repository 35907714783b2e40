"""What a configuration says, merged from all its layers: the types of every part.

A field where a model may be named has the type :data:`Written`: a selector, a ``{model, effort}`` map, ``None``, or
whatever else a file held there. The resolver alone judges it (``core.resolver``).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from tui.core.catalog import Use
from tui.core.defaults import twin_of

Written = object
"""What somebody wrote where a model is wanted; see the module's docstring."""

AgentKind = Literal["claude", "codex", "gemini", "opencode", "acp", "command", "rehearsal"]
ProviderKind = Literal["anthropic", "openai", "google", "opencode", "list"]
Permission = Literal["plan", "edit", "full"]
StageType = Literal["agent", "approval"]
SpecType = Literal["feature", "bug", "chore", "patch", "todo", "story"]
OnMismatch = Literal["stop", "continue"]

RUNS_PROVIDERS: Mapping[str, tuple[str, ...]] = {"claude": ("anthropic",), "codex": ("openai",), "gemini": ("google",)}
"""Which providers an agent of a kind can run when it lists none; a kind that is not here runs anything."""

ASKING: frozenset[AgentKind] = frozenset({"rehearsal"})
"""Kinds of agents that can ask the person something and go on with the answer."""

TAKES_TOOLS: frozenset[AgentKind] = frozenset({"claude"})
"""Kinds of agents that can be given a list of tools which need no permission."""


@dataclass(frozen=True, slots=True)
class Rehearsal:
    """How a rehearsal agent plays its part: no model, no cost."""

    seconds: float = 4.0
    """How long it talks."""
    messages: int = 6
    """How many messages it spreads over that time."""
    outcome: Literal["succeed", "fail", "hang", "crash", "ask"] = "succeed"
    claims: str | None = None
    """A model id that it says answered, in place of the one it was sent."""


@dataclass(frozen=True, slots=True)
class Agent:
    """How to run a program; several may share a kind."""

    kind: AgentKind = "command"
    command: tuple[str, ...] = ()
    """Program and leading arguments; empty means the kind's usual program."""
    providers: tuple[str, ...] | None = None
    """What it can run; ``None`` means by kind (:data:`RUNS_PROVIDERS`), an empty list runs nothing."""
    env: Mapping[str, str] = field(default_factory=dict)
    settings: Literal["user", "project"] = "user"
    """Whose settings the agent itself may read: the user's alone, or the project's too (by stated choice only)."""
    retries: int = 2
    """How often the agent may call its provider again after an error."""
    rehearsal: Rehearsal | None = None

    def runs(self, provider: str) -> bool:
        """Whether it can run models of ``provider``."""
        able = RUNS_PROVIDERS.get(self.kind) if self.providers is None else self.providers
        return able is None or provider in able


@dataclass(frozen=True, slots=True)
class Profile:
    """Who does the work: an agent with a default model, a permission and instructions."""

    agent: str
    model: Written = None
    effort: str | None = None
    vision: bool = False
    permission: Permission = "edit"
    instructions: str | None = None
    title: str | None = None
    opencode_agent: str | None = None
    """OpenCode's own agent that does the work, such as ``build``."""


@dataclass(frozen=True, slots=True)
class Substep:
    """A small phase inside a stage: a step of its own, done by the stage's profile."""

    name: str
    command: str | None = None
    prompt: str | None = None
    model: Written = None
    """Left out: as its stage."""
    effort: str | None = None


@dataclass(frozen=True, slots=True)
class Stage:
    """One step of a workflow: work for an agent, or a gate where a person approves."""

    name: str = ""
    type: StageType = "agent"
    profile: str | None = None
    model: Written = None
    effort: str | None = None
    command: str | None = None
    """The slash command that the step runs, such as ``/plan``."""
    prompt: str | None = None
    """What to tell the agent, beside the command and the run's input."""
    requires: tuple[str, ...] = ()
    timeout: float | None = None
    """Seconds after which the step is cancelled."""
    interactive: bool = False
    """Whether the agent may ask the person, who answers before it goes on."""
    substeps: tuple[Substep, ...] = ()
    """The small phases that the stage consists of, in order. The reader of the configuration puts a stage for each in
    its place (``part`` tells which), so that whoever has :class:`Settings` counts stages as steps."""
    part: str | None = None
    """The name of the substep that this is; no file may say it."""
    apart: bool = False
    """Whether it is a substep that names a model of its own, so that what is chosen for its stage is not meant for it;
    no file may say it."""

    @property
    def label(self) -> str:
        """What it is called: ``plan``, or ``plan/explore`` for a substep."""
        return f"{self.name.strip()}/{self.part}" if self.part else self.name.strip()

    @property
    def chosen_as(self) -> str:
        """The name under which a spec, a preset and the stage table choose for it: its stage's, or its own."""
        return self.label if self.apart else self.name.strip()


@dataclass(frozen=True, slots=True)
class Workflow:
    """A named row of stages."""

    stages: tuple[Stage, ...] = ()
    title: str | None = None
    description: str | None = None
    specs: tuple[SpecType, ...] = ()
    """The spec types it serves."""
    worktree: bool = False
    """Whether each of its runs works in a git worktree of its own."""

    def positions(self, name: str) -> list[int]:
        """Where the stage or substep ``name`` is, by that very name or else by its twin; a stage's are all its own."""
        for wanted in (name.strip(), twin_of(name.strip())):
            found = [
                index for index, one in enumerate(self.stages) if wanted and wanted in (one.name.strip(), one.label)
            ]
            if found:
                return found
        return []


@dataclass(frozen=True, slots=True)
class ModelEntry:
    """A model listed by hand under a provider."""

    id: str
    name: str | None = None
    context: int | None = None
    output: int | None = None
    price: Mapping[str, float] = field(default_factory=dict)
    """``input``, ``output``, ``cache_read``, ``cache_write``: US dollars per million tokens."""
    input: tuple[str, ...] | None = None
    attachment: bool | None = None
    tools: bool | None = None
    reasoning: bool | None = None
    efforts: tuple[str, ...] | None = None
    use: Use | None = None
    """``None``: by its id."""


@dataclass(frozen=True, slots=True)
class ProviderSettings:
    """Where a provider is and which variable holds its key. The key itself is never in a file."""

    kind: ProviderKind = "list"
    name: str | None = None
    base_url: str | None = None
    api_key_env: str | None = None
    models: tuple[ModelEntry, ...] = ()


@dataclass(frozen=True, slots=True)
class Limits:
    """How much at once, and how much at most."""

    attempts: int = 32
    """Agents running at once, in all."""
    per_agent: Mapping[str, int] = field(default_factory=dict)
    """Agents running at once, by agent id."""
    max_output: int = 1_000_000_000
    """Bytes of output after which an attempt is cancelled."""
    silence: float = 900.0
    """Seconds without output after which an attempt is cancelled."""
    grace: float = 5.0
    """Seconds between TERM and KILL."""


@dataclass(frozen=True, slots=True)
class Retention:
    """How long what ended attempts wrote is kept, and how long what runs were and who answered."""

    days: float | None = None
    """Days after an attempt's end; ``None``: for ever."""
    output: int | None = None
    """Bytes of all attempts together, of which the oldest go first; ``None``: as many as there are."""
    run_days: float | None = None
    """Days after its end until a run goes from the journal, with all that is known of it; ``None``: never."""
    runs: int | None = None
    """Ended runs that the journal keeps, of which the oldest go first; ``None``: all."""


@dataclass(frozen=True, slots=True)
class ProjectDefaults:
    """What the project's own layer said where the resolver must tell the layers apart (tier 12)."""

    default_model: Written = None


@dataclass(frozen=True, slots=True)
class Settings:
    """The whole configuration as it is in force for one project."""

    default_model: Written = None
    """The user's (tier 13)."""
    shipped_default_model: Written = None
    """What stands in for it when the user names none; passed over without a warning when it can't be had."""
    project: ProjectDefaults = field(default_factory=ProjectDefaults)
    small_model: Written = None
    strict: bool = False
    aliases: Mapping[str, Written] = field(default_factory=dict)
    stage_models: Mapping[str, Written] = field(default_factory=dict)
    model_sets: Mapping[str, Written] = field(default_factory=dict)
    command_models: Mapping[str, Mapping[str, Written]] = field(default_factory=dict)
    presets: Mapping[str, Mapping[str, Written]] = field(default_factory=dict)
    providers: Mapping[str, ProviderSettings] = field(default_factory=dict)
    agents: Mapping[str, Agent] = field(default_factory=dict)
    profiles: Mapping[str, Profile] = field(default_factory=dict)
    workflows: Mapping[str, Workflow] = field(default_factory=dict)
    default_profile: str | None = None
    """Who does a stage that names nobody; the configuration's reader writes it into those stages."""
    on_mismatch: OnMismatch = "stop"
    """What happens before the next step when another model answered than was sent."""
    limits: Limits = field(default_factory=Limits)
    retention: Retention = field(default_factory=Retention)
    """The person's own counts; a project's does not."""
    remind_hours: float | None = 24.0
    """Hours that a run waits for a person until they are reminded, and then again; ``None``: never. The person's own
    counts."""
    favourites: tuple[str, ...] = ()
    theme: str = "brutalist"
    keymap: Mapping[str, str] = field(default_factory=dict)
    """Key by binding id."""
