"""Did you mean: the names that are near to a wrong one. One rule for every message."""

from __future__ import annotations

import difflib
from collections.abc import Iterable


def nearest(name: str, known: Iterable[str], count: int = 3) -> tuple[str, ...]:
    """Up to ``count`` of ``known`` that are near to ``name``, the nearest first; case does not count."""
    by_fold: dict[str, str] = {}
    for one in known:
        by_fold.setdefault(one.casefold(), one)
    return tuple(by_fold[fold] for fold in difflib.get_close_matches(name.casefold(), by_fold, count, 0.5))
