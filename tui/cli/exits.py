"""Exit codes: what a shell learns of a command."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from tui.core.errors import JournalError, MachineError, ModeldeckError, UnreachableError

if TYPE_CHECKING:  # the dashboard's start does without it
    from tui.core.run import Run

SUCCEEDED = 0
FAILED = 1
BAD_CHOICE = 2
UNCONFIRMED = 3
ENDED_EARLY = 4
TIMED_OUT = 5
UNREACHABLE = 6
INTERRUPTED = 130
BROKEN_PIPE = 141


def of_error(error: ModeldeckError) -> int:
    """The exit code of a command that ended with ``error``."""
    if isinstance(error, UnreachableError):
        return UNREACHABLE
    if isinstance(error, MachineError | JournalError) or type(error) is ModeldeckError:
        return FAILED
    return BAD_CHOICE


def of_plan(run: Run) -> int:
    """Return the exit code of a dry run: the one that the start would end with."""
    if run.error is not None or any(step.error for step in run.steps):
        return BAD_CHOICE
    return FAILED if any(step.obstacles for step in run.steps) else SUCCEEDED


def of_runs(runs: Iterable[Run], *, require_confirmed: bool = False) -> int:
    """The exit code for runs that have ended: the gravest one's."""
    return max((_of_run(run, require_confirmed) for run in runs), key=_GRAVITY.index, default=SUCCEEDED)


_GRAVITY = (SUCCEEDED, FAILED, UNCONFIRMED, ENDED_EARLY)


def _of_run(run: Run, require_confirmed: bool) -> int:
    verdicts = {step.verdict for step in run.steps if step.type == "agent" and step.ended_at}
    if run.status in ("cancelled", "lost"):
        return ENDED_EARLY
    if require_confirmed and "differs" in verdicts:
        return UNCONFIRMED  # before FAILED: with on_mismatch `stop` this is why it failed
    if run.status != "succeeded":
        return FAILED
    return UNCONFIRMED if require_confirmed and verdicts & {"unproven", "none"} else SUCCEEDED
