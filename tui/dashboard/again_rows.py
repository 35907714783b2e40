"""The retry dialog's lines: each step with the model that it had and the one that it would have."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from tui.core.plain import one_line
from tui.core.run import Run, Step
from tui.dashboard import glyphs
from tui.dashboard.cards import why
from tui.dashboard.obstacles import LONGEST
from tui.dashboard.row import Ink, Row, fit, middle, wrap
from tui.dashboard.words import count, label, sent_as, state

WIDE = 92
"""From this width on, the reason of the new choice is on the same line."""
MOST_TOLD = 5
"""Rows under the list."""


@dataclass(frozen=True, slots=True)
class AgainLine:
    """A line of the dialog."""

    kind: Literal["step", "kept", "gate", "told"]
    old: Step
    new: Step
    text: str = ""

    @property
    def passed_over(self) -> bool:
        """Whether nothing can be picked for it."""
        return self.kind != "step"

    @property
    def differs(self) -> bool:
        """Whether the step would run as another model, or with another effort."""
        return self.kind == "step" and (self.old.sent, self.old.effort) != (self.new.sent, self.new.effort)


def again_lines(before: Run | None, now: Run | None, width: int) -> list[AgainLine]:
    """All lines; none before the executor answered."""
    lines: list[AgainLine] = []
    if before is None or now is None:
        return lines
    for old, new in zip(before.steps, now.steps, strict=False):
        kept = new.status != "pending"
        lines.append(AgainLine("gate" if new.type == "approval" else "kept" if kept else "step", old, new))
        if new.error is not None:
            text = f"{glyphs.FAILED} {one_line(new.error.message)}"
            lines += [AgainLine("told", old, new, line) for line in wrap(text, max(width - 4, 20))]
        for one in new.obstacles:
            text = f"{glyphs.FAILED} can't start here: {one_line(one.message, LONGEST)}"
            lines += [AgainLine("told", old, new, line) for line in wrap(text, max(width - 4, 20))]
    return lines


def _columns(width: int) -> tuple[int, int, int]:
    """Where had, would have and by begin; by is out of sight on a narrow screen."""
    if width >= WIDE:
        return (18, 43, 70)
    return (15, 37, width) if width >= 70 else (14, 33, width)


def again_heading(width: int) -> Row:
    """Return the names of the columns."""
    old_at, new_at, by = _columns(width)
    row = Row("    step", "dim").to(old_at).add("had", "dim").to(new_at).add("would have", "dim")
    return (row.to(by).add("reason", "dim") if by < width else row).cut(width)


def again_row(line: AgainLine, picked: frozenset[int], width: int) -> Row:
    """Return one line at this width."""
    old_at, new_at, by = _columns(width)
    old, new = line.old, line.new
    if line.kind == "told":
        return Row("    ").add(line.text, "bad").cut(width)
    row = Row(f"{new.index + 1:>3} ", "dim").add(fit(label(new), old_at - 5), "dim" if line.passed_over else "text")
    row.to(old_at)
    if line.kind == "gate":
        word = state(new.status)[1] if new.status != "pending" else "waits until you approve"
        return row.add(f"gate: {word}", "dim").cut(width)
    row.add(_model(old, new_at - old_at - 1), "dim").to(new_at)
    if line.kind == "kept":
        return row.add("kept: this step is done", "dim").cut(width)
    ink: Ink = "pick" if new.index in picked else "accent" if line.differs else "text"
    row.add(_model(new, by - new_at - 3), ink).add(f" {glyphs.HERE}" if line.differs else "", "key")
    return (row.to(by).add(why(new).partition("; before:")[0], "dim") if by < width else row).cut(width)


def _model(step: Step, room: int) -> str:
    effort = f" {step.effort}" if step.effort else ""
    return middle(f"{sent_as(step)}{effort}", max(room, 8))


def again_told(lines: list[AgainLine], at: AgainLine | None, note: str, width: int) -> list[Row]:
    """What is under the list: the chosen step's reason, where the models come from, how many steps change."""
    rows: list[Row] = []
    if at is not None and at.kind == "step" and at.new.reason:
        reason = f"{label(at.new)}: {one_line(at.new.why)}"
        rows += [Row(f" {text}", "dim") for text in wrap(reason, max(width - 2, 20))[:2]]
    if note:
        rows.append(Row(f" {note}", "warn").cut(width))
    if lines:
        changed = sum(line.differs for line in lines)
        says = f"{count(changed, 'step')} would run as another model" if changed else "No model changes"
        rows.append(Row(f" {says}", "warn" if changed else "dim"))
    return rows
