"""Where text from outside becomes our types: strict for what is asked of us, lenient for what we are answered.

Both ends of the socket and the configuration's reader use it. Types are checked from JSON, not from Python objects:
only so are they strict without refusing every list for not being a tuple.
"""

from __future__ import annotations

from typing import Any, TypeVar

from pydantic import TypeAdapter, ValidationError

from tui.core.errors import RequestError
from tui.core.suggest import nearest

T = TypeVar("T")


_UNKNOWN = ("unexpected_keyword_argument", "extra_forbidden")
_ADAPTERS: dict[type[Any], TypeAdapter[Any]] = {}


def adapter(kind: type[T]) -> TypeAdapter[T]:
    """The validator of ``kind``, built once, when it is first needed."""
    if kind not in _ADAPTERS:
        _ADAPTERS[kind] = TypeAdapter(kind)
    return _ADAPTERS[kind]


def write(value: object) -> bytes:
    """``value``, one of our dataclasses, as JSON."""
    return adapter(type(value)).dump_json(value)


def read_reply(kind: type[T], data: bytes | str) -> T:
    """Read an answer; keys that a newer executor added are ignored."""
    return adapter(kind).validate_json(data)


def read_request(kind: type[T], data: bytes | str) -> T:
    """Read a request.

    Raises :class:`RequestError` that names the field, for an unknown key, a missing one or a wrong type.
    """
    try:
        return adapter(kind).validate_json(data, strict=True, extra="forbid")
    except ValidationError as error:
        raise _request_error(kind, error) from None


def _request_error(kind: type[Any], error: ValidationError) -> RequestError:
    found = error.errors(include_url=False, include_context=False, include_input=False)
    # A misspelt name is both unknown and missing; what is there says more than what is not.
    first = next((one for one in found if one["type"] in _UNKNOWN), found[0])
    place = ".".join(str(part) for part in first["loc"])
    name = str(first["loc"][-1]) if first["loc"] else ""
    if first["type"] in _UNKNOWN:
        near = nearest(name, getattr(kind, "__dataclass_fields__", ()))
        hint = f"; did you mean {near[0]}?" if near else ""
        return RequestError(f"Unknown field {place!r}{hint}", suggestions=near, field=place)
    if first["type"] in ("missing", "missing_argument"):
        return RequestError(f"Field {place!r} is missing", field=place)
    if not place:
        return RequestError(f"The request is not valid JSON for it: {first['msg']}")
    return RequestError(f"Field {place!r} is wrong: {first['msg']}", field=place)
