"""Every field of what is stored comes back as it was."""

from __future__ import annotations

import dataclasses
import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Literal, get_args, get_origin, get_type_hints

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import Column, Integer, MetaData, Table, Text

from tui.core.run import Attempt, Run, Step, StepTrace, Usage
from tui.core.spec import Spec
from tui.store import tables
from tui.store.mapping import ATTEMPT, EVENT, RUN, SPEC, STEP, TRACE, EventRow, Shape

INTEGERS = st.integers(-(2**63), 2**63 - 1)
STRANGE = st.sampled_from(["", "\0", "it's; DROP TABLE runs --", '{"a": [1]}', "\u202e", "🦆", "null", "%s ? :x"])

JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(10**30), 10**30)
    | st.floats(allow_nan=False, allow_infinity=False)
    | STRANGE,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(STRANGE, inner, max_size=3),
    max_leaves=8,
)
"""Whatever a field holds that is kept as it came."""

SHAPES = [(Run, RUN), (Step, STEP), (StepTrace, TRACE), (Attempt, ATTEMPT), (Spec, SPEC), (EventRow, EVENT)]


def values_of(hint: Any) -> st.SearchStrategy[Any]:
    """Anything that the type allows, so that a new field is tried without a word about it here."""
    if hint is str:
        return st.text() | STRANGE
    if hint is int:
        return INTEGERS
    if hint is object:
        return JSON
    if hint is float:
        # JSON has neither NaN nor infinities, so they could not be sent either.
        return st.floats(allow_nan=False, allow_infinity=False)
    if dataclasses.is_dataclass(hint):
        return filled(hint)
    if isinstance(hint, type):
        return st.from_type(hint)
    if get_origin(hint) is Mapping:
        return st.dictionaries(STRANGE | st.text(max_size=5), values_of(get_args(hint)[1]), max_size=3)
    if get_origin(hint) is Literal:
        return st.sampled_from(get_args(hint))
    if get_origin(hint) is tuple:
        inner, rest = get_args(hint)
        assert rest is Ellipsis
        return st.lists(values_of(inner), max_size=3).map(tuple)
    return st.one_of([values_of(part) for part in get_args(hint)])


def filled(kind: Any) -> st.SearchStrategy[Any]:
    hints = get_type_hints(kind)
    return st.builds(
        kind, **{part.name: st.deferred(lambda h=hints[part.name]: values_of(h)) for part in dataclasses.fields(kind)}
    )


@pytest.mark.parametrize(("kind", "shape"), SHAPES, ids=[kind.__name__ for kind, _ in SHAPES])
@given(data=st.data())
@settings(max_examples=60, deadline=None)
def test_whatever_a_field_holds_comes_back(kind: Any, shape: Shape[Any], data: st.DataObject) -> None:
    value = data.draw(filled(kind))
    row = shape.row(value)
    assert set(row) == set(shape.columns)
    # Through SQLite, because its columns have a will of their own.
    with sqlite3.connect(":memory:") as file:
        file.row_factory = sqlite3.Row
        marks = ", ".join(f':{name} AS "{name}"' for name in row)
        (back,) = file.execute(f"SELECT {marks}", row).fetchall()
    file.close()
    apart = {name: getattr(value, name) for name in ("steps", "run_id") if name not in row and hasattr(value, name)}
    assert shape.value(dict(back), **apart) == value


@pytest.mark.parametrize(("kind", "shape"), SHAPES, ids=[kind.__name__ for kind, _ in SHAPES])
def test_every_column_of_a_table_is_a_field_or_says_which_row_it_is(kind: Any, shape: Shape[Any]) -> None:
    table = {
        Run: tables.runs,
        Step: tables.steps,
        StepTrace: tables.traces,
        Attempt: tables.attempts,
        Spec: tables.specs,
        EventRow: tables.events,
    }[kind]
    assert {column.name for column in table.c} - set(shape.columns) <= {"number", "run"}


class Size(StrEnum):
    SMALL = "small"


@dataclass(frozen=True)
class Thing:
    name: str
    colour: str = "red"
    size: Size = Size.SMALL
    weights: tuple[float, ...] = ()
    usage: Usage | None = None


THINGS = Table("things", MetaData(), Column("name", Text), Column("rest", Text))


def test_a_field_without_a_column_is_kept_in_the_rest() -> None:
    shape = Shape(Thing, THINGS)
    thing = Thing("duck", "yellow", weights=(1.5, 0.1), usage=Usage(input=3))
    row = shape.row(thing)
    assert set(row) == {"name", "rest"}
    assert shape.value(row) == thing


def test_the_rest_is_empty_where_all_is_as_usual_and_what_it_lacks_has_its_default() -> None:
    shape = Shape(Thing, THINGS)
    assert shape.row(Thing("duck")) == {"name": "duck", "rest": None}
    assert shape.value({"name": "duck", "rest": '{"colour": "blue", "of_a_newer_version": 1}'}) == Thing("duck", "blue")


def test_a_field_with_neither_default_nor_column_is_noticed_at_once() -> None:
    @dataclass(frozen=True)
    class Bare:
        name: str
        made: list[int] = field(default_factory=list)

    with pytest.raises(TypeError, match=r"Bare\.name needs a default, or a column bare\.name"):
        Shape(Bare, Table("bare", MetaData(), Column("made", Text), Column("rest", Text)))
    with pytest.raises(TypeError, match=r"Bare\.made needs a default"):
        Shape(Bare, Table("bare", MetaData(), Column("name", Integer), Column("rest", Text)))
    with pytest.raises(TypeError, match="has no column 'rest'"):
        Shape(Thing, Table("things", MetaData(), Column("name", Text)))
