"""How states, times and models are worded: the same words on every screen."""

from __future__ import annotations

from collections.abc import Container
from datetime import datetime
from typing import TYPE_CHECKING

from rich.cells import cell_len

from tui.core.plain import one_line
from tui.dashboard import glyphs
from tui.dashboard.row import Ink, Row, middle

if TYPE_CHECKING:
    from tui.core.run import Run, Step

ENDED = frozenset({"succeeded", "failed", "cancelled", "lost"})
"""States of a run that has ended. A test holds them equal to core's: the first frame does not wait for that module."""
WAITING = frozenset({"waiting_approval", "waiting_answer"})
"""States of a run that waits for a person."""

STATES: dict[str, tuple[str, str, Ink]] = {
    "pending": (glyphs.NOT_YET, "not started", "dim"),
    "running": (glyphs.RUNNING, "running", "busy"),
    "waiting_approval": (glyphs.WAITING, "waits for approval", "warn"),
    "waiting_answer": (glyphs.WAITING, "waits for an answer", "warn"),
    "succeeded": (glyphs.DONE, "done", "good"),
    "failed": (glyphs.FAILED, "failed", "bad"),
    "cancelled": (glyphs.CANCELLED, "cancelled", "dim"),
    "skipped": (glyphs.CANCELLED, "skipped", "dim"),
    "lost": (glyphs.LOST, "lost", "bad"),
}
"""Sign, word and ink of each state of a run or step."""

VERDICTS: dict[str, tuple[str, Ink]] = {
    "confirmed": ("confirmed", "good"),
    "differs": ("DIFFERS", "alarm"),
    "unproven": ("unproven", "warn"),
    "observed": ("observed", "text"),
    "none": ("", "dim"),
}
"""Word and ink of each verdict. ``unproven`` is never drawn as if confirmed."""


def state(status: str) -> tuple[str, str, Ink]:
    """Sign, word and ink of ``status``; one that a newer executor sends is shown as it is."""
    return STATES.get(status, (glyphs.WAITING, status, "warn"))


def verdict_of(run: Run) -> str:
    """The verdict that speaks for the whole run: the gravest of its steps'."""
    from tui.core.evidence import gravest  # noqa: PLC0415  # not needed before the first paint

    return gravest(step.verdict for step in run.steps)


def rehearsed(step: Step) -> bool:
    """Whether no model did, or will do, this step."""
    return step.agent_kind == "rehearsal"


def all_rehearsed(run: Run) -> bool:
    """Return whether every step that an agent does is a rehearsal, so that the whole run is one."""
    steps = [step for step in run.steps if step.type == "agent"]
    return bool(steps) and all(map(rehearsed, steps))


def sent_as(step: Step, *, whole: bool = False) -> str:
    """Return the model that a step runs as, ``whole`` with its provider; a step that can't run never reads as one."""
    if step.sent is not None:
        return one_line(step.sent if whole else model_id(step.sent) or "")
    return "agent default" if step.resolved else "can't run"


def label(step: Step) -> str:
    """A step's name: its stage, with the part of it where the stage has several."""
    return one_line(step.name)


def chosen_as(step: Step, names: Container[str]) -> str:
    """Under which of ``names``, those of a spec's stages, the model of a step is chosen."""
    return step.name if step.name in names else step.stage


def part_of(step: Step) -> str:
    """A step's name where its stage stands over it."""
    return f"{glyphs.PART} {one_line(step.part)}" if step.part else one_line(step.stage)


def proof(step: Step) -> Row:
    """Grade and verdict, with the word rehearsal where no model was at work."""
    row = Row()
    word, ink = VERDICTS.get(step.verdict, (step.verdict, "warn"))
    if word:
        row.add(f"{step.evidence} {word}" if step.evidence else word, ink)
    if rehearsed(step):
        row.add(" rehearsal" if word else "rehearsal", "dim")
    return row


def moment(text: str | None) -> datetime | None:
    """A stored time, or ``None`` where there is none that can be read."""
    if not text:
        return None
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        return None


def clock(text: str | None, now: datetime) -> str:
    """A stored time for a person: relative within the hour, then the clock, then the day."""
    then = moment(text)
    if then is None:
        return ""
    seconds = (now - then).total_seconds()
    if seconds < 60:
        return f"{max(int(seconds), 0)}s ago"
    if seconds < 3600:
        return f"{int(seconds // 60)}m ago"
    return by_the_clock(text, now)


def by_the_clock(text: str | None, now: datetime) -> str:
    """A stored time where the person is, with its day where that is another one than today."""
    then = moment(text)
    if then is None:
        return ""
    local = then.astimezone(now.tzinfo)
    return local.strftime("%H:%M") if local.date() == now.date() else local.strftime("%d %b %H:%M")


def span(start: str | None, end: str | None, now: datetime) -> str:
    """How long something took, or has taken so far: ``0m41``, ``1h02m``."""
    first = moment(start)
    if first is None:
        return ""
    seconds = max(int(((moment(end) or now) - first).total_seconds()), 0)
    hours, rest = divmod(seconds, 3600)
    return f"{hours}h{rest // 60:02d}m" if hours else f"{rest // 60}m{rest % 60:02d}"


def count(number: int, thing: str) -> str:
    """``1 stage``, ``2 stages``."""
    return f"{number} {thing}" if number == 1 else f"{number} {thing}s"


def tokens(number: int | None) -> str:
    """A context size: ``200k``, ``1M``, and ``?`` for unknown."""
    if number is None:
        return "?"
    if number >= 1_000_000:
        return f"{number / 1_000_000:.2g}M"
    return f"{number // 1000}k" if number >= 1000 else str(number)


def dollars(amount: float | None) -> str:
    """A price as the tables write it: two digits after the point unless it is whole."""
    if amount is None:
        return "?"
    return f"{amount:.0f}" if amount == int(amount) and amount >= 10 else f"{amount:.2f}"


def selector(text: str, width: int) -> str:
    """A selector in at most ``width`` cells: the provider is left out before anything is cut in the middle."""
    text = one_line(text)
    if cell_len(text) > width:
        text = "agent" if text == "agent-default" else model_id(text)
    return middle(text, width)


def model_id(reference: str | None) -> str:
    """The model's part of a reference."""
    return reference.partition("/")[2] or reference if reference else ""
