"""Dataclass to row and back: the one place that knows how a field is stored.

A field is a column of its name: texts, numbers, states and choices as they are, everything else (lists, dataclasses in
it) as JSON. A field without a column is kept by name in the JSON column ``rest``, unless it has its default: so a new
field needs nothing here and no migration, until somebody wants to filter or sort by it.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import MISSING, dataclass, fields
from enum import Enum
from functools import cached_property
from types import NoneType, UnionType
from typing import Any, Generic, Literal, TypeVar, Union, get_args, get_origin, get_type_hints

from pydantic import TypeAdapter
from sqlalchemy import Table

from tui.core.errors import JournalError
from tui.core.run import Attempt, Run, Step, StepTrace
from tui.core.spec import Spec
from tui.store import tables

T = TypeVar("T")
Cell = str | int | float | None
"""What a column holds."""

REST = "rest"
"""The column of fields that have none of their own."""


@dataclass(frozen=True, slots=True)
class EventRow:
    """One thing that happened, numbered in the order in which it was committed."""

    seq: int
    at: str
    type: str
    """``run`` or ``spec``."""
    task_id: str | None
    step: int | None
    """The index of the step that changed, if one did."""
    status: str | None
    """The run's status after it; of a spec ``created``, ``updated`` or ``deleted``."""
    spec_id: str | None = None


class UnreadableRowError(JournalError):
    """A row holds something that its field can't be: it was damaged, or written by another program."""


class Shape(Generic[T]):
    """How the dataclass ``kind`` lies in a row of ``table``; the fields ``apart`` are stored elsewhere."""

    def __init__(self, kind: type[T], table: Table, *apart: str) -> None:
        self._kind = kind
        hints = get_type_hints(kind)
        kept = {field.name: field for field in fields(kind) if field.name not in apart}  # type: ignore[arg-type]
        own = [name for name in kept if name in table.c]
        self._plain = {name: _Plain.of(hints[name]) for name in own if _is_plain(hints[name])}
        self._table = table.name
        self._enums = {name: hints[name] for name in own if _is_enum(hints[name])}
        self._json = {name: _Json(hints[name]) for name in own if name not in self._plain and name not in self._enums}
        self._readers: dict[str, Callable[[Any], object]] = {
            **self._enums,
            **{name: part.of_text for name, part in self._json.items()},
        }
        self._rest = {name: (_Json(hints[name]), field.default) for name, field in kept.items() if name not in own}
        for name, (_, default) in self._rest.items():
            if default is MISSING:
                raise TypeError(f"{kind.__name__}.{name} needs a default, or a column {table.name}.{name}")
        if self._rest and REST not in table.c:
            raise TypeError(f"{table.name} has no column {REST!r} for the fields without one: {', '.join(self._rest)}")
        self.columns: tuple[str, ...] = (*own, REST) if REST in table.c else tuple(own)

    def row(self, value: T) -> dict[str, Cell]:
        """``value`` as a row."""
        row: dict[str, Cell] = {name: getattr(value, name) for name in self._plain}
        for name in self._enums:
            row[name] = getattr(value, name).value
        for name, part in self._json.items():
            row[name] = part.text(getattr(value, name))
        if REST in self.columns:
            rest = {
                name: part.data(getattr(value, name))
                for name, (part, default) in self._rest.items()
                if getattr(value, name) != default
            }
            row[REST] = json.dumps(rest, ensure_ascii=False) if rest else None
        return row

    def value(self, row: Mapping[Any, Any], **apart: object) -> T:
        """The dataclass that ``row`` holds, with the fields that were stored ``apart``.

        Raises :class:`UnreadableRowError`, which names the columns and never what is in them.
        """
        values, bad = self._read(row)
        if bad:
            raise UnreadableRowError(f"{' and '.join(bad)} in the table {self._table} can't be read")
        return self._kind(**values, **apart)

    def salvage(self, row: Mapping[Any, Any], usual: Mapping[str, object], **apart: object) -> T:
        """As much of a damaged row as can be read; a field that has no default is as in ``usual``."""
        return self._kind(**{**usual, **self._read(row)[0], **apart})

    def _read(self, row: Mapping[Any, Any]) -> tuple[dict[str, Any], list[str]]:
        """Every field of ``row`` that can be read, and the columns that can't."""
        values: dict[str, Any] = {}
        bad: list[str] = []
        for name, plain in self._plain.items():
            cell = values[name] = row[name]
            if type(cell) not in plain.types or (plain.choices and cell not in plain.choices):
                del values[name]
                bad.append(name)
        for name, read in self._readers.items():
            try:
                values[name] = read(row[name])
            except (ValueError, TypeError):
                bad.append(name)
        if self._rest and row[REST] is not None:
            try:
                rest = dict(json.loads(row[REST]))
                values |= {name: part.of_data(rest[name]) for name, (part, _) in self._rest.items() if name in rest}
            except (ValueError, TypeError):
                bad.append(REST)
        return values, bad


@dataclass(frozen=True, slots=True)
class _Plain:
    """What SQLite keeps as it is; a damaged file may hold anything in its place."""

    types: frozenset[type]
    choices: frozenset[str]

    @classmethod
    def of(cls, hint: object) -> _Plain:
        parts = get_args(hint) if get_origin(hint) in (Union, UnionType) else (hint,)
        choices = {choice for part in parts if get_origin(part) is Literal for choice in get_args(part)}
        types = {str if get_origin(part) is Literal else part for part in parts}
        return cls(
            frozenset({*types, *((int,) if float in types else ())}),
            frozenset({*choices, *((None,) if NoneType in types else ())} if choices else ()),
        )


class _Json:
    """A field's value as JSON. What checks it is built when first needed: many fields are seldom anything but empty."""

    def __init__(self, hint: object) -> None:
        self._hint: Any = hint

    @cached_property
    def _adapter(self) -> TypeAdapter[Any]:
        return TypeAdapter(self._hint)

    def text(self, value: object) -> str | None:
        return None if value is None else self._adapter.dump_json(value).decode()

    def of_text(self, cell: str | None) -> object:
        return None if cell is None else self._adapter.validate_json(cell)

    def data(self, value: object) -> object:
        return self._adapter.dump_python(value, mode="json")

    def of_data(self, data: object) -> object:
        return self._adapter.validate_python(data)


def _is_enum(hint: object) -> bool:
    return isinstance(hint, type) and issubclass(hint, Enum)


def _is_plain(hint: object) -> bool:
    """Whether SQLite keeps a value of this type as it is."""
    if get_origin(hint) is Literal:
        return all(type(choice) is str for choice in get_args(hint))
    if get_origin(hint) in (Union, UnionType):
        return all(part is NoneType or _is_plain(part) for part in get_args(hint))
    return hint in (str, int, float)


RUN = Shape(Run, tables.runs, "steps")
STEP = Shape(Step, tables.steps)
TRACE = Shape(StepTrace, tables.traces)
ATTEMPT = Shape(Attempt, tables.attempts, "run_id")
SPEC = Shape(Spec, tables.specs)
EVENT = Shape(EventRow, tables.events)
