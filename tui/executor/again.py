"""Doing a run again: a new run that keeps what succeeded and begins at the first step that did not."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import replace

from tui.core.errors import ConflictError, RequestError
from tui.core.plain import one_line
from tui.core.resolver.written import said, split
from tui.core.run import TERMINAL_RUN, Run, RunStatus, Step, StepStatus
from tui.core.settings import Written
from tui.core.spec_entry import together
from tui.store.damage import require_whole

BEFORE = "; before: "
"""In the reason of a step, what leads to the model that it had in the run that is retried."""
_INDEX = re.compile(r"[0-9]{1,6}")
_UNDONE = frozenset({StepStatus.FAILED, StepStatus.CANCELLED, StepStatus.LOST})


def again(run: Run) -> Run:
    """The run that does ``run`` again with the models that it stores; it has no id yet.

    Raises :class:`ConflictError` for one that goes on, or in which nothing is left to do.
    """
    require_whole(run)
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


def resolved_again(run: Run, planned: Run, anew: Collection[int]) -> Run:
    """As :func:`again`, with the choices of ``planned``, which is the same work resolved now, for the steps ``anew``.

    The reason of a step that gets another model or effort ends with what it had.
    Raises :class:`ConflictError` where the workflow has other steps by now.
    """
    same = [(step.name, step.type) for step in planned.steps] == [(step.name, step.type) for step in run.steps]
    if not same or planned.workflow != run.workflow:
        raise ConflictError(
            f"The workflow of the run {run.task_id}, {run.workflow!r}, has other steps now, so its models can't be "
            "chosen again; start a new run",
            field="task_id",
        )
    fresh = again(run)
    steps = tuple(
        _compared(now, step) if step.index in anew else step
        for now, step in zip(planned.steps, fresh.steps, strict=True)
    )
    fresh = replace(fresh, steps=steps, choices=planned.choices)
    if all(step.index in anew for step in steps if step.status is StepStatus.PENDING):
        return replace(fresh, config_digest=planned.config_digest, catalog_digest=planned.catalog_digest)
    return fresh


def chosen(run: Run, step_models: Mapping[str, Written], *, keep: bool) -> dict[str, Written]:
    """The entries of ``step_models`` that name a model or an effort; with ``keep`` an effort alone keeps the model.

    Raises :class:`ConflictError` for a run in which nothing is left to do, and :class:`RequestError` for an entry of
    anything but a step that is left and that an agent does.
    """
    left = {step.index: step for step in again(run).steps if step.status is StepStatus.PENDING and step.type == "agent"}
    names = ", ".join(step.numbered for step in left.values())
    found: dict[str, Written] = {}
    for key, written in step_models.items():
        index = int(key) if _INDEX.fullmatch(key) else None
        if index is None or index >= len(run.steps):
            raise RequestError(
                f"step_models has the key {one_line(key, 40)!r}; a key is the index of a step, from 0 to "
                f"{len(run.steps) - 1}",
                field="step_models",
            )
        step = run.steps[index]
        if str(index) in found:
            raise RequestError(f"step_models names {step.numbered} twice", field="step_models")
        if index not in left:
            why = "is an approval gate and has no model" if step.type == "approval" else "is done and stays as it is"
            raise RequestError(f"{step.numbered} {why}; a model can be chosen for {names}", field="step_models")
        model, effort = split(written)
        if keep and model is None and said(effort):
            model = step.sent or "agent-default"
        if (entry := together(model, effort)) is not None:
            found[str(index)] = entry
    return found


def _compared(new: Step, old: Step) -> Step:
    """``new``, whose reason says what ``old`` had where that differs."""
    if new.type != "agent" or new.error is not None or (new.sent, new.effort) == (old.sent, old.effort):
        return new
    had = " ".join(filter(None, (old.sent or "no model passed", old.effort)))
    return replace(new, reason=f"{new.reason}{BEFORE}{had}")


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
        reason=step.reason.partition(BEFORE)[0] if step.reason else None,  # that was said of an earlier retry
        effort=step.effort,
        warnings=step.warnings,
        agent=step.agent,
        agent_kind=step.agent_kind,
        permission=step.permission,
        prompt=step.prompt,
        command=step.command,
        timeout=step.timeout,
        part=step.part,
        interactive=step.interactive,
    )
