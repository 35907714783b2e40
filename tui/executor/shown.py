"""What the attempts of a step showed: of each alone, and of all together, so that no later one hides an earlier one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields
from decimal import Decimal

from tui.agents.base import Findings
from tui.core.evidence import GRAVEST, verdict
from tui.core.plain import one_line
from tui.core.reference import Reference
from tui.core.run import Cost, Shown, Usage


def shown(sent: str | None, findings: Findings) -> Shown:
    """What an attempt that was sent the reference ``sent`` showed."""
    reference = Reference.parse(sent) if sent else None
    answered = tuple(one_line(model, 200) for model in findings.answered)
    return Shown(
        answered=answered,
        evidence=findings.evidence,
        verdict=verdict(reference.model if reference else None, answered, findings.evidence),
        usage=findings.usage,
        cost=findings.cost,
        side_calls=findings.side_calls,
    )


def together(parts: Sequence[Shown]) -> Shown:
    """All models, tokens and money, and the gravest verdict with what it stands on."""
    gravest = min(parts, key=lambda part: GRAVEST.index(part.verdict))
    return Shown(
        answered=tuple(dict.fromkeys(model for part in parts for model in part.answered)),
        evidence=gravest.evidence,
        verdict=gravest.verdict,
        usage=_usage([part.usage for part in parts if part.usage is not None]),
        cost=_cost([part.cost for part in parts if part.cost is not None]),
        side_calls=tuple(call for part in parts for call in part.side_calls),
    )


def _usage(parts: Sequence[Usage]) -> Usage | None:
    if not parts:
        return None
    return Usage(**{field.name: sum(getattr(part, field.name) for part in parts) for field in fields(Usage)})


def _cost(parts: Sequence[Cost]) -> Cost | None:
    """The sum; one price that is unknown makes it unknown."""
    if len(parts) < 2:
        return parts[0] if parts else None
    known = [Decimal(part.usd) for part in parts if part.usd is not None]
    source = "; ".join(dict.fromkeys(part.source for part in parts if part.source))
    return Cost(str(sum(known)) if len(known) == len(parts) else None, source or None)
