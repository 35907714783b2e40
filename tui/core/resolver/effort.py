"""The effort: the first tier that names one and was not passed over, the tiers below the winner too."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass

from tui.core.catalog import Model
from tui.core.resolver.tiers import STAGE_PREFERENCE, STAGE_TABLE, Tier
from tui.core.resolver.written import Said, shown

_LONGEST = 60
"""Characters of an effort; the known ones have less than ten."""


@dataclass(frozen=True, slots=True)
class Effort:
    """What was found: the effort, the tier that named it, and why it can't be taken, if it can't."""

    level: str | None
    tier: Tier
    said: Said
    refused: str | None = None
    offered: tuple[str, ...] = ()


def find(
    sayings: Iterable[tuple[Tier, Said]], passed: Collection[int], name: str, model: Model | None
) -> Effort | None:
    """The effort that goes with ``model`` (called ``name``), or with no model.

    ``sayings`` are in the order of the tiers, ``passed`` the numbers of those that were passed over.
    """
    preferred = False
    for tier, said in sayings:
        if tier.number in passed:
            continue
        if tier is STAGE_PREFERENCE:
            preferred = said.model is not None and said.model != "inherit"
        # The table speaks only where the preference gave no model.
        if said.effort is not None and not (tier is STAGE_TABLE and preferred):
            return _judged(tier, said, name, model)
    return None


def _judged(tier: Tier, said: Said, name: str, model: Model | None) -> Effort:
    level = said.effort
    if not isinstance(level, str):
        return Effort(None, tier, said, f"effort is a text, not {shown(level)}")
    offered = model.efforts if model is not None else None
    if offered is None:
        sound = level.isprintable() and len(level) <= _LONGEST
        return Effort(level, tier, said, None if sound else f'effort "{shown(level)}" is no word')
    for one in offered:
        if one.casefold() == level.casefold():
            return Effort(one, tier, said)
    known = f"it offers {', '.join(shown(one) for one in offered)}" if offered else "it offers none"
    return Effort(None, tier, said, f'effort "{shown(level)}" is not offered by {name}; {known}', offered)
