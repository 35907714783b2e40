"""A provider's reply made into our types, with suspicion.

What the list hangs on (its shape, its ids) must be right, or the whole list is refused. A fact of a wrong type or an
absurd size is unknown, and text is cleaned. No sentence here repeats what a reply held: it may hold anything.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping

from tui.core.errors import ModeldeckError
from tui.core.plain import one_line, plain

MOST_MODELS = 20_000
"""More than any provider has; a longer list is refused."""
_LONGEST_ID = 200
_MOST_TOKENS = 10**10
_MOST_DOLLARS = 10**6
_NUMBER = re.compile(r"[0-9]{1,12}(?:\.[0-9]{1,24})?(?:[eE]-?[0-9]{1,2})?")

Row = Mapping[str, object]


class ListError(ModeldeckError):
    """A provider's list could not be read; the message is the cause, in one sentence without anything secret."""

    code = "list"


def parsed(raw: bytes) -> object:
    """``raw`` as JSON."""
    try:
        return json.loads(raw, parse_constant=_no_number)
    except (ValueError, RecursionError):
        raise ListError("It answered with something that is not JSON") from None


def _no_number(_: str) -> None:
    """NaN and the infinities are no JSON; unknown, then."""


def mapping(value: object, what: str) -> Row:
    """``value``, which must be an object."""
    if not isinstance(value, dict):
        raise ListError(f"Its answer is malformed: {what} is no object")
    return value


def rows(value: object, what: str) -> list[Row]:
    """``value``, which must be a list of objects, and not too long a one."""
    if not isinstance(value, list):
        raise ListError(f"Its answer is malformed: {what} is no list")
    if len(value) > MOST_MODELS:
        raise ListError(f"Its list has more than {MOST_MODELS} rows, which is refused")
    return [mapping(row, f"{what}[{index}]") for index, row in enumerate(value)]


def identifier(value: object, what: str) -> str:
    """``value``, which must be an id: printable text without blanks, not too long."""
    whole = isinstance(value, str) and 0 < len(value) <= _LONGEST_ID
    if isinstance(value, str) and whole and " " not in value and value.isprintable() and plain(value) == value:
        return value
    raise ListError(f"Its answer is malformed: {what} is no id")


def text(value: object, limit: int = 120) -> str | None:
    """``value`` as clean text on one line; unknown if it is none."""
    return (one_line(value[: 10 * limit], limit) or None) if isinstance(value, str) else None


def count(value: object) -> int | None:
    """A number of tokens; 0 and less stand for unknown in these lists."""
    return value if type(value) is int and 0 < value <= _MOST_TOKENS else None


def flag(value: object) -> bool | None:
    """Yes, no or unknown."""
    return value if isinstance(value, bool) else None


def dollars(value: object, per: float = 1.0) -> float | None:
    """A price times ``per``. Numbers, and numbers written as text; what is negative or absurd is unknown."""
    if isinstance(value, str) and _NUMBER.fullmatch(value):
        value = float(value)
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    if isinstance(value, int) and abs(value) > _MOST_DOLLARS:
        return None
    price = round(value * per, 9)
    return price if math.isfinite(price) and 0 <= price <= _MOST_DOLLARS else None


def kinds(value: object) -> tuple[str, ...] | None:
    """A list of short words; unknown if it is none."""
    if not isinstance(value, list) or len(value) > 32:
        return None
    return tuple(one for one in value if isinstance(one, str) and one.isascii() and one.isalnum() and len(one) <= 32)
