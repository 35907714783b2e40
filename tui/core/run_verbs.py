"""What can be asked about a run that is there: approve, reject, answer, skip, do again."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from tui.core.settings import Written


@dataclass(frozen=True, slots=True)
class Approve:
    """Let a run that waits at a gate go on."""

    task_id: str
    kind: Literal["op"] = "op"
    op: Literal["run.approve"] = "run.approve"
    comment: str = ""
    """The next step is told it."""
    step: int | None = None
    """The gate that was meant, by step index, so that no other is approved; ``None``: whichever waits."""


@dataclass(frozen=True, slots=True)
class Reject:
    """End a run that waits at a gate."""

    task_id: str
    kind: Literal["op"] = "op"
    op: Literal["run.reject"] = "run.reject"
    comment: str = ""
    step: int | None = None
    """As for :class:`Approve`."""


@dataclass(frozen=True, slots=True)
class Answer:
    """Answer the question that a run waits with."""

    task_id: str
    text: str
    kind: Literal["op"] = "op"
    op: Literal["run.answer"] = "run.answer"
    question: int | None = None
    """Which of the run's questions was read, counted from 0 over all its steps, so that no other is answered; ``None``:
    whichever waits."""


@dataclass(frozen=True, slots=True)
class Skip:
    """Leave out a step that has not begun."""

    task_id: str
    step: int
    kind: Literal["op"] = "op"
    op: Literal["run.skip"] = "run.skip"


@dataclass(frozen=True, slots=True)
class Retry:
    """Retry a run that ended unfinished, as a new run: succeeded steps stay, the others keep their stored models.

    A step named in ``step_models`` has its model chosen now instead; an entry with an effort alone keeps the model.
    """

    task_id: str
    kind: Literal["op"] = "op"
    op: Literal["run.retry"] = "run.retry"
    step_models: Mapping[str, Written] = field(default_factory=dict)
    """By step index, counted from 0."""
    dry_run: bool = False
    """Show the run that would be started beside the old one, and start nothing."""
    start_anyway: bool = False
    """Start although a step can't start here; it fails when its turn comes."""


@dataclass(frozen=True, slots=True)
class ResolveAgain:
    """As :class:`Retry`, with all models chosen anew, by the configuration and the catalog of now."""

    task_id: str
    kind: Literal["op"] = "op"
    op: Literal["run.resolve_again"] = "run.resolve_again"
    step_models: Mapping[str, Written] = field(default_factory=dict)
    """By step index, counted from 0; laid over those of the run that is retried."""
    dry_run: bool = False
    """Show the new choices beside the old ones, and start nothing."""
    start_anyway: bool = False
    """Start although a step can't start here; it fails when its turn comes."""


RunOp = Approve | Reject | Answer | Skip | Retry | ResolveAgain
