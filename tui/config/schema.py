"""Whether a file's data has the right shape, and its problems as sentences.

The shape is the dataclasses of ``core.settings``; pydantic compares, this module tells a person what it found.
"""

from __future__ import annotations

import dataclasses
import json
import types
import typing
from collections.abc import Iterable, Mapping
from functools import cache

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from tui.config.codec import adapter
from tui.config.document import Data, Document, Place, Problem, kind_of, values_at
from tui.core.settings import Settings
from tui.core.suggest import nearest

T = typing.TypeVar("T")

NOT_IN_FILES: tuple[Place, ...] = (
    ("shipped_default_model",),
    ("project",),
    ("workflows", "*", "stages", "*", "part"),
    ("workflows", "*", "stages", "*", "apart"),
)
"""Fields that the loader fills; no file may name them. ``*`` is any key or index."""

_UNKNOWN = frozenset({"unexpected_keyword_argument", "extra_forbidden"})
_MISSING = frozenset({"missing", "missing_argument", "missing_keyword_only_argument"})
_WANTED = {
    "string_type": "text",
    "int_type": "a whole number",
    "int_from_float": "a whole number",
    "float_type": "a number",
    "bool_type": "true or false",
    "dict_type": "a map",
    "mapping_type": "a map",
    "dataclass_type": "a map",
    "dataclass_exact_type": "a map",
    "tuple_type": "a list",
    "list_type": "a list",
}


def shown(path: Iterable[str | int]) -> str:
    """``path`` as a person reads it: ``workflows.create-spec.stages[0].model``."""
    text = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in path)
    return text.removeprefix(".")


def hinted(sentence: str, suggestions: tuple[str, ...]) -> str:
    """``sentence`` with the nearest name, if there is one."""
    return f"{sentence}; did you mean {suggestions[0]}?" if suggestions else sentence


def shape_problems(document: Document) -> list[Problem]:
    """What is wrong with the shape of one layer. A key that is missing may come from another layer."""
    problems = [_unknown(path, document) for pattern in NOT_IN_FILES for path, _ in values_at(document.data, pattern)]
    _, errors = validated({name: value for name, value in document.data.items() if (name,) not in NOT_IN_FILES})
    return problems + [_told(error, document) for error in errors if error["type"] not in _MISSING]


def missing_problems(errors: Iterable[ErrorDetails]) -> list[tuple[Place, str]]:
    """The keys that no layer gave, each with its sentence; ``errors`` are those of the merged data."""
    found = []
    for error in errors:
        *around, name = error["loc"]
        found.append((tuple(around), f"{shown(around)} has no {name}; add {name}: to it"))
    return found


def validated(data: Mapping[str, Data]) -> tuple[Settings | None, list[ErrorDetails]]:
    """``data`` as settings, or what pydantic found."""
    try:
        return adapter(Settings).validate_json(json.dumps(data), strict=True, extra="forbid"), []
    except ValidationError as error:
        return None, error.errors(include_url=False)


def read_part(kind: type[T], value: Data) -> T | None:
    """``value``, a part of a file that nobody vouches for, as ``kind``; ``None`` if it is none."""
    try:
        return adapter(kind).validate_json(json.dumps(value), strict=True, extra="forbid")
    except ValidationError:
        return None


def _told(error: ErrorDetails, document: Document) -> Problem:
    path = tuple(error["loc"])
    kind = error["type"]
    if kind in _UNKNOWN:
        return _unknown(path, document)
    value = _at(document.data, path)
    line = document.line(path)
    if kind == "literal_error":
        names = _choices(path)
        close = nearest(value, names) if isinstance(value, str) else ()
        return Problem(line, hinted(f"{shown(path)} must be one of {', '.join(names)}", close), close)
    wanted = _WANTED.get(kind)
    if wanted is None:
        return Problem(line, f"{shown(path)} is wrong: {error['msg']}")
    quotes = "; put it in quotes" if wanted == "text" and isinstance(value, bool | int | float) else ""
    return Problem(line, f"{shown(path)} must be {wanted}, not {kind_of(value)}{quotes}")


def _unknown(path: Place, document: Document) -> Problem:
    *around, name = path
    known = [field for field in _fields(_kind_at(tuple(around))) if not _filled_in((*around, field))]
    close = nearest(str(name), known)
    where = f" in {shown(around)}" if around else ""
    if name == "<<":
        return Problem(document.line(path), f"merge keys (<<){where} are not read here; write the keys out")
    return Problem(document.line(path), hinted(f"unknown key {name!r}{where}", close), close)


def _filled_in(path: Place) -> bool:
    """Whether the loader fills the field at ``path``."""
    return any(
        len(path) == len(pattern) and all(wanted in ("*", part) for wanted, part in zip(pattern, path, strict=True))
        for pattern in NOT_IN_FILES
    )


def _at(data: Data, path: Place) -> Data:
    for part in path:
        if isinstance(data, dict):
            data = data.get(str(part))
        elif isinstance(data, list) and isinstance(part, int):
            data = data[part]
    return data


def _choices(path: Place) -> list[str]:
    return [str(choice) for choice in typing.get_args(_kind_at(path))]


def _kind_at(path: Place) -> object:
    """The type that the settings have at ``path``, without ``None``."""
    kind: object = Settings
    for part in path:
        if dataclasses.is_dataclass(kind):
            kind = _hints(typing.cast("type", kind)).get(str(part), object)
        else:
            inner = typing.get_args(kind)
            kind = (inner[1] if typing.get_origin(kind) is Mapping else inner[0]) if inner else object
        kind = _bare(kind)
    return kind


def _bare(kind: object) -> object:
    if isinstance(kind, types.UnionType):
        return next(member for member in typing.get_args(kind) if member is not types.NoneType)
    return kind


def _fields(kind: object) -> tuple[str, ...]:
    return tuple(field.name for field in dataclasses.fields(kind)) if isinstance(kind, type) else ()


@cache
def _hints(kind: type) -> dict[str, object]:
    return typing.get_type_hints(kind)
