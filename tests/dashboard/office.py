"""An executor in memory that also knows filters of runs, and runs that are done again."""

from __future__ import annotations

from dataclasses import replace

from tests.dashboard.fake import SONNET, Executor, stamp
from tui.core.errors import ErrorBody
from tui.core.run import Run, RunStatus, Step, StepStatus
from tui.core.run_verbs import ResolveAgain, Retry, Skip
from tui.core.verbs import List, Page, Start, Started
from tui.dashboard.sieve import Sieve


def ended(number: int, *, workflow: str = "add-bug", status: RunStatus = RunStatus.SUCCEEDED, **step: object) -> Run:
    """A run of one step that ended."""
    told = {"asked": "sonnet", "sent": SONNET, "verdict": "confirmed", "status": StepStatus.SUCCEEDED} | step
    return Run(
        f"r_{number:04d}",
        "workflow",
        workflow,
        status,
        (Step(0, "fix", **told),),  # type: ignore[arg-type]
        title=f"Bug {number}",
        project="/shop",
        created_at=f"2026-11-20T{8 + number // 3600:02d}:{number // 60 % 60:02d}:{number % 60:02d}.000Z",
        started_at=stamp(1),
        ended_at=stamp(2),
    )


class Office(Executor):
    """Pages and filters as the journal does."""

    async def list(self, request: List) -> Page:
        if request.view != "runs" or request.ids:
            return await super().list(request)
        self.asked.append(request)
        sieve = Sieve(workflow=request.workflow, verdict=request.verdict, models=request.models)
        found = [
            run
            for run in sorted(self.runs.values(), key=lambda run: run.created_at or "", reverse=True)
            if sieve.lets(run) and (not request.status or run.status in request.status)
        ]
        begin = int(request.after or 0)
        end = begin + request.limit
        return Page("runs", tasks=tuple(found[begin:end]), next=str(end) if end < len(found) else None)

    async def start(self, request: Start) -> Started:
        match request:
            case Skip():
                self.asked.append(request)
                self.step(request.task_id, request.step, status=StepStatus.SKIPPED)
                return Started(request.task_id, self.runs[request.task_id])
            case Retry() | ResolveAgain():
                self.asked.append(request)
                return self._again(request)
            case _:
                return await super().start(request)

    def _again(self, request: Retry | ResolveAgain) -> Started:
        before = self.runs[request.task_id]
        anew = isinstance(request, ResolveAgain)
        steps = tuple(
            step
            if step.status is StepStatus.SUCCEEDED
            else _left(step, request.step_models.get(str(step.index)), anew=anew)
            for step in before.steps
        )
        run = replace(before, task_id=None, status=RunStatus.PENDING, steps=steps, retry_of=before.task_id, error=None)
        if request.dry_run:
            return Started(None, run, before=before)
        task_id = f"r_{len(self.runs) + 1:04d}"
        self.tell(replace(run, task_id=task_id, status=RunStatus.RUNNING, created_at=stamp(len(self.runs))))
        return Started(task_id, self.runs[task_id], before=before)


def _left(step: Step, written: object, *, anew: bool) -> Step:
    """A step that is to be done again: as it was, chosen anew, or as ``written``."""
    step = replace(step, status=StepStatus.PENDING, error=None)
    if step.type != "agent":
        return step
    model, effort = (written.get("model"), written.get("effort")) if isinstance(written, dict) else (written, None)
    if model == "nothing":
        error = ErrorBody("resolution", 'step override: Model "nothing" not found')
        return replace(step, sent=None, tier=None, reason=None, error=error)
    if model or effort:
        sent = f"anthropic/claude-{model}-5-5" if model else step.sent
        reason = f"step override ({step.index}): {model or step.sent} -> {sent}; before: {step.sent}"
        return replace(step, sent=sent, effort=effort, asked=model or step.sent, tier="step override", reason=reason)
    return replace(step, sent=SONNET, asked="sonnet") if anew else step
