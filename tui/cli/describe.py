"""Runs, steps and messages in words, the same in every command."""

from __future__ import annotations

import shlex
from collections.abc import Iterable
from datetime import datetime
from decimal import Decimal

from tui.cli.show import line, table
from tui.core.evidence import gravest
from tui.core.plain import one_line
from tui.core.resolution import TraceRow
from tui.core.run import TERMINAL_STEP, Attempt, Run, Step, Worktree
from tui.core.verbs import Message

VERDICTS = {"differs": "DIFFERS", "none": ""}
"""What is written for a verdict, where it is not the word itself."""
ABOUT = 60
"""Characters of a run's input that a table shows."""
COMMAND = 160
"""Characters of a command that are shown."""


def when(moment: str | None) -> str:
    """``moment``, ISO 8601 in UTC, in local time, to the minute."""
    if not moment:
        return ""
    return datetime.fromisoformat(moment).astimezone().strftime("%Y-%m-%d %H:%M")


def proof(step: Step) -> str:
    """The grade and the verdict of a step. A rehearsal says so, for no model did it."""
    words = (step.evidence or "", VERDICTS.get(step.verdict, step.verdict))
    rehearsal = "rehearsal" if step.agent_kind == "rehearsal" else ""
    return " ".join(word for word in (*words, rehearsal) if word)


def sent_as(step: Step) -> str:
    """Return the model that a step runs as; a step that can't run never reads as the agent's default."""
    return step.sent or ("agent default" if step.resolved else "can't run")


def verdict(run: Run) -> str:
    """The gravest verdict of a run's steps."""
    first = gravest(step.verdict for step in run.steps)
    return VERDICTS.get(first, first)


def progress(run: Run) -> str:
    """How many of a run's steps are behind it."""
    return f"{run.behind}/{len(run.steps)}"


def cost(step: Step) -> str:
    """What a step cost, with who says so being left to ``--json``."""
    if step.cost is None:
        return ""
    return f"${step.cost.usd}" if step.cost.usd is not None else "unknown"


def run_table(runs: Iterable[Run]) -> None:
    """One line a run."""
    table(
        ("task", "workflow", "status", "steps", "verdict", "started", "took", "cost", "about"),
        (
            (
                run.task_id,
                run.workflow,
                run.status,
                progress(run),
                verdict(run),
                when(run.created_at),
                took(run),
                run_cost(run),
                _why(run) or one_line(run.input, ABOUT),
            )
            for run in runs
        ),
    )


def took(run: Run) -> str:
    """Return how long a run that has ended took: ``0m41``, ``1h02m``."""
    if not run.started_at or not run.ended_at:
        return ""
    seconds = int((datetime.fromisoformat(run.ended_at) - datetime.fromisoformat(run.started_at)).total_seconds())
    hours, rest = divmod(max(seconds, 0), 3600)
    return f"{hours}h{rest // 60:02d}m" if hours else f"{rest // 60}m{rest % 60:02d}"


def run_cost(run: Run) -> str:
    """Return what a run cost, as far as it is known; empty where nothing is."""
    known = [Decimal(step.cost.usd) for step in run.steps if step.cost is not None and step.cost.usd is not None]
    partly = any(step.cost is not None and step.cost.usd is None for step in run.steps)
    return f"${sum(known)}{'+' if partly else ''}" if known else ""


def tier_number(row: TraceRow) -> str:
    """Return a tier's number; a note that follows the tiers has none."""
    return "" if row.outcome == "note" else str(row.number)


def whole_run(run: Run) -> None:
    """A run with all its steps: what was asked, sent and answered, and why."""
    plan = run.task_id is None
    line(
        " · ".join(one_line(part) for part in (run.task_id or "plan", run.workflow, "" if plan else run.status) if part)
    )
    if why := _why(run):
        line(f"  {why}")
    if run.worktree is not None:
        line(f"  {worktree(run.worktree)}")
    if run.retry_of is not None:
        line(f"  does {run.retry_of} again, from its first unfinished step on")
    line()
    if plan:
        columns: tuple[str, ...] = ("step", "asked", "sent", "agent", "effort", "permission")
    else:
        columns = ("step", "status", "asked", "sent", "answered", "proof", "cost")
    table(columns, (_step(step, plan) for step in run.steps))
    line()
    for step in run.steps:
        said = [f"asked: {one.question} Answer: {one.answer or 'none yet'}" for one in step.exchanges]
        ahead = () if step.status in TERMINAL_STEP else step.obstacles
        blocked = [f"can't start here: {one.message}" for one in ahead]
        failed = step.error.message if step.error else None
        for text in (step.why, step.note, *step.warnings, *said, *blocked, failed):
            if text:
                line(f"  {one_line(step.name, 80)}: {one_line(text, 2000)}")


def worktree(tree: Worktree) -> str:
    """Where a run works that has a git worktree."""
    if tree.removed:
        return "worked in a git worktree, which was removed for nothing was changed in it"
    begun = f", begun at the commit {tree.base[:10]}" if tree.base else ""
    if not tree.folder:
        return f"works in a git worktree of its own{begun}"
    return one_line(f"git worktree {tree.folder}, branch {tree.branch}{begun}", 400)


def message(said: Message, stage: str | None = None) -> str:
    """A message with the model that said it."""
    who = ", ".join(part for part in (stage, said.model, "" if said.kind == "text" else said.kind) if part)
    first, *more = said.text.splitlines() or [""]
    return "\n".join([f"[{who}] {first}" if who else first, *(f"  {text}" for text in more)])


def started(attempt: Attempt) -> tuple[tuple[str, str | None], ...]:
    """One start of an agent, a fact a line; a long command is cut, for ``--json`` has the whole."""
    ended = attempt.state == "ended"
    code = "no exit status was seen" if attempt.exit_code is None else f"exit status {attempt.exit_code}"
    return (
        ("attempt", f"{attempt.id} {when(attempt.created_at)}"),
        ("agent", f"{attempt.agent} {attempt.agent_version or ''}".strip()),
        ("folder", attempt.cwd),
        ("command", one_line(shlex.join(attempt.argv), COMMAND)),
        ("permission", attempt.permission),
        ("variables", ", ".join(attempt.env_names)),
        ("withheld", ", ".join(attempt.env_removed)),
        ("end", f"{when(attempt.ended_at)}, {code}" if ended else attempt.state),
        ("ended because", attempt.cancel_reason),
    )


def _step(step: Step, plan: bool) -> tuple[str | None, ...]:
    if step.type == "approval":
        return (step.name, "gate", *[None] * 4) if plan else (step.name, step.status, "gate", *[None] * 4)
    if plan:
        return (step.name, step.asked, sent_as(step), step.agent, step.effort, step.permission)
    return (step.name, step.status, step.asked, sent_as(step), ", ".join(step.answered), proof(step), cost(step))


def _why(run: Run) -> str:
    failed = next((step.error.message for step in run.steps if step.error), "")
    return one_line((run.error.message if run.error else None) or run.note or failed or "")
