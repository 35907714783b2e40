"""What the resolver is asked and what it answers. Every answer carries why.

A field of type :data:`Written` holds whatever somebody wrote there; the resolver alone judges it, so that every wrong
value gets the same sentence, wherever it came from.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from tui.core.reference import Reference
from tui.core.settings import Written

Kind = Literal["worker", "step", "message"]
Policy = Literal["dynamic", "sticky"]
Nature = Literal["explicit", "stored", "inherited"]
Outcome = Literal["won", "fell back", "passed over", "silent", "not asked", "not reached", "error", "note"]
"""What became of a tier. ``fell back``: its tag asked for the defaults. ``note``: the row is no tier's."""


@dataclass(frozen=True, slots=True)
class SpecChoices:
    """What a spec says about models."""

    type: Written = None
    model_set: Written = None
    stage_models: Written = None
    """The preference map; ``None`` where the spec has none."""
    orchestrator_state: Written = None
    """The legacy place of preferences, read as RESOLUTION tells."""


@dataclass(frozen=True, slots=True)
class WorkerSetting:
    """A sticky setting in force on a worker."""

    model: Written = None
    effort: Written = None


@dataclass(frozen=True, slots=True)
class PastMessage:
    """A message of the conversation, as far as it matters for the next one."""

    stage: str | None = None
    model: Written = None
    policy: Written = None


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
    profile: Written = None
    workflow: Written = None
    stage: Written = None
    index: Written = None
    """Counts the workflow's stages from 0, gates too."""
    command: Written = None
    """The slash command, such as ``/plan``."""
    command_model: Written = None
    """The model that the command's own file names; the stage's default where the stage names none."""
    spec: SpecChoices | None = None
    step_models: Written = None
    """A map from step index (a number, or a text as JSON has it) to what was written for that step."""
    model: Written = None
    effort: Written = None
    preset: Written = None
    policy: Written = None
    """``dynamic`` or ``sticky``."""
    worker: WorkerSetting | None = None
    messages: tuple[PastMessage, ...] = ()
    """Oldest first."""
    requires: tuple[str, ...] = ()
    attachments: tuple[Attachment, ...] = ()


@dataclass(frozen=True, slots=True)
class Candidate:
    """A model that a tier looked at."""

    reference: str
    score: float | None = None
    """Under the tag's rules; ``None`` where nothing was scored."""
    rejected: str | None = None
    """Why it was passed over; ``None`` for the one taken."""


@dataclass(frozen=True, slots=True)
class TraceRow:
    """What one tier said and what became of it.

    A trace has a row for each of the 14 tiers, in order. After them come notes, if there is something to note: how the
    agent was found where it is not the profile's own, and which tier gave the effort.
    """

    number: int
    tier: str
    outcome: Outcome
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
