"""What goes from the journal for good: ended runs with all that belongs to them, and events that nobody asks for.

The pages that become free are used by what is written next; the file itself does not get smaller.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, bindparam, delete, func, select

from tui.core.ids import is_file_name
from tui.core.run import TERMINAL_RUN
from tui.store import requests
from tui.store.tables import attempts, events, runs, specs

_ENDED = runs.c.status.in_([status.value for status in TERMINAL_RUN])
_newer = runs.alias("newer")
_spec = select(specs.c.number).where(specs.c.id == runs.c.spec_id).exists()
_newer_of_spec = select(_newer.c.number).where(_newer.c.spec_id == runs.c.spec_id, _newer.c.number > runs.c.number)
_PAGE = (
    select(
        runs.c.number,
        runs.c.status,
        runs.c.created_at,
        runs.c.ended_at,
        (runs.c.spec_id.is_not(None) & _spec & ~_newer_of_spec.exists()).label("last_of_spec"),
    )
    .where(runs.c.number > bindparam("after"))
    .order_by(runs.c.number)
    .limit(bindparam("limit"))
)
_ATTEMPTS = select(attempts.c.id).where(attempts.c.run == bindparam("number"))
_FORGET = delete(runs).where(runs.c.number.in_(bindparam("numbers", expanding=True)), _ENDED)
_FORGET_EVENTS = delete(events).where(events.c.seq <= bindparam("last"))
LAST_SEQ = "SELECT seq FROM sqlite_sequence WHERE name = 'events'"
"""The number of the newest event that there ever was; no row before the first."""


@dataclass(frozen=True, slots=True)
class EndedRun:
    """What decides whether an ended run goes."""

    number: int
    created_at: str
    ended_at: str
    last_of_spec: bool
    """Whether it is the newest run of a spec that is there, which would look as if it had never run without it."""


def count(connection: Connection) -> int:
    """How many runs have ended."""
    return int(connection.execute(select(func.count()).select_from(runs).where(_ENDED)).scalar_one())


def page(connection: Connection, after: int, limit: int) -> tuple[tuple[EndedRun, ...], int | None]:
    """Those of the oldest ``limit`` runs past the number ``after`` that have ended, and where the next page begins."""
    rows = connection.execute(_PAGE, {"after": after, "limit": limit}).all()
    found = tuple(
        EndedRun(row.number, row.created_at or "", row.ended_at or "", bool(row.last_of_spec))
        for row in rows
        if row.status in TERMINAL_RUN
    )
    return found, rows[-1].number if len(rows) == limit else None


def attempts_of(connection: Connection, number: int) -> tuple[str, ...]:
    """The ids of a run's attempts, by which their folders are named; a damaged one names none."""
    return tuple(filter(is_file_name, connection.execute(_ATTEMPTS, {"number": number}).scalars()))


def forget(connection: Connection, numbers: Sequence[int]) -> int:
    """Take away ended runs; steps, traces and attempts go with them. The newest event's number: this is none."""
    connection.execute(_FORGET, {"numbers": list(numbers)})
    return last_seq(connection)


def forget_events(connection: Connection, last: int) -> int:
    """Take away the events up to the number ``last``; the newest event's number."""
    connection.execute(_FORGET_EVENTS, {"last": last})
    requests.forget(connection, last)
    return last_seq(connection)


def last_seq(connection: Connection) -> int:
    """The number of the newest event there ever was; 0 before the first."""
    return int(connection.exec_driver_sql(LAST_SEQ).scalar() or 0)
