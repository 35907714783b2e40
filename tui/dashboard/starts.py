"""How an agent was started, as the journal keeps it: folder, command, names of variables, and how it ended."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from tui.core.plain import one_line
from tui.core.run import Attempt
from tui.dashboard.row import Ink, Row, fact, middle
from tui.dashboard.words import clock, span

NAME = 13
"""Cells of a fact's name."""

ARGUMENT = 60
"""Cells of one argument; a longer one is cut in the middle."""


def start_rows(attempts: Iterable[Attempt], width: int, now: datetime) -> list[Row]:
    """Every start of an agent for a step, in order."""
    rows: list[Row] = []
    some = list(attempts)
    for number, attempt in enumerate(some, 1):
        which = f", start {number} of {len(some)}" if len(some) > 1 else ""
        rows += [Row(), Row(" How it was started", "strong").add(f"{which}   {one_line(attempt.id)}", "dim").cut(width)]
        told = f"{attempt.agent} · {attempt.agent_kind} · version {attempt.agent_version or 'unknown'}"
        rows += _fact("agent", one_line(told), width)
        rows += _fact("folder", one_line(attempt.cwd, 1000), width)
        rows += _fact("command", command(attempt.argv), width)
        rows += _fact("may", attempt.permission, width)
        rows += _fact("variables", _names(attempt.env_names), width, "dim")
        rows += _fact("withheld", _names(attempt.env_removed), width, "warn" if attempt.env_removed else "dim")
        rows += _fact("state", *_state(attempt, width, now))
        if attempt.cancel_reason:
            rows += _fact("cancelled", one_line(attempt.cancel_reason, 1000), width, "warn")
    return rows


def command(argv: Sequence[str]) -> str:
    """The command line as one would type it, each long argument cut in the middle."""
    return " ".join(middle(_quoted(one_line(one, 4000)), ARGUMENT) for one in argv) or "no program of its own"


def _quoted(text: str) -> str:
    plain = text and not any(one in text for one in " '\"$`\\&|;<>()*?#~!{}[]")
    return text if plain else "'" + text.replace("'", "'\\''") + "'"


def _names(names: Sequence[str]) -> str:
    return one_line(", ".join(names), 4000) or "none"


def _state(attempt: Attempt, width: int, now: datetime) -> tuple[str, int, Ink]:
    process = f" · process {attempt.pid}" if attempt.pid is not None else ""
    if attempt.state == "intended":
        return f"is about to begin, since {clock(attempt.created_at, now)}", width, "busy"
    if attempt.state == "running":
        return f"runs, begun {clock(attempt.created_at, now)}{process}", width, "busy"
    took = span(attempt.created_at, attempt.ended_at, now)
    known = "unknown" if attempt.exit_code is None else str(attempt.exit_code)
    ink: Ink = "text" if attempt.exit_code == 0 else "warn"
    return f"ended {clock(attempt.ended_at, now)} after {took} · exit {known}{process}", width, ink


def _fact(name: str, text: str, width: int, ink: Ink = "text") -> list[Row]:
    return fact(f"  {name}", text, width, NAME + 2, ink)
