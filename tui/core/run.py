"""Runs, their steps and their attempts: states, allowed moves, and what is kept of each.

Times are ISO 8601 texts in UTC with milliseconds, ``2026-11-20T09:00:00.000Z``, so that they sort as text.
"""

from __future__ import annotations

import posixpath
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Literal

from tui.core.command import StepCommand
from tui.core.errors import ErrorBody
from tui.core.evidence import Grade, Verdict
from tui.core.resolution import Attachment, TraceRow
from tui.core.settings import OnMismatch, Permission, StageType, Written


class RunStatus(StrEnum):
    """Where a run is."""

    PENDING = "pending"
    RUNNING = "running"
    WAITING_APPROVAL = "waiting_approval"
    WAITING_ANSWER = "waiting_answer"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    CANCELLED = "cancelled"
    LOST = "lost"


class StepStatus(StrEnum):
    """Where a step is. Only a gate is ever ``waiting_approval``."""

    PENDING = "pending"
    RUNNING = "running"
    WAITING_APPROVAL = "waiting_approval"
    WAITING_ANSWER = "waiting_answer"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    CANCELLED = "cancelled"
    SKIPPED = "skipped"
    LOST = "lost"


TERMINAL_RUN = frozenset({RunStatus.SUCCEEDED, RunStatus.FAILED, RunStatus.CANCELLED, RunStatus.LOST})
TERMINAL_STEP = frozenset(
    {StepStatus.SUCCEEDED, StepStatus.FAILED, StepStatus.CANCELLED, StepStatus.SKIPPED, StepStatus.LOST}
)

_R = RunStatus
_LIVE = frozenset({_R.RUNNING, _R.WAITING_APPROVAL, _R.WAITING_ANSWER})
RUN_MOVES: dict[RunStatus, frozenset[RunStatus]] = {
    _R.PENDING: _LIVE | TERMINAL_RUN,
    **{state: (_LIVE - {state}) | TERMINAL_RUN for state in _LIVE},
    **dict.fromkeys(TERMINAL_RUN, frozenset()),
}
"""Where a run may go from each state. A retry is a new run's business, so a terminal state has no way out."""

_S = StepStatus
STEP_MOVES: dict[StepStatus, frozenset[StepStatus]] = {
    _S.PENDING: frozenset({_S.RUNNING, _S.WAITING_APPROVAL, _S.CANCELLED, _S.SKIPPED, _S.FAILED, _S.LOST}),
    _S.RUNNING: (TERMINAL_STEP - {_S.SKIPPED}) | {_S.WAITING_ANSWER},
    _S.WAITING_ANSWER: (TERMINAL_STEP - {_S.SKIPPED}) | {_S.RUNNING},
    _S.WAITING_APPROVAL: frozenset({_S.SUCCEEDED, _S.FAILED, _S.CANCELLED, _S.SKIPPED}),
    **dict.fromkeys(TERMINAL_STEP, frozenset()),
}
"""Where a step may go from each state."""


@dataclass(frozen=True, slots=True)
class Usage:
    """Tokens: input without what came from a cache, cache read, cache write, output; reasoning is part of output."""

    input: int = 0
    cache_read: int = 0
    cache_write: int = 0
    output: int = 0
    reasoning: int = 0


@dataclass(frozen=True, slots=True)
class Cost:
    """Money, as a decimal text of US dollars, and who says so. ``usd`` is ``None`` where the price is unknown."""

    usd: str | None = None
    source: str | None = None


@dataclass(frozen=True, slots=True)
class SideCall:
    """What an agent spent on another model beside the step's own work: titles, routers, sub-agents."""

    model: str
    purpose: str | None = None
    usage: Usage | None = None
    cost: Cost | None = None


@dataclass(frozen=True, slots=True)
class HandOff:
    """What a step hands to the next one: short lists, bounded, as its agent wrote them."""

    done: tuple[str, ...] = ()
    decisions: tuple[str, ...] = ()
    open_questions: tuple[str, ...] = ()
    context: tuple[str, ...] = ()
    """What the next one has to know: files, commands, findings."""
    stated: bool = True
    """Whether the agent wrote it as a hand-off; else ``done`` is a part of its final text."""


@dataclass(frozen=True, slots=True)
class Shown:
    """What an attempt showed of who answered, what that is worth, and what it took."""

    answered: tuple[str, ...] = ()
    evidence: Grade | None = None
    verdict: Verdict = "none"
    usage: Usage | None = None
    cost: Cost | None = None
    side_calls: tuple[SideCall, ...] = ()


@dataclass(frozen=True, slots=True)
class Exchange:
    """A question of an agent and, once there is one, the person's answer."""

    question: str
    attempt: str
    """The attempt that asked."""
    asked_at: str
    shown: Shown = Shown()
    """What that attempt showed; the step's own fields tell of all its attempts together."""
    answer: str | None = None
    answered_at: str | None = None


@dataclass(frozen=True, slots=True)
class Step:
    """One step of a run, as it is stored, shown and sent."""

    index: int
    stage: str
    type: StageType = "agent"
    status: StepStatus = StepStatus.PENDING
    asked: str | None = None
    """The selector."""
    sent: str | None = None
    """The reference passed to the agent; ``None``: no model is passed."""
    answered: tuple[str, ...] = ()
    """Model ids observed in answers, the first one first."""
    evidence: Grade | None = None
    verdict: Verdict = "none"
    tier: str | None = None
    reason: str | None = None
    effort: str | None = None
    warnings: tuple[str, ...] = ()
    agent: str | None = None
    agent_kind: str | None = None
    """``rehearsal`` marks a step that no model did, wherever it shows."""
    agent_version: str | None = None
    permission: Permission | None = None
    prompt: str | None = None
    """What the stage and its profile tell the agent, kept with the run so that a later edit changes nothing."""
    command: StepCommand | None = None
    """The slash command whose text is sent; ``None``: there is none, or it is the agent's own and leads ``prompt``."""
    timeout: float | None = None
    """Seconds after which the step is cancelled."""
    attempt: str | None = None
    """Id of the newest attempt."""
    note: str | None = None
    """What a person should know of the evidence, such as a fallback that the agent reported."""
    usage: Usage | None = None
    cost: Cost | None = None
    side_calls: tuple[SideCall, ...] = ()
    result: str | None = None
    """The agent's final text, bounded."""
    part: str | None = None
    """Which of its stage's substeps it is."""
    interactive: bool = False
    """Whether its agent may ask the person."""
    exchanges: tuple[Exchange, ...] = ()
    """What the agent asked, in order; the last one may wait for its answer."""
    handoff: HandOff | None = None
    started_at: str | None = None
    ended_at: str | None = None
    error: ErrorBody | None = None
    obstacles: tuple[ErrorBody, ...] = ()
    """Why it can't start here, in a plan; in a run those that were known when it was started anyway."""

    @property
    def numbered(self) -> str:
        """Return how a sentence for users names it: ``step 1 (plan)``, counted from 1."""
        number = f"step {self.index + 1}"
        return number if self.name in (number, "") else f"{number} ({self.name})"

    @property
    def why(self) -> str:
        """Return the reason for users: a step is named by its stage there, by its index in the stored one."""
        reason, index = self.reason or "", f"step override ({self.index})"
        return f"step override ({self.name}){reason.removeprefix(index)}" if reason.startswith(index) else reason

    @property
    def resolved(self) -> bool:
        """Return whether a model was chosen for it, or none on purpose; a step that can't run has neither."""
        return self.sent is not None or self.tier is not None

    @property
    def name(self) -> str:
        """Its stage's name, and with that the substep's where it is one: ``plan/look-around``."""
        return f"{self.stage}/{self.part}" if self.part else self.stage


@dataclass(frozen=True, slots=True)
class RunChoices:
    """What was chosen for this run alone, as it was written: what resolving it again needs."""

    model: Written = None
    effort: str | None = None
    preset: str | None = None
    step_models: Mapping[str, Written] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Worktree:
    """A git worktree of a run's own, which stays when the run has ended as long as there is work in it."""

    folder: str = ""
    """Empty in a plan, as the branch is: they are named when the run is."""
    branch: str = ""
    base: str = ""
    """The commit that it begins at; empty where nobody asked git, as in a plan for a card."""
    within: str = ""
    """The folder in it that stands for the project's, where that is a part of its repository."""
    removed: bool = False
    """Nothing had been changed in it at the run's end, so it went with the run."""

    @property
    def place(self) -> str:
        """The folder that the agents work in."""
        return posixpath.join(self.folder, self.within) if self.within else self.folder


@dataclass(frozen=True, slots=True)
class Run:
    """A run of a workflow. The plan of one that was not started has the same shape, with no ``task_id``."""

    task_id: str | None
    kind: Literal["workflow", "spec", "worker"]
    workflow: str
    status: RunStatus
    steps: tuple[Step, ...]
    title: str | None = None
    project: str | None = None
    """The folder it works in, its real path."""
    input: str = ""
    attachments: tuple[Attachment, ...] = ()
    choices: RunChoices = RunChoices()
    retry_of: str | None = None
    """The run that this one does again."""
    on_mismatch: OnMismatch = "stop"
    """What happens before the next step when another model answered than was sent; kept as it was at the start."""
    note: str | None = None
    """Why it waits or stopped, in one sentence."""
    created_at: str | None = None
    started_at: str | None = None
    ended_at: str | None = None
    error: ErrorBody | None = None
    config_digest: str | None = None
    catalog_digest: str | None = None
    spec_id: str | None = None
    """The spec that it is a run of."""
    worktree: Worktree | None = None
    search_path: str | None = None
    """The PATH of the client that started it, in which agents are looked for; kept until it has ended."""
    reminders: int = 0
    """How often the person was reminded that it waits, since it began to wait."""
    reminded_at: str | None = None
    """When that was last."""

    @property
    def place(self) -> str:
        """The folder that its agents work in."""
        return self.worktree.place if self.worktree is not None else self.project or ""

    @property
    def questions(self) -> int:
        """How many questions its agents have asked."""
        return sum(len(step.exchanges) for step in self.steps)

    @property
    def behind(self) -> int:
        """How many of its steps are behind it: one that did not succeed is not, nor what it took along."""
        if self.status in TERMINAL_RUN and self.status is not RunStatus.SUCCEEDED:
            return sum(step.status is StepStatus.SUCCEEDED for step in self.steps)
        done = (StepStatus.SUCCEEDED, StepStatus.SKIPPED)
        return next((at for at, step in enumerate(self.steps) if step.status not in done), len(self.steps))


@dataclass(frozen=True, slots=True)
class StepTrace:
    """The whole explanation of one step's model."""

    index: int
    stage: str
    rows: tuple[TraceRow, ...]


@dataclass(frozen=True, slots=True)
class Attempt:
    """One start of an agent for one step, as the journal keeps it."""

    id: str
    run_id: str
    step: int
    agent: str
    agent_kind: str
    argv: tuple[str, ...]
    cwd: str
    env_names: tuple[str, ...]
    """Names of the variables it was given; values are never kept."""
    env_removed: tuple[str, ...]
    """Names of variables that were withheld because they would override the model."""
    permission: Permission
    state: Literal["intended", "running", "ended"] = "intended"
    cancel_reason: str | None = None
    """Set, in the journal, before the first signal is sent."""
    pid: int | None = None
    """The shim's. Signalled only where the process itself proves to be the attempt's: the number may be another's."""
    boot: str | None = None
    """The start of the machine in which it was intended; ``None`` where the system does not tell."""
    exit_code: int | None = None
    agent_version: str | None = None
    """As the agent said it."""
    created_at: str | None = None
    ended_at: str | None = None
