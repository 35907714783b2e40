"""What a card says of its workflow: what will run and why, and what is known of it."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from tui.core.plain import one_line
from tui.dashboard import glyphs
from tui.dashboard.face import Face
from tui.dashboard.keymap import BY_ID, first_key
from tui.dashboard.obstacles import obstacles
from tui.dashboard.row import Row
from tui.dashboard.words import ENDED, VERDICTS, all_rehearsed, clock, count, sent_as, span, state, verdict_of

if TYPE_CHECKING:
    from tui.core.run import Run, Step
    from tui.dashboard.state import Card


def why(step: Step) -> str:
    """A step's reason, without the reference that stands beside it."""
    head, arrow, tail = step.why.partition(" -> ")
    rest = tail.partition(";")[2]
    return one_line(f"{head};{rest}" if arrow and rest else head)


def work(plan: Run) -> list[Step]:
    """The steps that an agent does."""
    return [step for step in plan.steps if step.type == "agent"]


def first_model(plan: Run) -> str | None:
    """What the first step that an agent does runs as."""
    return next((step.sent for step in work(plan)), None)


def at_work(run: Run | None, plan: Run | None) -> Step | None:
    """Return the step that a run is at, where the next start would use other models than the run does.

    That is a step that goes on, or else the next one; ``None`` for a run that has ended.
    """
    if run is None or run.status in ENDED:
        return None
    steps = work(run)
    if not steps or (plan is not None and [step.sent for step in steps] == [step.sent for step in work(plan)]):
        return None
    for wanted in (("running", "waiting_answer"), ("pending",)):
        found = next((step for step in steps if step.status in wanted), None)
        if found is not None:
            return found
    return steps[-1]


def at_work_as(run: Run | None, plan: Run | None) -> str | None:
    """Return the model of :func:`at_work`, as a card names it."""
    step = at_work(run, plan)
    return one_line(step.sent or "the agent decides") if step is not None else None


def trouble(plan: Run) -> str | None:
    """Why a plan can't run, in one sentence, with what to try."""
    error = plan.error or next((step.error for step in plan.steps if step.error), None)
    if error is None:
        return None
    if plan.kind == "spec" and error.field == "workflow":  # the rest of it is for the command line
        key = first_key(BY_ID["edit-spec"].keys)
        return one_line(f"{error.message.partition(';')[0]}: {key} on its card, then choose one")
    hint = f"; try {error.suggestions[0]}" if error.suggestions else ""
    return one_line(f"{error.message}{hint}")


def face_of(card: Card, now: datetime) -> Face:
    """What the card says now."""
    plan = card.plan
    steps = work(plan) if plan else []
    models = list(dict.fromkeys(step.sent for step in steps))
    sent = None
    if steps:
        sent = sent_as(steps[0], whole=True)
    elif plan is not None:
        sent = "no model: gates alone"
    return Face(
        name=card.name,
        title=one_line(card.item.title),
        pick=card.pick,
        effort=steps[0].effort if steps else None,
        sent=sent,
        others=max(len(models) - 1, 0),
        at_work=at_work_as(card.run, plan),
        reason=why(steps[0]) if steps else "",
        trouble=_trouble(card),
        facts=tuple(_facts(card, now).pieces),
    )


def _trouble(card: Card) -> str | None:
    if not card.item.runnable:
        return one_line(card.item.why_not or "it can not run here")
    return trouble(card.plan) if card.plan else None


def _facts(card: Card, now: datetime) -> Row:
    """Stages, agents, and the newest run; or why the last start was refused, or the next one would be."""
    if card.problem:
        return Row(f"{glyphs.FAILED} {card.problem}", "bad")
    if card.plan and not card.live and (blocked := obstacles(card.plan)):
        return Row(f"{glyphs.FAILED} {blocked[0]}", "bad")
    row = Row(count(len(card.item.stages), "stage"), "dim")
    if card.plan:
        steps = work(card.plan)
        agents = list(dict.fromkeys(step.agent for step in steps if step.agent))
        if agents:
            row.add(f" · {one_line(agents[0])}{f' +{len(agents) - 1}' if len(agents) > 1 else ''}", "dim")
        if all_rehearsed(card.plan) and "rehearsal" not in row.text:
            row.add(" · rehearsal", "dim")
        warnings = sum(len(step.warnings) for step in card.plan.steps)
        if warnings:
            row.add(" · ", "dim").add(f"{glyphs.LOST} {count(warnings, 'warning')}", "warn")
    return row.add(" · ", "dim").join(_newest(card, now))


def _newest(card: Card, now: datetime) -> Row:
    if card.run is not None:
        return run_facts(card.run, now)
    last = card.item.last
    if last is None:
        return Row("never run", "dim")
    sign, word, ink = state(last.status)
    row = Row(f"{sign} {word}", ink).add(f" {clock(last.at, now)}", "dim")
    verdict, verdict_ink = VERDICTS.get(last.verdict, (last.verdict, "warn"))
    return row.add(" ").add(verdict, verdict_ink) if verdict else row


def run_facts(run: Run, now: datetime, *, timed: bool = True) -> Row:
    """A run in a few words: where it is, since when unless that is shown beside it, and what was proved."""
    sign, word, ink = state(run.status)
    row = Row(f"{sign} {word}", ink)
    if run.status not in ENDED:
        step = next((step for step in run.steps if step.status == "running"), None)
        if step is not None and run.status == "running":
            row.add(f" {one_line(step.name)}", ink)
        row.add(f" {span(run.started_at or run.created_at, None, now)}" if timed else "", "dim")
    elif timed:
        row.add(f" {clock(run.ended_at, now)}", "dim")
    verdict, verdict_ink = VERDICTS.get(verdict_of(run), ("", "dim"))
    if verdict:
        row.add(" ").add(verdict, verdict_ink)
    if all_rehearsed(run):
        row.add(" rehearsal", "dim")
    error = run.error or next((step.error for step in run.steps if step.error), None)
    if error is not None and run.status in ("failed", "lost"):
        row.add(f" · {one_line(error.message)}", "bad")
    return row
