"""What a run waits for a person with: a gate or an agent's question; how it says so, and how it goes on."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from tui.core.errors import ConflictError, ErrorBody
from tui.core.plain import one_line
from tui.core.run import Run, RunStatus, Step, StepStatus

QUESTION = 300
"""Characters of a question in a run's note; the whole of it is with the step."""


@dataclass(frozen=True, slots=True)
class Wait:
    """That a run waits, and since when."""

    step: int
    for_what: str
    since: str
    question: str | None = None


def wait_of(run: Run) -> Wait | None:
    """What ``run`` waits for a person with, if it does."""
    for step in run.steps:
        if step.status is StepStatus.WAITING_APPROVAL and step.started_at:
            return Wait(step.index, "an approval", step.started_at)
        if step.status is StepStatus.WAITING_ANSWER and step.exchanges:
            asked = step.exchanges[-1]
            return Wait(step.index, "an answer", asked.asked_at, asked.question)
    return None


def with_step(run: Run, index: int, step: Step) -> Run:
    """``run`` with one step exchanged."""
    return replace(run, steps=(*run.steps[:index], step, *run.steps[index + 1 :]))


def at_gate(run: Run, index: int, at: str) -> Run:
    """``run``, which has come to a gate."""
    step = replace(run.steps[index], status=StepStatus.WAITING_APPROVAL, started_at=at)
    return replace(with_step(run, index, step), status=RunStatus.WAITING_APPROVAL)


def asked(run: Run, index: int, step: Step) -> Run:
    """``run``, whose step ``index`` has become ``step``: where that asks, the run waits and tells the question."""
    run = with_step(run, index, step)
    return _noted(replace(run, status=RunStatus.WAITING_ANSWER)) if step.status is StepStatus.WAITING_ANSWER else run


def reminded(run: Run, at: str) -> Run:
    """``run``, of which the person is reminded. Raises :class:`ConflictError` where it waits no more."""
    if wait_of(run) is None:
        raise ConflictError(f"The run {run.task_id} does not wait for anybody")
    return _noted(replace(run, reminders=run.reminders + 1, reminded_at=at))


def decided(run: Run, *, approved: bool, comment: str, step: int | None, at: str) -> Run:
    """Return ``run`` after the user's decision at its gate.

    ``step`` is the gate that was meant. Raises :class:`ConflictError` where the run waits at none, or at another one.
    """
    wait = wait_of(run)
    if wait is None or run.status is not RunStatus.WAITING_APPROVAL:
        raise ConflictError(f"The run {run.task_id} does not wait for an approval", field="task_id")
    if step not in (None, wait.step):
        raise ConflictError(
            f"The run {run.task_id} waits at another gate by now, {run.steps[wait.step].numbered}; "
            "look at it, then decide again",
            field="step",
        )
    status = StepStatus.SUCCEEDED if approved else StepStatus.FAILED
    error = None if approved else ErrorBody("rejected", f"A person rejected it: {one_line(comment, 1000)}".rstrip(": "))
    gate = replace(run.steps[wait.step], status=status, result=comment or None, error=error, ended_at=at)
    return _goes_on(with_step(run, wait.step, gate))


def answered(run: Run, text: str, question: int | None, at: str) -> Run:
    """``run`` after a person's answer: no attempt is there that could go on, so the next one begins anew.

    ``question``: which of the run's questions was read. Raises :class:`ConflictError` where it waits for none, or with
    another one.
    """
    wait = wait_of(run)
    if wait is None or run.status is not RunStatus.WAITING_ANSWER:
        raise ConflictError(f"The run {run.task_id} does not wait for an answer", field="task_id")
    step = run.steps[wait.step]
    if question not in (None, run.questions - 1):
        raise ConflictError(f"The run {run.task_id} asks something else by now; read it again", field="question")
    exchanges = (*step.exchanges[:-1], replace(step.exchanges[-1], answer=text, answered_at=at))
    step = replace(step, status=StepStatus.RUNNING, attempt=None, exchanges=exchanges)
    return _goes_on(with_step(run, wait.step, step))


def _goes_on(run: Run) -> Run:
    return replace(run, status=RunStatus.RUNNING, note=None, reminders=0, reminded_at=None)


def _noted(run: Run) -> Run:
    """``run`` with a note of what it waits for."""
    wait = wait_of(run)
    if wait is None:
        return run
    note = f"waits for {wait.for_what}"
    if run.reminders:
        note += f" since {datetime.fromisoformat(wait.since):%Y-%m-%d %H:%M} UTC (reminder {run.reminders})"
    return replace(run, note=f"{note}: {one_line(wait.question, QUESTION)}" if wait.question else note)
