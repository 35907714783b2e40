"""Specs in the journal: how they are read, and how they are written by several people at once.

A spec's ``version`` counts its changes. Who writes says which version he saw; if another one is stored, nothing is
written and he is given what is stored.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from typing import Any

from pydantic import TypeAdapter
from sqlalchemy import (
    ColumnElement,
    Connection,
    Select,
    bindparam,
    func,
    insert,
    or_,
    select,
    update,
)

from tui.core.errors import ConflictError, NotFoundError
from tui.core.plain import one_line
from tui.core.settings import SpecType
from tui.core.spec import Spec
from tui.store.mapping import SPEC, UnreadableRowError
from tui.store.tables import events, runs, specs

MOST_WORDS = 20
"""Words of a query that are looked for."""

_COLUMNS = [specs.c[name] for name in SPEC.columns]
_ONE = select(specs.c.number, *_COLUMNS).where(specs.c.id == bindparam("key"))
_SET = (
    update(specs)
    .where(specs.c.number == bindparam("place"))
    .values({name: bindparam(name) for name in SPEC.columns if name != "id"})
)
_STORIES = (
    select(specs.c.parent, func.count().label("stories"))
    .where(specs.c.parent.in_(bindparam("ids", expanding=True)))
    .group_by(specs.c.parent)
)


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which specs are asked for; ``None`` is any."""

    project: str | None = None
    kind: SpecType | None = None
    query: str | None = None
    parent: str | None = None


# --- reading ----------------------------------------------------------------------------------------------------------


def one(connection: Connection, spec_id: str) -> Spec | None:
    """The spec with this id."""
    row = connection.execute(_ONE, {"key": spec_id}).mappings().first()
    return None if row is None else SPEC.value(row)


def page_of(wanted: Wanted, before: int, limit: int) -> Select[Any]:
    """The newest specs that are ``wanted``, numbered below ``before``."""
    conditions: list[ColumnElement[bool]] = [specs.c.number < before]
    if wanted.project is not None:
        conditions.append(specs.c.project == wanted.project)
    if wanted.kind is not None:
        conditions.append(specs.c.type == wanted.kind)
    if wanted.parent is not None:
        conditions.append(specs.c.parent == wanted.parent)
    conditions += [
        or_(
            specs.c.id.istartswith(word, autoescape=True),
            *(column.icontains(word, autoescape=True) for column in (specs.c.title, specs.c.text)),
        )
        for word in (wanted.query or "").split()[:MOST_WORDS]
    ]
    return select(specs.c.number, *_COLUMNS).where(*conditions).order_by(specs.c.number.desc()).limit(limit)


def readable(row: Mapping[Any, Any]) -> Spec:
    """The spec of a row; of a damaged one, which can't be run or changed, as much as can be read."""
    try:
        return SPEC.value(row)
    except UnreadableRowError:
        return SPEC.salvage(row, {"id": "", "type": "feature", "title": "(damaged)"})


def stories(connection: Connection, ids: Sequence[str]) -> dict[str, int]:
    """How many specs are stories of each of ``ids``."""
    return {row.parent: row.stories for row in connection.execute(_STORIES, {"ids": list(ids)})}


def newest_run_of(spec_id: str) -> Select[int]:
    """The number of a spec's newest run."""
    return select(runs.c.number).where(runs.c.spec_id == spec_id).order_by(runs.c.number.desc()).limit(1)


# --- writing: inside a transaction that the writer began; what is refused is refused before the first row ------------


def create(connection: Connection, new: Sequence[Spec], at: str) -> int:
    """Store new specs; the number of the last one's event."""
    for spec in new:
        if one(connection, spec.id) is not None:
            raise ConflictError(f"Spec {spec.id} is in the journal already")
        _check_parent(connection, spec)
    seq = 0
    for spec in new:
        connection.execute(insert(specs), SPEC.row(spec))
        seq = _event(connection, spec.id, "created", at)
    return seq


def save(connection: Connection, spec: Spec, seen: int, at: str) -> int:
    """Store a spec in place of the version ``seen``; the event's number."""
    row = _stored(connection, spec.id, seen)
    SPEC.value(row)  # one that can't be read is not written over
    _check_parent(connection, spec)
    connection.execute(_SET, {"place": row["number"], **SPEC.row(replace(spec, version=seen + 1))})
    return _event(connection, spec.id, "updated", at)


def delete(connection: Connection, spec_id: str, seen: int, at: str) -> int:
    """Take away the version ``seen`` of a spec; the event's number."""
    row = _stored(connection, spec_id, seen)
    count = stories(connection, [spec_id]).get(spec_id, 0)
    if count:
        raise ConflictError(
            f"Spec {spec_id} has {count} {'story' if count == 1 else 'stories'}; delete or move them first",
            field="spec_id",
        )
    connection.execute(specs.delete().where(specs.c.number == row["number"]))
    return _event(connection, spec_id, "deleted", at)


def _stored(connection: Connection, spec_id: str, seen: int) -> Mapping[Any, Any]:
    """The row of a spec. Raises :class:`NotFoundError`, and :class:`ConflictError` where it is another version."""
    row = connection.execute(_ONE, {"key": spec_id}).mappings().first()
    if row is None:
        raise NotFoundError(f"There is no spec {one_line(spec_id, 80)!r}", field="spec_id")
    if row["version"] != seen:
        raise changed_meanwhile(SPEC.value(row), seen)
    return row


def changed_meanwhile(stored: Spec, seen: int) -> ConflictError:
    """The error for somebody who saw the version ``seen`` of what is ``stored``; it carries what is stored."""
    return ConflictError(
        f"Spec {stored.id} was changed meanwhile: you saw version {seen}, stored is version {stored.version}; "
        "nothing was written",
        field="version",
        stored=_data().dump_python(stored, mode="json"),
    )


def _check_parent(connection: Connection, spec: Spec) -> None:
    """Check that a story's spec is there, and that it is no story of the story's own."""
    parent, above = spec.parent, set[str]()
    while parent is not None:
        if parent == spec.id or parent in above:
            raise ConflictError(f"Spec {spec.id} can't be a story of its own story", field="parent")
        above.add(parent)
        row = connection.execute(select(specs.c.parent).where(specs.c.id == parent)).first()
        if row is None and parent == spec.parent:
            raise NotFoundError(f"There is no spec {one_line(parent, 80)!r} to add a story to", field="parent")
        parent = row.parent if row is not None else None


def _event(connection: Connection, spec_id: str, status: str, at: str) -> int:
    row = {"at": at, "type": "spec", "spec_id": spec_id, "status": status}
    return connection.execute(insert(events), row).lastrowid


@cache
def _data() -> TypeAdapter[Spec]:
    return TypeAdapter(Spec)
