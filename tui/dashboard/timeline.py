"""A run as rows: its title, its steps with asked, sent, answered and proof, and the sentences under them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from tui.core.plain import one_line
from tui.core.run import TERMINAL_RUN, TERMINAL_STEP, Run, Step
from tui.dashboard import glyphs
from tui.dashboard.between import exchanged, in_short, question_of
from tui.dashboard.chrome import home_short
from tui.dashboard.row import Ink, Row, middle, wrap
from tui.dashboard.spent import money, run_cost, run_usage
from tui.dashboard.words import (
    all_rehearsed,
    by_the_clock,
    clock,
    count,
    part_of,
    proof,
    rehearsed,
    selector,
    sent_as,
    span,
    state,
)

WIDE = 112
"""From this width on, references are shown whole."""

HANDED = 300
"""Characters of what a step hands on that its line shows."""

COST_AT, COST = 7, 14
"""Cells from the time to the cost, and to where the cost ends."""

MIDDLING = 92
"""From this width on, models without their provider are."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A line of the timeline: a step, a sentence under one, or the stage that several are parts of."""

    step: Step
    sentence: str | None = None
    ink: Ink = "dim"
    head: bool = False
    """Whether it names the stage alone."""
    goes_on: bool = False
    """Whether the sentence began on the line before."""

    @property
    def under(self) -> bool:
        """Whether it can't be chosen."""
        return self.head or self.sentence is not None


def entries(run: Run, width: int = 0) -> list[Entry]:
    """All lines of the timeline; with a ``width`` an error has as many as it needs, so that its remedy can be read."""
    found = []
    stage = None
    for step in run.steps:
        if step.part and step.stage != stage:
            found.append(Entry(step, head=True))
        stage = step.stage if step.part else None
        found.append(Entry(step))
        found.extend(_asked(step))
        if step.verdict == "differs":
            said = f"another model answered: {', '.join(step.answered)}, not {step.sent}"
            found.append(Entry(step, one_line(said), "alarm"))
        if step.status == "waiting_approval":
            found.append(Entry(step, "the run waits here until you approve or reject", "warn"))
        if step.note and not (rehearsed(step) and step.note.startswith("rehearsal")):  # the proof says it already
            found.append(Entry(step, one_line(step.note), "warn"))
        for call in step.side_calls:
            purpose = f"{call.purpose}: " if call.purpose else ""
            found.append(Entry(step, one_line(f"side call: {purpose}{call.model}")))
        found.extend(Entry(step, one_line(warning), "warn") for warning in step.warnings)
        short = in_short(step) if step.status in TERMINAL_STEP else ""
        if short:
            said = "said" if step.type == "approval" else "hands on"
            found.append(Entry(step, one_line(f"{said}: {short}", HANDED)))
        if step.error is not None:
            found.extend(_errors(step, step.error.message, width))
    if run.error is not None and run.steps and all(not _says(step, run.error.message) for step in run.steps):
        found.extend(_errors(run.steps[-1], run.error.message, width))
    return found


def _says(step: Step, message: str) -> bool:
    return step.error is not None and step.error.message == message


def _errors(step: Step, message: str, width: int) -> list[Entry]:
    text = one_line(message, 4000)
    first, *more = wrap(text, width - 8) if width > 20 else [text]
    return [Entry(step, first, "bad"), *(Entry(step, line, "bad", goes_on=True) for line in more)]


def _asked(step: Step) -> list[Entry]:
    """What its agent asks now, or how much it asked."""
    if not step.exchanges:
        return []
    newest = step.exchanges[-1]
    if newest.answer is None and step.status == "waiting_answer":
        return [Entry(step, one_line(f"asks: {newest.question}", HANDED), "warn")]
    return [Entry(step, exchanged(step))]


def columns(width: int) -> tuple[int, int, int, int, int]:
    """Where asked, sent, answered, proof and time begin."""
    if width >= WIDE:
        return (16, 30, 58, 82, 104)
    if width >= MIDDLING:
        return (14, 24, 43, 62, 84)
    return (13, 21, 39, 57, 79) if width >= 80 else (11, 18, 33, 48, width)


def heading(width: int) -> Row:
    """The names of the columns."""
    asked, sent, answered, shown, time = columns(width)
    row = Row("   step", "dim").to(asked).add("asked", "dim").to(sent).add("sent", "dim")
    row.to(answered).add("answered", "dim").to(shown).add("proof", "dim")
    if time + 5 <= width:
        row.to(time).add("time", "dim")
    if time + COST <= width:
        row.to(time + COST_AT).add("cost", "dim")
    return row.cut(width)


def entry_row(entry: Entry, width: int, now: datetime) -> Row:
    """One line of the timeline."""
    step = entry.step
    if entry.sentence is not None:
        return (
            Row("     ")
            .add("  " if entry.goes_on else f"{glyphs.LOST} " if entry.ink in ("alarm", "bad") else "- ", entry.ink)
            .add(entry.sentence, entry.ink)
        )
    if entry.head:
        return Row(f"   {one_line(step.stage)}", "dim").cut(width)
    at_asked, at_sent, at_answered, at_proof, at_time = columns(width)
    sign, word, ink = state(step.status)
    row = (
        Row(f" {sign} ", ink)
        .add(
            part_of(step),
            "text" if step.status != "pending" else "dim",
        )
        .to(at_asked - 1)
    )
    row.add(" ")
    if step.type == "approval":
        return row.add("gate · ", "dim").add(word, ink).cut(width)
    quiet: Ink = "dim" if step.status == "pending" else "text"
    sent = sent_as(step, whole=width >= WIDE)
    answered = ", ".join(step.answered)
    if not answered and step.status in TERMINAL_STEP and step.started_at:
        answered = "nobody said"
        if rehearsed(step):
            answered = "no model"
    row.add(selector(step.asked or "inherit", at_sent - at_asked - 1), quiet).to(at_sent)
    row.add(selector(sent, at_answered - at_sent - 1), quiet).to(at_answered)
    row.add(middle(one_line(answered), at_proof - at_answered - 1), quiet).to(at_proof)
    shown = proof(step)
    if step.status in ("failed", "cancelled", "lost", "skipped") and not shown.width:
        shown = Row(word, ink)
    if step.status == "running" and step.verdict == "none":
        shown = Row(word, ink).add(" rehearsal" if rehearsed(step) else "", "dim")
    row.join(shown.cut(at_time - at_proof - 1))
    if at_time + 5 <= width:
        row.to(at_time).add(span(step.started_at, step.ended_at, now), "dim")
        if step.cost and step.cost.usd and at_time + COST <= width:
            row.to(at_time + COST_AT).add(f"${money(step.cost.usd)}", "dim")
    return row


def title(run: Run, now: datetime) -> Row:
    """What run this is, where it is, how long it took and what it cost."""
    sign, word, ink = state(run.status)
    row = Row(f" {one_line(run.title or run.workflow)}", "strong").add(f" · {run.task_id} · ", "dim")
    row.add(f"{sign} {word}", ink).add(f" {run.behind}/{len(run.steps)}", "dim")
    took = span(run.started_at or run.created_at, run.ended_at, now)
    if took:
        row.add(f" · {took}", "dim")
    for spent in (run_cost(run), run_usage(run)):
        row.add(f" · {spent}" if spent else "", "dim")
    if all_rehearsed(run):
        row.add(" · rehearsal", "dim")
    return row


def subtitle(run: Run, now: datetime) -> Row | None:
    """What else is to know of the run: why it waits or failed, reminders, its worktree."""
    parts: list[tuple[str, Ink]] = []
    if run.retry_of is not None:
        parts.append((f"retry of {run.retry_of}", "dim"))
    if run.error is not None:
        parts.append((run.error.message, "bad"))
    if run.reminders:  # the note of these says the same, not in the person's time
        parts.append((_reminded(run, now), "warn"))
    elif run.note and question_of(run) is None:  # that stands over the output, whole
        parts.append((run.note, "warn"))
    tree = run.worktree
    if tree is not None and tree.removed:
        parts.append(("its worktree is removed: nothing was changed in it", "dim"))
    elif tree is not None:
        parts.append((f"branch {tree.branch} from {tree.base[:10]} · worktree {home_short(Path(tree.folder))}", "text"))
    row = Row()
    for text, ink in parts:
        row.add(" · " if row.width else " ", "dim").add(one_line(text, 400), ink)
    return row if parts else None


def _reminded(run: Run, now: datetime) -> str:
    """Since when it waits, and how often the person was told so."""
    waiting = next((step for step in run.steps if step.status in ("waiting_approval", "waiting_answer")), None)
    since = None
    if waiting is not None:
        since = waiting.exchanges[-1].asked_at if waiting.exchanges else waiting.started_at
    waits = f"waits since {by_the_clock(since, now)}, " if since else ""
    last = f", {clock(run.reminded_at, now)}" if run.reminded_at else ""
    return f"{waits}reminded {count(run.reminders, 'time')}{last}"


def newest_step(run: Run) -> int:
    """The step to look at: the one that is at work or waits, else the last that began, else the first."""
    began = [step.index for step in run.steps if step.started_at]
    working = [step.index for step in run.steps if step.status in ("running", "waiting_approval", "waiting_answer")]
    if working:
        return working[0]
    agents = [step.index for step in run.steps if step.index in began and step.type == "agent"]
    return agents[-1] if agents and run.status in TERMINAL_RUN else began[-1] if began else 0
