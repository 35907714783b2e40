"""Runs, steps and attempts for the tests of the journal."""

from __future__ import annotations

from pathlib import Path

from tui.core.run import Attempt, Run, RunStatus, Step, StepStatus, StepTrace

AT = "2026-11-20T09:00:00.000Z"
PROJECT = "/home/ada/shop"


def run(
    task_id: str = "r_1",
    status: RunStatus = RunStatus.PENDING,
    *,
    workflow: str = "create-spec",
    project: str | None = PROJECT,
    steps: tuple[Step, ...] | None = None,
) -> Run:
    if steps is None:
        steps = (Step(0, "plan", asked="opus"), Step(1, "ok", type="approval"), Step(2, "implement", asked="haiku"))
    return Run(task_id, "workflow", workflow, status, steps, project=project, created_at=AT)


def one_step(task_id: str, status: StepStatus) -> Run:
    return run(task_id, RunStatus.RUNNING, steps=(Step(0, "plan", status=status),))


def attempt(attempt_id: str = "a_1", run_id: str = "r_1", step: int = 0) -> Attempt:
    return Attempt(
        id=attempt_id,
        run_id=run_id,
        step=step,
        agent="claude",
        agent_kind="claude",
        argv=("claude", "-p"),
        cwd=PROJECT,
        env_names=("HOME", "ANTHROPIC_API_KEY"),
        env_removed=("ANTHROPIC_MODEL",),
        permission="edit",
        created_at=AT,
    )


def explained(run: Run) -> tuple[StepTrace, ...]:
    return tuple(StepTrace(step.index, step.stage, ()) for step in run.steps)


def mode_of(path: Path) -> str:
    return oct(path.stat().st_mode & 0o777)


def names_in(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def remove_all(folder: Path) -> None:
    for path in folder.iterdir():
        path.unlink()
