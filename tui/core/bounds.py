"""Bounds of everything that a request may hold: characters, numbers, list lengths. One table for every field.

They are checked on the parsed JSON, before its types: a list of 100,000 wrong elements is one error then, not 100,000.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace

from tui.core.errors import RequestError
from tui.core.plain import one_line

MOST_VALUES = 100_000
"""Values in one request: strings, numbers, lists, maps."""
A_YEAR = 366 * 24 * 3600


@dataclass(frozen=True, slots=True)
class Bound:
    """The bound of a field and of everything in it that has no bound of its own."""

    characters: int = 4_096
    elements: int = 1_000
    least: float = 0
    most: float = 2**53 - 1
    """The largest number that every JSON parser reads exactly; SQLite takes it too."""


USUAL = Bound()
TEXT = Bound(characters=1_000_000)
SECONDS = Bound(most=A_YEAR)
_DOCUMENT = replace(TEXT, elements=10_000, least=-math.inf, most=math.inf)
"""Somebody else's JSON, whose fields are not ours."""

BOUNDS: Mapping[str, Bound] = {
    "input": TEXT,
    "text": TEXT,
    "comment": TEXT,
    "values": Bound(characters=1 << 17),  # no longer variable can be handed to a program
    "document": _DOCUMENT,
    "ids": Bound(elements=500),
    "timeout": SECONDS,
    "wait": SECONDS,
}
"""By the name of the field; every other one has :data:`USUAL`."""


def check_bounds(fields: Mapping[str, object]) -> None:
    """Raise :class:`RequestError` for the first value of a request that is out of its bounds."""
    count = 0
    waiting: list[tuple[str, Bound, object]] = [("", USUAL, fields)]
    while waiting:
        place, bound, value = waiting.pop()
        count += 1
        check_count(count)
        if isinstance(value, dict):
            _check_length(place, len(value), bound)
            for key, part in value.items():
                inner = _place(place, key)
                _check_text(inner, key, USUAL)
                waiting.append((inner, bound if bound is _DOCUMENT else BOUNDS.get(key, bound), part))
        elif isinstance(value, list):
            _check_length(place, len(value), bound)
            waiting += ((_place(place, str(index)), bound, part) for index, part in enumerate(value))
        elif isinstance(value, str):
            _check_text(place, value, bound)
        elif isinstance(value, int | float) and not isinstance(value, bool):
            _check_number(place, value, bound)


def check_count(count: int) -> None:
    """Raise :class:`RequestError` where a request of ``count`` values, or more, holds too many."""
    if count > MOST_VALUES:
        raise RequestError(f"The request holds more than {MOST_VALUES:,} values; send it in several parts")


def _place(above: str, name: str) -> str:
    """Return the path of a field, cut: many long names in one another must not fill the memory."""
    return f"{above}.{name[:200]}"[-400:] if above else name[:200]


def _check_length(place: str, length: int, bound: Bound) -> None:
    if length > bound.elements:
        raise _refused(place, f"has {length:,} elements; at most {bound.elements:,} are taken")


def _check_text(place: str, text: str, bound: Bound) -> None:
    if len(text) > bound.characters:
        raise _refused(place, f"has {len(text):,} characters; at most {bound.characters:,} are taken")
    if "\0" in text:
        raise _refused(place, "holds a NUL character; remove it")
    if not text.isascii():
        try:
            text.encode()
        except UnicodeEncodeError:
            raise _refused(place, "holds half of a surrogate pair, which is no character; remove it") from None


def _check_number(place: str, number: float, bound: Bound) -> None:
    if not -math.inf < number < math.inf:  # an integer may be too large for math.isfinite
        raise _refused(place, "must be a finite number")
    if not bound.least <= number <= bound.most:
        raise _refused(place, f"must be a number from {bound.least:,} to {bound.most:,}")


def _refused(place: str, why: str) -> RequestError:
    name = one_line(place, 200)
    return RequestError(f"Field {name!r} {why}", field=name or None)
