"""What passes between the steps of a run, as rows to read: what a step was given, asked and handed on."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from tui.core.plain import one_line, plain
from tui.core.run import HandOff, Run, Step, StepStatus
from tui.dashboard import glyphs
from tui.dashboard.row import Ink, Row, wrap
from tui.dashboard.words import clock, count, label

QUESTION = 8
"""Lines of a question that stand over the output; the whole is on a screen of its own."""

PARTS = (
    ("done", "Done"),
    ("decisions", "Decisions"),
    ("open_questions", "Open questions"),
    ("context", "Context"),
)
"""The parts of a hand-off and their headings."""


def in_short(step: Step) -> str:
    """What a step handed on, in one line; empty where it is nothing."""
    handed = step.handoff
    if handed is None or not handed.stated:
        return (step.result or "").strip()
    told = [f"{len(handed.done)} done"] if handed.done else []
    told += [count(len(handed.decisions), "decision")] if handed.decisions else []
    told += [count(len(handed.open_questions), "open question")] if handed.open_questions else []
    every = (*handed.done, *handed.decisions, *handed.open_questions, *handed.context)
    return f"{', '.join(told)}: {every[0]}" if told else "; ".join(every)


def passes(run: Run, step: Step) -> bool:
    """Whether there is anything to read of what the step was given, asked or handed on."""
    return bool(step.result or step.handoff or step.exchanges or _given(run, step))


def passed_rows(run: Run, step: Step, width: int, now: datetime) -> list[Row]:
    """All of it, wrapped at this width."""
    rows: list[Row] = []
    for one in _given(run, step):
        said = "said at" if one.type == "approval" else "given by"
        rows += [*_heading(f"{said} {label(one)}"), *_handed(one, width)]
    for number, exchange in enumerate(step.exchanges, 1):
        rows += _heading(f"question {number}", clock(exchange.asked_at, now))
        rows += _text(exchange.question, width)
        if exchange.answer is None:
            rows.append(Row("   not answered yet" if step.status == "waiting_answer" else "   never answered", "warn"))
        else:
            rows += [*_heading("you answered", clock(exchange.answered_at, now)), *_text(exchange.answer, width)]
    if step.handoff is not None or step.result:
        said = "said at" if step.type == "approval" else "handed on by"
        rows += [*_heading(f"{said} {label(step)}"), *_handed(step, width)]
    if step.handoff is not None and step.handoff.stated and step.result:
        rows += [*_heading("the whole of its last words"), *_text(step.result, width)]
    return rows


def _given(run: Run, step: Step) -> list[Step]:
    """The newest step before with something to hand on, and what people said at the gates after it."""
    given: list[Step] = []
    for one in reversed(run.steps[: step.index]):
        if one.status is StepStatus.SUCCEEDED and (one.handoff is not None or one.result):
            given.insert(0, one)
            if one.type == "agent":
                break
    return given


def _heading(text: str, more: str = "") -> list[Row]:
    return [Row(), Row(f" {one_line(text)}", "accent").add(f"  {more}" if more else "", "dim")]


def _handed(step: Step, width: int) -> list[Row]:
    handed = step.handoff
    if handed is None:
        return _text(step.result or "", width)
    if not handed.stated:
        note = Row("   taken from its last words: it stated no hand-off", "dim")
        return [note, *_text(step.result or "\n".join(handed.done), width)]
    rows = []
    for name, title in PARTS:
        lines = _part(handed, name)
        if lines:
            rows.append(Row(f"   {title}", "strong"))
            rows += [row for line in lines for row in _item(line, width)]
    return rows or [Row("   nothing", "dim")]


def _part(handed: HandOff, name: str) -> Sequence[str]:
    found: Sequence[str] = getattr(handed, name)
    return found


def _item(text: str, width: int) -> list[Row]:
    lines = wrap(one_line(text, 2000), max(width - 8, 20))
    return [Row("   - " if at == 0 else "     ", "dim").add(line) for at, line in enumerate(lines)]


def _text(text: str, width: int, ink: Ink = "text") -> list[Row]:
    return [Row("   ").add(line, ink) for line in wrap(plain(text).strip(), max(width - 4, 20))]


def question_of(run: Run) -> tuple[Step, str] | None:
    """The step that waits for an answer, and its question."""
    waiting = next((step for step in run.steps if step.status is StepStatus.WAITING_ANSWER), None)
    if waiting is None or not waiting.exchanges or waiting.exchanges[-1].answer is not None:
        return None
    return waiting, waiting.exchanges[-1].question


def question_rows(step: Step, question: str, width: int, *, answer: str, whole: str) -> list[Row]:
    """The question as it stands over the output, with the keys that answer it and that show all of it."""
    rows = [Row(f" {glyphs.WAITING} {label(step)} asks", "warn").add(f"   {answer} answers", "key")]
    lines = wrap(plain(question).strip(), max(width - 6, 20))
    rows += [Row("     ").add(line, "strong") for line in lines[:QUESTION]]
    if len(lines) > QUESTION:
        more = count(len(lines) - QUESTION, "more line")
        rows.append(Row(f"     {glyphs.CUT} {more}: {whole} shows all", "dim"))
    return rows


def exchanged(step: Step) -> str:
    """How many questions were asked and answered, in words."""
    answered = sum(one.answer is not None for one in step.exchanges)
    return f"{count(len(step.exchanges), 'question')}, {answered} answered"
