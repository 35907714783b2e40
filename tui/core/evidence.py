"""Was it really that model? Grades of evidence, and the verdict on what was sent against what answered."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Literal

Grade = Literal["A", "B", "C", "D"]
"""What an agent's word on its model is worth.

A: the id in the provider's own answer. B: the agent's usage report per model. C: an echo of what was asked. D: nothing.
"""

Verdict = Literal["confirmed", "differs", "unproven", "observed", "none"]

GRAVEST: tuple[Verdict, ...] = ("differs", "unproven", "observed", "confirmed", "none")
"""Verdicts by how grave they are: the first one there speaks for several."""

PROOF: frozenset[Grade] = frozenset({"A", "B"})
"""Only these prove anything."""

_DAY = r"(?:19|20)\d\d{0}(?:0[1-9]|1[0-2]){0}(?:0[1-9]|[12]\d|3[01])"
_DATE = re.compile(f"-(?:{_DAY.format('')}|{_DAY.format('-')}|latest)$")


def gravest(verdicts: Iterable[Verdict]) -> Verdict:
    """The verdict of several that a person must see first."""
    return min(verdicts, key=GRAVEST.index, default="none")


def same_model(one: str, other: str) -> bool:
    """Whether two ids name one model: equal ignoring case, or ignoring a date or ``-latest`` on ONE side only.

    The side without must have none at all, so two different dates never match; ``-v2`` is part of the name.
    """
    one, other = one.casefold(), other.casefold()
    bare_one, bare_other = _DATE.sub("", one), _DATE.sub("", other)
    if one == other:
        return True
    return (bare_one == other and bare_other == other) or (bare_other == one and bare_one == one)


def verdict(sent: str | None, answered: Iterable[str], grade: Grade | None) -> Verdict:
    """Judge a step's own work.

    ``sent`` is the model id (without its provider) that was passed to the agent, ``answered`` the ids observed.
    """
    observed = tuple(answered)
    if not observed and grade is None:
        return "none"
    if grade not in PROOF or not observed:
        return "unproven"
    if sent is None:
        return "observed"
    return "confirmed" if all(same_model(sent, model) for model in observed) else "differs"
