"""What can be read from a model id: its date, its version, its words."""

from __future__ import annotations

import re


def _day(separator: str) -> str:
    return rf"(?:19|20)\d\d{separator}(?:0[1-9]|1[0-2]){separator}(?:0[1-9]|[12]\d|3[01])"


_ANY_DAY = f"{_day('')}|{_day('-')}"
_TAIL = re.compile(f"-(?:{_ANY_DAY}|latest)$")
_DATE = re.compile(f"(?<![0-9A-Za-z])(?:{_ANY_DAY})(?![0-9A-Za-z])")
_VERSION = re.compile(
    r"(?<![0-9A-Za-z.])[vV]?"
    r"(\d{1,3}(?:\.\d{1,3}|[-_]\d{1,3}(?![0-9A-Za-z]))*)"
    r"(?![0-9]|[bB](?![A-Za-z]))"  # a number that goes on is no version, and 9b is a size
)
_PARTS = re.compile(r"\d+")
_WORDS = re.compile(r"[^\W_]+")


def stem(folded: str) -> str | None:
    """``folded`` (a case-folded id) without its date or ``-latest``; ``None`` if it has neither."""
    if not (folded[-1:].isdigit() or folded.endswith("-latest")):
        return None
    found = _TAIL.search(folded)
    return folded[: found.start()] if found else None


def undated(text: str) -> str:
    """Return ``text``, case-folded, without its date or ``-latest``."""
    folded = text.casefold()
    return stem(folded) or folded


def first_word(text: str) -> str:
    """Return the first whole word of ``text``, case-folded: the family, in most ids."""
    found = _WORDS.search(text.casefold())
    return found[0] if found else ""


def version(model: str) -> tuple[int, ...]:
    """The first version number in an id, ``(4, 10)`` for ``claude-opus-4-10``; empty if there is none.

    A date is no version, nor is a size such as ``9b``. Trailing zeros don't count: 4.0 is 4.
    """
    found = _VERSION.search(_DATE.sub("", model))
    numbers = [int(part) for part in _PARTS.findall(found[1])] if found else []
    while numbers and numbers[-1] == 0:
        numbers.pop()
    return tuple(numbers)


def date(model: str) -> str:
    """The last date in an id as eight digits; empty if it has none."""
    found = _DATE.findall(model)
    return found[-1].replace("-", "") if found else ""


def words(text: str) -> frozenset[str]:
    """The whole words of ``text``, split at what is neither a letter nor a digit, case-folded."""
    return frozenset(_WORDS.findall(text.casefold()))
