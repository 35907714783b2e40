"""What would run and why, for a person: the tier that won, those passed over, the candidates with their scores."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from tui.cli.describe import sent_as, tier_number, whole_run
from tui.cli.show import line, pairs, table
from tui.core.items import Explained
from tui.core.plain import one_line
from tui.core.resolution import TraceRow
from tui.core.run import Run, Step, StepTrace

GROUPS: Mapping[str, tuple[str, ...]] = {
    "Winning tier": ("won",),
    "Ended at": ("error",),
    "Passed over": ("passed over", "fell back"),
}
"""Tiers that said something, by what became of it, in the order in which they are told."""
REST = {
    "silent": "Said nothing",
    "not asked": "Not asked for this",
    "not reached": "Not reached",
}


def tell(found: Explained) -> None:
    """One step with its whole trace, or the plan of all of them."""
    if len(found.run.steps) != 1:
        whole_run(found.run)
        if found.run.kind == "workflow" and found.run.steps:
            line(f"\nWhy so, for one of them: modeldeck explain --workflow {found.run.workflow} --stage NAME")
        return
    (step,) = found.run.steps
    line(_heading(found.run, step))
    _answer(step)
    trace(next((one for one in found.trace if one.index == step.index), StepTrace(step.index, step.name, ())))


def trace(step: StepTrace) -> None:
    """What every tier said of one step."""
    groups = [(title, [row for row in step.rows if row.outcome in outcomes]) for title, outcomes in GROUPS.items()]
    for title, rows in groups:
        if rows:
            line(f"\n{title}:")
            table(("", "tier", "said", "why"), [(tier_number(row), row.tier, row.said, row.detail) for row in rows])
    candidates = list(_candidates(row for _, rows in groups for row in rows))
    if candidates:
        line("\nCandidates:")
        table(("model", "score", "tier", "why not"), candidates)
    notes = [row.detail for row in step.rows if row.outcome == "note" and row.detail]
    rest = [
        (title, ", ".join(f"{row.tier} ({row.number})" for row in step.rows if row.outcome == outcome))
        for outcome, title in REST.items()
    ]
    if notes or any(names for _, names in rest):
        line()
    pairs([*(("Note", note) for note in notes), *rest])


def compare(before: Explained, after: Explained, change: str) -> None:
    """Two plans side by side, and why the steps that differ do."""
    differs = set(differing(before, after))
    line(_heading(before.run, None))
    line()
    rows = [
        (
            step.name,
            _short(step),
            _short(other) if other is not None else "no such step",
            "differs" if step.index in differs else "",
        )
        for step, other in _paired(before.run, after.run)
    ]
    table(("step", "as it is", f"with {one_line(change, 60)}", ""), rows)
    for step, other in _paired(before.run, after.run):
        if step.index in differs and other is not None:
            line(f"\n{step.name}:")
            pairs([("as it is", _why(step)), ("changed", _why(other))])
    line("\nNothing would change." if not differs else f"\n{len(differs)} of {len(before.run.steps)} steps differ.")


def differing(before: Explained, after: Explained) -> list[int]:
    """Indices of the steps that would not be done by the same model, agent and effort."""
    return [
        step.index for step, other in _paired(before.run, after.run) if other is None or _core(step) != _core(other)
    ]


def _paired(before: Run, after: Run) -> Iterator[tuple[Step, Step | None]]:
    others = {step.index: step for step in after.steps}
    return ((step, others.get(step.index)) for step in before.steps)


def _core(step: Step) -> tuple[object, ...]:
    return (step.sent, step.agent, step.effort, step.permission, step.error, step.obstacles)


def _heading(run: Run, step: Step | None) -> str:
    parts = ["task" if run.kind == "worker" else "plan", run.workflow]
    if step is not None and run.kind == "workflow" and run.title is not None:
        parts.append(step.name)
    return " · ".join(one_line(part) for part in parts)


def _answer(step: Step) -> None:
    line(f"  {one_line(_why(step), 2000)}")
    if step.error is not None and step.error.suggestions:
        line(f"  did you mean: {', '.join(step.error.suggestions)}")
    for obstacle in step.obstacles:
        line(f"  can't start here: {one_line(obstacle.message, 2000)}")
    for warning in step.warnings:
        line(f"  warning: {one_line(warning, 2000)}")
    if step.error is None and step.type == "agent":
        line()
        pairs(
            (
                ("asked", step.asked),
                ("sent", sent_as(step)),
                ("agent", step.agent),
                ("effort", step.effort),
                ("permission", step.permission),
            )
        )


def _why(step: Step) -> str:
    if step.error is not None:
        return f"can't start: {step.error.message}"
    return step.why


def _short(step: Step) -> str:
    if step.error is not None:
        return "can't start"
    if step.type == "approval":
        return "gate"
    parts: Sequence[str | None] = (
        sent_as(step),
        f"({step.effort})" if step.effort else None,
        f"by {step.agent}" if step.agent else None,
        "(can't start here)" if step.obstacles else None,
    )
    return " ".join(part for part in parts if part)


def _candidates(rows: Iterable[TraceRow]) -> Iterator[tuple[str, ...]]:
    for row in rows:
        for one in row.candidates:
            score = "" if one.score is None else f"{one.score:g}"
            yield one.reference, score, row.tier, one.rejected or "taken"
