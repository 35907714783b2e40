"""The trace: a row for every tier in order, then the notes."""

from __future__ import annotations

from tui.core.resolution import Candidate, Outcome, TraceRow
from tui.core.resolver.tiers import LAST, TIERS, Tier
from tui.core.resolver.written import Said, shown

_NOT_ASKED = {
    tier.number: TraceRow(tier.number, tier.name, "not asked", None, f"only for a {' or '.join(sorted(tier.kinds))}")
    for tier in TIERS
}
_SILENT = {tier.number: TraceRow(tier.number, tier.name, "silent") for tier in TIERS}
_NOT_REACHED = {tier.number: TraceRow(tier.number, tier.name, "not reached") for tier in TIERS}


def not_asked(tier: Tier) -> TraceRow:
    """The row of a tier that is not for this kind of request."""
    return _NOT_ASKED[tier.number]


def not_reached(tier: Tier, said: Said) -> TraceRow:
    """The row of a tier below the one that won; it still tells what it would have said."""
    if said.model is None:
        return _NOT_REACHED[tier.number]
    return TraceRow(tier.number, tier.name, "not reached", shown(said.model), said.origin or None)


def silent(tier: Tier, said: Said) -> TraceRow:
    """The row of a tier that names no model."""
    if said.effort is None and said.odd is None:
        return _SILENT[tier.number]
    detail = said.odd or f"names the effort {shown(said.effort)} alone"
    return TraceRow(tier.number, tier.name, "silent", None, detail)


def row(
    tier: Tier, outcome: Outcome, said: Said | None, detail: str | None, candidates: tuple[Candidate, ...] = ()
) -> TraceRow:
    """The row of a tier that was asked."""
    model = shown(said.model) if said is not None and said.model is not None else None
    if said is not None and said.origin and detail:
        detail = f"{detail} (from {said.origin})"
    return TraceRow(tier.number, tier.name, outcome, model, detail, candidates)


def note(place: int, about: str, said: str | None, detail: str) -> TraceRow:
    """A row after the tiers; ``place`` counts the notes from 1."""
    return TraceRow(LAST.number + place, about, "note", said, detail)
