"""The example shows every key, and what it shows works."""

from __future__ import annotations

import dataclasses
import typing
from collections.abc import Iterator, Mapping
from pathlib import Path

from tui.config.document import Data, parse, values_at
from tui.config.load import load
from tui.config.schema import NOT_IN_FILES
from tui.config.values import RULES, WRITTEN
from tui.core import settings as types

EXAMPLE = Path(__file__).parents[2] / "config.example.yaml"


def places(
    kind: object, path: tuple[str | int, ...] = ()
) -> Iterator[tuple[tuple[str | int, ...], dataclasses.Field[object]]]:
    """Every place that the types have, with its field; ``*`` is any key or index."""
    members = [member for member in typing.get_args(kind) if member is not type(None)]
    if isinstance(kind, type) and dataclasses.is_dataclass(kind):
        hints = typing.get_type_hints(kind)
        for field in dataclasses.fields(kind):
            if (*path, field.name) not in NOT_IN_FILES:
                yield (*path, field.name), field
                yield from places(hints[field.name], (*path, field.name))
    elif typing.get_origin(kind) is Mapping:
        yield from places(members[1], (*path, "*"))
    elif typing.get_origin(kind) is tuple:
        yield from places(members[0], (*path, "*"))
    elif members and typing.get_origin(kind) is not typing.Literal:
        for member in members:
            yield from places(member, path)


ALL = list(places(types.Settings))


def test_the_example_is_in_force_without_a_warning() -> None:
    loaded = load(EXAMPLE)

    assert not loaded.warnings
    assert loaded.origin == {"create-spec": "user"}
    assert loaded.env_names == {"ANTHROPIC_API_KEY", "ZAI_API_KEY", "HTTPS_PROXY"}


def test_the_example_forgets_no_key() -> None:
    data: Data = parse(EXAMPLE.read_text("utf-8"), "example").data

    assert [path for path, _ in ALL if not list(values_at(data, path))] == []


def test_the_example_works_as_a_projects_file_too(tmp_path: Path) -> None:
    (tmp_path / ".modeldeck.yaml").write_text(EXAMPLE.read_text("utf-8"), "utf-8")

    loaded = load(tmp_path / "none.yaml", tmp_path, trusted=True)

    assert loaded.origin == {"create-spec": "project"}


def test_every_place_where_a_model_may_be_named_is_checked() -> None:
    written = {path for path, field in ALL if field.type == "Written"}
    tables = {(*path, "*") for path, field in ALL if field.type == "Mapping[str, Written]"}
    double = {(*path, "*", "*") for path, field in ALL if field.type == "Mapping[str, Mapping[str, Written]]"}

    assert set(WRITTEN) == written | tables | double


def test_every_rule_looks_at_a_place_that_exists() -> None:
    known = {path for path, _ in ALL}
    known |= {path[:-1] for path in known} | {(*path, "*") for path in known} | {(*path, "*", "*") for path in known}

    assert [path for path, _ in RULES if path not in known] == []
