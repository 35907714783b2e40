"""What can be asked about a run that is there: approve, reject, answer, skip, do again."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class Approve:
    """Let a run that waits at a gate go on."""

    task_id: str
    kind: Literal["op"] = "op"
    op: Literal["run.approve"] = "run.approve"
    comment: str = ""
    """The next step is told it."""


@dataclass(frozen=True, slots=True)
class Reject:
    """End a run that waits at a gate."""

    task_id: str
    kind: Literal["op"] = "op"
    op: Literal["run.reject"] = "run.reject"
    comment: str = ""


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
    """Do a run that ended unfinished again, as a new run: what succeeded is kept, the rest has its stored models."""

    task_id: str
    kind: Literal["op"] = "op"
    op: Literal["run.retry"] = "run.retry"


@dataclass(frozen=True, slots=True)
class ResolveAgain:
    """As :class:`Retry`, with the models chosen anew, by the configuration and the catalog of now."""

    task_id: str
    kind: Literal["op"] = "op"
    op: Literal["run.resolve_again"] = "run.resolve_again"
    dry_run: bool = False
    """Show the new choices beside the old ones, and start nothing."""


RunOp = Approve | Reject | Answer | Skip | Retry | ResolveAgain
