"""How layers become one: maps key by key, everything else replaces what is below."""

from __future__ import annotations

from tui.config.document import Data


def merged(below: dict[str, Data], above: dict[str, Data]) -> dict[str, Data]:
    """``above`` laid over ``below``. An empty map clears what is below it; neither argument is changed."""
    result = dict(below)
    for key, value in above.items():
        under = result.get(key)
        result[key] = merged(under, value) if isinstance(under, dict) and isinstance(value, dict) and value else value
    return result
