"""What the resolver is asked and what it answers. Every answer carries why."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from tui.core.reference import Reference
from tui.core.settings import Written

Kind = Literal["worker", "step", "message"]
Policy = Literal["dynamic", "sticky"]
Nature = Literal["explicit", "stored", "inherited"]


@dataclass(frozen=True, slots=True)
class SpecChoices:
    """What a spec says about models. ``stage_models`` is ``None`` where the spec has no preference map at all."""

    type: str | None = None
    model_set: str | None = None
    stage_models: object = None
    has_preferences: bool = False
    """Whether a preference map is there, even an empty or odd one."""
    orchestrator_state: object = None
    """The legacy place of preferences, read as RESOLUTION tells."""


@dataclass(frozen=True, slots=True)
class WorkerSetting:
    """A sticky setting in force on a worker."""

    model: Written = None
    effort: str | None = None


@dataclass(frozen=True, slots=True)
class PastMessage:
    """A message of the conversation, as far as it matters for the next one."""

    stage: str | None = None
    model: Written = None
    policy: Policy | None = None


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file that goes with the work."""

    path: str
    type: str = "file"
    """``image`` asks for vision."""


@dataclass(frozen=True, slots=True)
class ResolutionRequest:
    """One question: which model for this step, task or message?"""

    kind: Kind
    profile: str | None = None
    workflow: str | None = None
    stage: str | None = None
    index: int | None = None
    command: str | None = None
    spec: SpecChoices | None = None
    step_models: Mapping[str, Written] = field(default_factory=dict)
    """By step index, gates counted; keys as JSON has them, texts."""
    model: Written = None
    effort: str | None = None
    preset: str | None = None
    policy: Policy | None = None
    worker: WorkerSetting | None = None
    messages: tuple[PastMessage, ...] = ()
    """Oldest first."""
    requires: tuple[str, ...] = ()
    attachments: tuple[Attachment, ...] = ()


@dataclass(frozen=True, slots=True)
class Candidate:
    """A model that a tier looked at."""

    reference: str
    score: int | None = None
    """Under the tag's rules; ``None`` where nothing was scored."""
    rejected: str | None = None
    """Why it was passed over; ``None`` for the one taken and for the runners-up."""


@dataclass(frozen=True, slots=True)
class TraceRow:
    """What one tier said and what became of it. The trace has a row for each tier, in order."""

    number: int
    tier: str
    outcome: Literal["won", "passed over", "silent", "not asked", "not reached", "error"]
    said: str | None = None
    """The selector as written."""
    detail: str | None = None
    """One sentence: what it came to, or why it was passed over or not asked."""
    candidates: tuple[Candidate, ...] = ()


@dataclass(frozen=True, slots=True)
class Resolution:
    """Which model, which agent, and why."""

    reference: Reference | None
    """``None``: no model is passed, the agent decides."""
    agent: str | None
    """``None`` for a gate, or where the request has no profile."""
    selector: str | None
    """As written at the tier that won."""
    effort: str | None
    tier: str
    reason: str
    """One sentence for a person; starts with the tier."""
    policy: Policy | None = None
    requirements: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    trace: tuple[TraceRow, ...] = ()
