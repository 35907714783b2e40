"""Which runs are on a page: the newest that fit all filters, whatever the length of the history.

Of several filters one leads: its index gives runs newest first, and what else is wanted is looked up run by run. The
leader is the one for whose matches one has to go back furthest, for it leaves the fewest to look up; SQLite itself
can't know which that is.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, and_, select

from tui.store.tables import runs, steps

PROBE = 100
"""Matches of each filter that are counted back."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What every run of the page has; ``None`` and nothing named is any."""

    status: Sequence[str] | None = None
    """Any of these."""
    workflow: str | None = None
    project: str | None = None
    verdict: str | None = None
    """Of one step."""
    models: Sequence[str] = ()
    """Any of these, sent to a step; to the one with the verdict, where one is wanted too."""


def numbers(connection: Connection, wanted: Wanted, before: int, limit: int) -> list[int]:
    """The numbers of the newest ``limit`` runs below the number ``before`` that are ``wanted``, newest first."""
    found = {
        number for page in pages(connection, wanted, before, limit) for number in connection.execute(page).scalars()
    }
    return sorted(found, reverse=True)[:limit]


def pages(connection: Connection, wanted: Wanted, before: int, limit: int) -> list[Select[int]]:
    """The questions of which the newest answers are the page: one for each value of the filter that leads."""
    filters = _filters(wanted)
    if not filters:
        return [select(runs.c.number).where(runs.c.number < before).order_by(runs.c.number.desc()).limit(limit)]
    leader = filters[0]
    if len(filters) > 1:
        leader = min(filters, key=lambda one: one.reach(connection, before))
    others = [one for one in filters if one is not leader]
    return [_newest(leader, value, others, before).limit(limit) for value in leader.values]


@dataclass(frozen=True, slots=True, eq=False)
class _Filter:
    """Values of one column, or of two that have an index together; each value is a page of its own.

    For several values SQLite would sort all that there is, while of each an index gives the newest first.
    """

    number: ColumnElement[int]
    """Of the run that a row belongs to."""
    columns: tuple[ColumnElement[Any], ...]
    values: tuple[tuple[str, ...], ...]

    @property
    def of_steps(self) -> bool:
        """Whether a step has it, not the run."""
        return self.number is steps.c.run

    def matches(self, before: int, value: tuple[str, ...]) -> Select[int]:
        """The runs that have it, newest first, by the index."""
        same = [column == one for column, one in zip(self.columns, value, strict=True)]
        return select(self.number).where(self.number < before, *same).order_by(self.number.desc())

    def reach(self, connection: Connection, before: int) -> int:
        """The number to which one has to go back for some matches; 0 if there are not so many."""
        probes = (self.matches(before, value).limit(1).offset(PROBE) for value in self.values)
        return max((connection.execute(probe).scalar() or 0 for probe in probes), default=0)

    def holds(self) -> ColumnElement[bool]:
        """That a row has it, told so that no index is used for it."""
        if len(self.columns) > 1:
            return and_(*(_unindexed(column) == one for column, one in zip(self.columns, self.values[0], strict=True)))
        return _unindexed(self.columns[0]).in_([value[0] for value in self.values])


def _filters(wanted: Wanted) -> list[_Filter]:
    found = []
    if wanted.project is not None and wanted.workflow is not None:
        both = ((wanted.project, wanted.workflow),)
        found.append(_Filter(runs.c.number, (runs.c.project, runs.c.workflow), both))
    elif wanted.project is not None:
        found.append(_Filter(runs.c.number, (runs.c.project,), ((wanted.project,),)))
    elif wanted.workflow is not None:
        found.append(_Filter(runs.c.number, (runs.c.workflow,), ((wanted.workflow,),)))
    if wanted.status is not None:
        found.append(_Filter(runs.c.number, (runs.c.status,), _each(wanted.status)))
    if wanted.verdict is not None:
        found.append(_Filter(steps.c.run, (steps.c.verdict,), ((wanted.verdict,),)))
    if wanted.models:
        found.append(_Filter(steps.c.run, (steps.c.sent,), _each(wanted.models)))
    return found


def _newest(leader: _Filter, value: tuple[str, ...], others: Sequence[_Filter], before: int) -> Select[int]:
    """The runs that ``leader`` finds, as far as they are what all ``others`` want."""
    of_run = [one.holds() for one in others if not one.of_steps]
    of_step = [one.holds() for one in others if one.of_steps]
    page = leader.matches(before, value)
    if leader.of_steps:
        page = page.distinct().where(*of_step)
        if of_run:
            page = page.where(
                select(runs.c.number).where(runs.c.number == steps.c.run, *of_run).correlate(steps).exists()
            )
    else:
        page = page.where(*of_run)
        if of_step:
            page = page.where(
                select(steps.c.run).where(steps.c.run == runs.c.number, *of_step).correlate(runs).exists()
            )
    return page


def _each(values: Sequence[str]) -> tuple[tuple[str, ...], ...]:
    return tuple((value,) for value in dict.fromkeys(values))


def _unindexed(column: ColumnElement[Any]) -> ColumnElement[Any]:
    """A column's value, as an expression that no index is of."""
    return column.concat("")
