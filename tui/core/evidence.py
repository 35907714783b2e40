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

PROOF: frozenset[Grade] = frozenset({"A", "B"})
"""Only these prove anything."""

_DATE = re.compile(r"-(?:\d{8}|\d{4}-\d{2}-\d{2}|latest)$")


def same_model(one: str, other: str) -> bool:
    """Whether two ids name one model: equal ignoring case, or ignoring a date or ``-latest`` on ONE side only."""
    one, other = one.lower(), other.lower()
    return one == other or _DATE.sub("", one) == other or one == _DATE.sub("", other)


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
