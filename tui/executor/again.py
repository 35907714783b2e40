"""Doing a run again: a new run that keeps what succeeded and begins at the first step that did not."""

from __future__ import annotations

from dataclasses import replace

from tui.core.errors import ConflictError
from tui.core.run import TERMINAL_RUN, Run, RunStatus, Step, StepStatus

_UNDONE = frozenset({StepStatus.FAILED, StepStatus.CANCELLED, StepStatus.LOST})


def again(run: Run) -> Run:
    """The run that does ``run`` again with the models that it stores; it has no id yet.

    Raises :class:`ConflictError` for one that goes on, or in which nothing is left to do.
    """
    begin = _first_unfinished(run)
    steps = tuple(step if step.index < begin else _anew(step) for step in run.steps)
    return replace(
        run,
        task_id=None,
        status=RunStatus.PENDING,
        steps=steps,
        retry_of=run.task_id,
        note=None,
        error=None,
        created_at=None,
        started_at=None,
        ended_at=None,
    )


def resolved_again(run: Run, planned: Run) -> Run:
    """As :func:`again`, with the choices of ``planned``, which is the same work resolved now.

    Raises :class:`ConflictError` where the workflow has other steps by now.
    """
    if [(step.name, step.type) for step in planned.steps] != [(step.name, step.type) for step in run.steps]:
        raise ConflictError(
            f"The workflow {run.workflow!r} has other steps by now than the run {run.task_id} had; start it anew",
            field="task_id",
        )
    fresh = again(run)
    begin = _first_unfinished(run)
    steps = (*fresh.steps[:begin], *planned.steps[begin:])
    return replace(fresh, steps=steps, config_digest=planned.config_digest, catalog_digest=planned.catalog_digest)


def _first_unfinished(run: Run) -> int:
    if run.status not in TERMINAL_RUN:
        raise ConflictError(f"The run {run.task_id} has not ended; cancel it first", field="task_id")
    stopped = run.error is not None and run.error.code == "differs"
    for step in run.steps:
        if step.status in _UNDONE or (stopped and step.verdict == "differs"):
            return step.index
    done = [step.index for step in run.steps if step.status is StepStatus.SUCCEEDED]
    begin = max(done, default=-1) + 1
    if run.status is RunStatus.SUCCEEDED or begin == len(run.steps):
        raise ConflictError(f"In the run {run.task_id} nothing is left to do", field="task_id")
    return begin


def _anew(step: Step) -> Step:
    """``step`` before it began: what was chosen stays, what came of it goes."""
    return Step(
        index=step.index,
        stage=step.stage,
        type=step.type,
        asked=step.asked,
        sent=step.sent,
        tier=step.tier,
        reason=step.reason,
        effort=step.effort,
        warnings=step.warnings,
        agent=step.agent,
        agent_kind=step.agent_kind,
        permission=step.permission,
        prompt=step.prompt,
        timeout=step.timeout,
        part=step.part,
        interactive=step.interactive,
    )
