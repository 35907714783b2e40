"""Reading JSON that others wrote, with one limit on nesting.

Each version of Python has a limit of its own (about 1,000 levels in 3.11, 10,000 in 3.13), and what is read with one
parser is often handed to the next. One limit of ours, below all of theirs, gives the same answer on each of them.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from itertools import accumulate

DEEPEST = 100
"""Levels of maps and lists in one another. The strictest parser in use, pydantic's, takes 200."""

_STRING = re.compile(rb'"[^"\\]*(?:\\.[^"\\]*)*"?', re.DOTALL)
_OTHERS = bytes(byte for byte in range(256) if byte not in b"[]{}")
_STEP = {**dict.fromkeys(b"[{", 1), **dict.fromkeys(b"]}", -1)}


class NestingError(ValueError):
    """A document holds more maps and lists in one another than :data:`DEEPEST`."""

    def __init__(self) -> None:
        super().__init__(f"maps and lists are nested more than {DEEPEST} deep")


def read_json(text: str | bytes, *, parse_constant: Callable[[str], object] | None = None) -> object:
    """Parse ``text``. Raises :class:`ValueError`, of which :class:`NestingError` is one kind."""
    if _too_deep(text):
        raise NestingError
    try:
        return json.loads(text, parse_constant=parse_constant)
    except RecursionError:  # a caller that is deep in calls itself
        raise NestingError from None


def least_values(text: bytes) -> int:
    """Return how many values ``text`` holds at least, without parsing it."""
    marks = sum(text.count(mark) for mark in b",[{")
    if marks < 1_000:
        return marks
    bare = _STRING.sub(b"", text)
    return sum(bare.count(mark) for mark in b",[{")


def _too_deep(text: str | bytes) -> bool:
    raw = text if isinstance(text, bytes) else text.encode("utf-8", "surrogatepass")
    if raw.count(b"[") + raw.count(b"{") <= DEEPEST:
        return False
    brackets = _STRING.sub(b"", raw).translate(None, _OTHERS)
    return max(accumulate(map(_STEP.__getitem__, brackets)), default=0) > DEEPEST
