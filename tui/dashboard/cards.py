"""A card as three rows: title and drop-down, what will run and why, and what is known of it."""

from __future__ import annotations

from datetime import datetime

from tui.core.plain import one_line
from tui.core.run import TERMINAL_RUN, Run, Step
from tui.dashboard import glyphs
from tui.dashboard.row import Ink, Row, fit, middle
from tui.dashboard.state import Card
from tui.dashboard.words import VERDICTS, clock, count, rehearsed, span, state, verdict_of

HEIGHT = 4
"""Three rows and a blank."""

NARROW = 60
"""Under this width a card has one column."""


def second_column(width: int) -> int:
    """Where the drop-down and the reason begin: the same place on every card."""
    return min(width * 45 // 100, 40)


def drop_down(selector: str | None, inner: int = 16) -> Row:
    """The model drop-down. ``inherit`` stands where nothing is picked."""
    row = Row("[ ", "dim")
    row.add(fit(middle(selector, inner), inner) if selector else fit("inherit", inner), "pick" if selector else "text")
    return row.add(f" {glyphs.DROP}]", "dim")


def why(step: Step) -> str:
    """A step's reason, without the reference that stands beside it."""
    head, arrow, tail = (step.reason or "").partition(" -> ")
    rest = tail.partition(";")[2]
    return one_line(f"{head};{rest}" if arrow and rest else head)


def work(plan: Run) -> list[Step]:
    """The steps that an agent does."""
    return [step for step in plan.steps if step.type == "agent"]


def trouble(plan: Run) -> str | None:
    """Why a plan can't run, in one sentence, with what to try."""
    error = plan.error or next((step.error for step in plan.steps if step.error), None)
    if error is None:
        return None
    hint = f"; try {error.suggestions[0]}" if error.suggestions else ""
    return one_line(f"{error.message}{hint}")


def card_rows(card: Card, *, width: int, focused: bool, stale: bool, now: datetime) -> list[Row]:
    """The card's rows at this width."""
    column = second_column(width)
    bar = glyphs.BAR if focused else " "
    first = Row(bar, "accent").add(" ").add(one_line(card.item.title), "strong")
    first.to(max(width - 22, 10) if width < NARROW else column).join(drop_down(card.pick))
    effort = next((step.effort for step in work(card.plan) if step.effort), None) if card.plan else None
    if effort and width >= NARROW:
        first.add(f" {effort}", "dim")
    second, third = _answer(card, bar, column, width, stale), Row(bar, "accent").add(" ")
    if width < NARROW and card.plan and (steps := work(card.plan)):
        third.add(why(steps[0]), "dim")
    else:
        third.join(_facts(card, now))
    return [first.cut(width), second.cut(width), third.cut(width)]


def _answer(card: Card, bar: str, column: int, width: int, stale: bool) -> Row:
    """What will run and why."""
    row = Row(bar, "accent").add(" ")
    if not card.item.runnable:
        return row.add(f"{glyphs.FAILED} {one_line(card.item.why_not or 'can not run here')}", "bad")
    if card.plan is None:
        return row.add(f"{glyphs.ARROW} ", "dim").add("not known yet" if stale else "asking …", "dim")
    if refused := trouble(card.plan):
        return row.add(f"{glyphs.FAILED} {refused}", "bad")
    steps = work(card.plan)
    if not steps:
        return row.add(f"{glyphs.ARROW} no model: gates alone", "dim")
    ink: Ink = "dim" if stale else "text"
    models = list(dict.fromkeys(step.sent for step in steps))
    others = f" +{len(models) - 1}" if len(models) > 1 else ""
    room = (width if width < NARROW else column) - 6 - len(others)
    row.add(f"{glyphs.ARROW} ", "dim").add(middle(one_line(models[0] or "the agent decides"), room), ink)
    row.add(others, "dim")
    return row if width < NARROW else row.to(column).add(why(steps[0]), "dim")


def _facts(card: Card, now: datetime) -> Row:
    """Stages, agents, and the newest run; or why the last start was refused."""
    if card.problem:
        return Row(f"{glyphs.FAILED} {card.problem}", "bad")
    row = Row(count(len(card.item.stages), "stage"), "dim")
    if card.plan:
        steps = work(card.plan)
        agents = list(dict.fromkeys(step.agent for step in steps if step.agent))
        if agents:
            row.add(f" · {one_line(agents[0])}{f' +{len(agents) - 1}' if len(agents) > 1 else ''}", "dim")
        if any(rehearsed(step) for step in steps) and "rehearsal" not in row.text:
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


def run_facts(run: Run, now: datetime) -> Row:
    """A run in a few words: where it is, since when, and what was proved."""
    sign, word, ink = state(run.status)
    row = Row(f"{sign} {word}", ink)
    if run.status not in TERMINAL_RUN:
        step = next((step for step in run.steps if step.status == "running"), None)
        if step is not None and run.status == "running":
            row.add(f" {one_line(step.stage)}", ink)
        row.add(f" {span(run.started_at or run.created_at, None, now)}", "dim")
    else:
        row.add(f" {clock(run.ended_at, now)}", "dim")
    verdict, verdict_ink = VERDICTS.get(verdict_of(run), ("", "dim"))
    if verdict:
        row.add(" ").add(verdict, verdict_ink)
    if any(rehearsed(step) for step in run.steps):
        row.add(" rehearsal", "dim")
    error = run.error or next((step.error for step in run.steps if step.error), None)
    if error is not None and run.status in ("failed", "lost"):
        row.add(f" · {one_line(error.message)}", "bad")
    return row
