"""The lines of the Runs list: enough of each run to tell it from the others, as far as the width goes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import TYPE_CHECKING

from tui.core.plain import one_line
from tui.dashboard.cards import run_facts, work
from tui.dashboard.row import Row, fit, middle
from tui.dashboard.spent import run_cost
from tui.dashboard.words import ENDED, clock, selector, span

if TYPE_CHECKING:
    from tui.core.run import Run

COLUMNS: tuple[tuple[int, tuple[tuple[str, int], ...]], ...] = (
    (150, (("run", 18), ("workflow", 18), ("task", 0), ("asked", 15), ("started", 12), ("took", 6), ("cost", 9))),
    (110, (("run", 18), ("workflow", 16), ("task", 0), ("started", 12), ("took", 6), ("cost", 8))),
    (92, (("run", 12), ("workflow", 15), ("task", 0), ("started", 12), ("took", 6))),
    (76, (("run", 10), ("workflow", 14), ("task", 0), ("started", 12))),
    (0, (("workflow", 14), ("task", 0))),
)
"""From each width on, the columns and their cells; the task takes what is left beside the state."""
STATE = {150: 52, 110: 34, 92: 30, 76: 26, 0: 26}
"""Cells of the state at the end, by the same widths."""


def _laid_out(width: int) -> list[tuple[str, int]]:
    """Return the columns of this width with their cells."""
    least, columns = next(one for one in COLUMNS if width >= one[0])
    taken = sum(cells + 1 for _, cells in columns) + 1 + STATE[least]
    return [(name, cells or max(width - taken, 8)) for name, cells in columns]


def run_heading(width: int) -> Row:
    """Return the names of the columns."""
    row = Row(" ")
    for name, cells in _laid_out(width):
        row.add(f"{fit(name, cells)} ", "dim")
    return row.add("state", "dim").cut(width)


def run_row(run: Run, width: int, now: datetime) -> Row:
    """Return one run's line."""
    row, columns = Row(" "), _laid_out(width)
    for name, cells in columns:
        text = middle(run.task_id or "", cells) if name == "run" else _CELLS[name](run, now, cells)
        row.add(f"{fit(one_line(text), cells)} ", "text" if name in ("workflow", "task") else "dim")
    timed = all(name != "started" for name, _ in columns)
    return row.join(run_facts(run, now, timed=timed)).cut(width)


def _asked(run: Run, _: datetime, cells: int) -> str:
    selectors = list(dict.fromkeys(step.asked or "inherit" for step in work(run)))
    more = f" +{len(selectors) - 1}" if len(selectors) > 1 else ""
    return f"{selector(selectors[0] if selectors else '', cells - len(more))}{more}"


def _took(run: Run, now: datetime, _: int) -> str:
    if run.status in ENDED and not run.ended_at:
        return ""
    return span(run.started_at or run.created_at, run.ended_at, now)


_CELLS: Mapping[str, Callable[[Run, datetime, int], str]] = {
    "workflow": lambda run, now, cells: run.title or run.workflow,
    "task": lambda run, now, cells: run.input,
    "asked": _asked,
    "started": lambda run, now, cells: clock(run.started_at or run.created_at, now),
    "took": _took,
    "cost": lambda run, now, cells: run_cost(run).removeprefix("cost "),
}
