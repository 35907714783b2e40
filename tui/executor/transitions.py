"""How runs and steps end: pure changes of a run, whichever way its end came about."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TypeVar

from tui.core.errors import ErrorBody
from tui.core.run import TERMINAL_STEP, Run, RunStatus, Step, StepStatus, Worktree
from tui.executor.worktree import whereabouts

Timed = TypeVar("Timed", Run, Step)

RUN_OF_STEP: Mapping[StepStatus, RunStatus] = {
    StepStatus.FAILED: RunStatus.FAILED,
    StepStatus.CANCELLED: RunStatus.CANCELLED,
    StepStatus.LOST: RunStatus.LOST,
}
"""How a run ends when one of its steps ended so."""


def ended(run: Run, *, status: RunStatus, at: str, error: ErrorBody | None, worktree: Worktree | None) -> Run:
    """Return ``run`` as it is after its end with ``status``; steps that are not done are skipped or cancelled."""
    rest = StepStatus.CANCELLED if status is RunStatus.CANCELLED else StepStatus.SKIPPED
    steps = tuple(
        step if step.status in TERMINAL_STEP else replace(step, status=_rest_of(step, rest), ended_at=at)
        for step in run.steps
    )
    over = replace(run, status=status, steps=steps, note=whereabouts(worktree), error=error, ended_at=at)
    return replace(over, reminders=0, reminded_at=None, search_path=None, worktree=worktree)


def failed(step: Step, *, error: ErrorBody, at: str) -> Step:
    """Return ``step`` failed with ``error``."""
    return replace(step, status=StepStatus.FAILED, error=error, ended_at=at)


def forwards(run: Run) -> Run:
    """Return ``run`` with no end before its beginning, however the machine's clock was set meanwhile."""
    steps = tuple(_forwards(step) for step in run.steps)
    return _forwards(run if steps == run.steps else replace(run, steps=steps))


def is_over(run: Run) -> bool:
    """Return whether no step of ``run`` will be begun."""
    states = {step.status for step in run.steps}
    return not states.isdisjoint(RUN_OF_STEP) or states <= TERMINAL_STEP


def agents_after(run: Run, index: int) -> bool:
    """Return whether an agent has work to do after step ``index``."""
    return any(step.type == "agent" for step in run.steps[index + 1 :])


def _rest_of(step: Step, rest: StepStatus) -> StepStatus:
    """Return the state of a step that the run's end leaves undone: only one that never began can be skipped."""
    return rest if step.status is StepStatus.PENDING else StepStatus.CANCELLED


def _forwards(thing: Timed) -> Timed:
    if thing.started_at and thing.ended_at and thing.ended_at < thing.started_at:
        return replace(thing, ended_at=thing.started_at)
    return thing
