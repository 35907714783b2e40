"""The five verbs: what is asked of the executor and what it answers. There is no sixth.

A ``task_start`` request is read by its ``kind`` (:data:`START`), an ``op`` by its name (:data:`OPS`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from tui.core.catalog import Provider
from tui.core.config_verbs import ConfigOp, SetDefault, SetFavourite, UpdateWorkflow
from tui.core.errors import ErrorBody
from tui.core.evidence import Verdict
from tui.core.executor_verbs import Drain
from tui.core.items import (
    AgentItem,
    AliasItem,
    ConfigFault,
    Explain,
    Explained,
    Finding,
    PresetItem,
    ProfileItem,
    ProviderItem,
    SelectorItem,
    Status,
    TagItem,
    WorkflowItem,
)
from tui.core.resolution import Attachment
from tui.core.run import Attempt, Run, RunStatus, StepTrace
from tui.core.run_verbs import Answer, Approve, Reject, ResolveAgain, Retry, RunOp, Skip
from tui.core.settings import SpecType, Written
from tui.core.spec import Spec
from tui.core.spec_verbs import (
    CreateSpec,
    DeleteSpec,
    Imported,
    ImportSpecs,
    SpecItem,
    SpecOp,
    SpecStage,
    StartSpec,
    UpdateSpec,
)

PROTOCOL = 1
"""Raised when an older client or executor could misread what is sent."""

# --- task_start -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class StartWorkflow:
    """Run a workflow, or with ``dry_run`` say what would run."""

    workflow: str
    kind: Literal["workflow"] = "workflow"
    input: str = ""
    model: Written = None
    effort: str | None = None
    preset: str | None = None
    step_models: Mapping[str, Written] = field(default_factory=dict)
    attachments: tuple[Attachment, ...] = ()
    project: str | None = None
    """The folder to work in."""
    worktree: bool | None = None
    """Whether it works in a git worktree of its own; ``None``: as the workflow says."""
    dry_run: bool = False
    start_anyway: bool = False
    """Start although a step can't start here; it fails when its turn comes."""


@dataclass(frozen=True, slots=True)
class SetEnvironment:
    """Hand over values of variables that the configuration mentions. Kept in memory only, never journalled."""

    kind: Literal["op"] = "op"
    op: Literal["environment.set"] = "environment.set"
    values: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class RefreshCatalog:
    """Read the providers' lists anew, behind; an event ``catalog`` tells when something new is known."""

    kind: Literal["op"] = "op"
    op: Literal["catalog.refresh"] = "catalog.refresh"
    providers: tuple[str, ...] = ()
    """Their ids; none means all."""
    project: str | None = None
    wait: float = 0.0
    """Seconds to wait with the answer until every list was read or has failed."""


Op = SetEnvironment | RefreshCatalog | Drain | RunOp | SpecOp | ConfigOp
Start = StartWorkflow | StartSpec | Op

START: dict[str, type[StartWorkflow | StartSpec]] = {"workflow": StartWorkflow, "spec": StartSpec}
"""Request class by kind; kind ``op`` is read by :data:`OPS`."""

OPS: dict[str, type[Op]] = {
    "environment.set": SetEnvironment,
    "run.approve": Approve,
    "run.reject": Reject,
    "run.answer": Answer,
    "run.skip": Skip,
    "run.retry": Retry,
    "run.resolve_again": ResolveAgain,
    "catalog.refresh": RefreshCatalog,
    "executor.drain": Drain,
    "spec.create": CreateSpec,
    "spec.update": UpdateSpec,
    "spec.delete": DeleteSpec,
    "spec.import": ImportSpecs,
    "workflow.update": UpdateWorkflow,
    "favourite.set": SetFavourite,
    "default.set": SetDefault,
}
"""Request class by the name of the op."""


@dataclass(frozen=True, slots=True)
class Started:
    """The answer to ``task_start``. A ``dry_run`` has a run without ``task_id``."""

    task_id: str | None = None
    run: Run | None = None
    next: tuple[str, ...] = ()
    """What to call next, for people and agents."""
    seq: int = 0
    note: str | None = None
    """What to know of it, such as how many stored preferences are replaced for this run."""
    before: Run | None = None
    """The run that is done again, as it ended: what to hold ``run`` against."""
    spec: Spec | None = None
    """As it is stored now."""
    stages: tuple[SpecStage, ...] = ()
    """With ``dry_run`` of a spec: its stages, as a form shows them."""
    imported: tuple[Imported, ...] = ()


# --- task_await, task_peek, task_cancel -------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Await:
    """Wait until every task has ended, or ``timeout`` seconds have passed."""

    ids: tuple[str, ...]
    timeout: float = 60.0


@dataclass(frozen=True, slots=True)
class Peek:
    """Look at tasks as they are now, with the tail of what the newest step wrote."""

    ids: tuple[str, ...]
    tail: int = 20
    """Messages."""


@dataclass(frozen=True, slots=True)
class Cancel:
    """End tasks. Those that have ended already stay as they are."""

    ids: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Message:
    """Something an agent said or did, cleaned for a terminal; ``offset`` is where it ends in the attempt's output."""

    attempt: str
    offset: int
    kind: Literal["text", "tool", "system", "error", "raw"]
    text: str
    model: str | None = None
    at: str | None = None


@dataclass(frozen=True, slots=True)
class Tasks:
    """The answer to await, peek and cancel. ``done`` is false when await ran out of time."""

    tasks: tuple[Run, ...] = ()
    output: tuple[Message, ...] = ()
    done: bool = True
    seq: int = 0


# --- task_list --------------------------------------------------------------------------------------------------------

View = Literal[
    "tasks", "runs", "plan", "workflows", "models", "status", "output", "trace", "explain", "check",
    "tags", "providers", "profiles", "agents", "defaults", "presets",
    "specs",
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class List:
    """Read one view, a page at a time."""

    view: View
    query: str | None = None
    scope: Literal["configured", "all"] = "configured"
    """Models, providers, tags and agents: those that can be used as things stand, or all, each with why not."""
    limit: int = 50
    after: str | None = None
    """The ``next`` of the page before."""
    project: str | None = None
    ids: tuple[str, ...] = ()
    """Tasks (views output and trace), or specs (view specs)."""
    id_prefix: str | None = None
    """Runs whose ids begin so, newest first, at most ``limit`` (view runs)."""
    step: int | None = None
    """Step index (views output and trace); for output, none means the newest that started."""
    attempt: str | None = None
    """An attempt of the task, in place of its step's newest one (view output)."""
    offset: int = 0
    """Bytes of the attempt's output that are known already (view output)."""
    requests: tuple[StartWorkflow, ...] = ()
    """What to plan (views plan and trace)."""
    explain: tuple[Explain, ...] = ()
    """What to explain (view explain): several are answered from one and the same catalog."""
    spec_type: SpecType | None = None
    """Specs of this type alone (view specs)."""
    specs: tuple[StartSpec, ...] = ()
    """What to plan after ``requests`` (view plan)."""
    status: tuple[RunStatus, ...] = ()
    """Runs in one of these states alone (view runs); none means any."""
    workflow: str | None = None
    """Runs of this workflow alone (view runs)."""
    verdict: Verdict | None = None
    """Runs with a step of this verdict alone (view runs)."""
    models: tuple[str, ...] = ()
    """Runs with a step that was sent one of these references alone (view runs); with ``verdict``, the same step."""
    worktrees: bool = False
    """Ask git what the worktrees of the plans would begin at and lack (view plan); a page of cards does without."""
    variables: tuple[str, ...] = ()
    """Names, never values, of the variables that are set where the client runs (view check)."""


@dataclass(frozen=True, slots=True)
class Page:
    """The answer to ``task_list``: the field named after the view is filled, the others are empty."""

    view: View
    seq: int = 0
    next: str | None = None
    """Cursor of the next page; ``None`` at the end."""
    tasks: tuple[Run, ...] = ()
    """Views ``tasks`` (not ended) and ``runs`` (all, newest first)."""
    plan: tuple[Run, ...] = ()
    """One for each request; what can't be resolved has its error on the step, or on the run."""
    workflows: tuple[WorkflowItem, ...] = ()
    models: tuple[Provider, ...] = ()
    aliases: tuple[AliasItem, ...] = ()
    """With view ``models``: aliases and tags."""
    status: Status | None = None
    output: tuple[Message, ...] = ()
    offset: int = 0
    """With view ``output``: where to go on reading."""
    trace: tuple[StepTrace, ...] = ()
    attempts: tuple[Attempt, ...] = ()
    """With view ``trace`` of a run: every start of an agent for it, in order."""
    explain: tuple[Explained, ...] = ()
    """One for each question."""
    check: tuple[Finding, ...] = ()
    """Errors first."""
    tags: tuple[TagItem, ...] = ()
    providers: tuple[ProviderItem, ...] = ()
    profiles: tuple[ProfileItem, ...] = ()
    agents: tuple[AgentItem, ...] = ()
    defaults: tuple[SelectorItem, ...] = ()
    presets: tuple[PresetItem, ...] = ()
    specs: tuple[SpecItem, ...] = ()
    """Newest first."""
    config: ConfigFault | None = None
    """Set where the page was made by something else than the configuration files as they are now."""
    error: ErrorBody | None = None
