"""Tags: a score per capability, the order it gives, and the best model that may be taken.

The order of all models is worked out once per catalog and capability, and what each reach of agents sees of it once
per reach.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from dataclasses import dataclass
from itertools import islice
from operator import itemgetter

from tui.core.catalog import Model
from tui.core.reference import Reference
from tui.core.resolution import Candidate
from tui.core.resolver.agents import Reach
from tui.core.resolver.index import CatalogIndex, ProviderIndex
from tui.core.resolver.written import MalformedError, shown

NAMES = ("node", "auto")
CAPABILITIES = ("fast", "vision", "docs")
TRACED = 20
"""Candidates that a trace names; more would be stored with every step."""
_LEFT_OUT = 10
_SUGGESTED = 5

_FAST_WORD = re.compile(r"(?<![^\W_])(?:mini|small|flash|fast|lite|nano|haiku)(?![^\W_])")
_VISION_WORD = re.compile(r"(?<![^\W_])vision(?![^\W_])")


def capability(selector: str) -> str | None:
    """The capability of a tag, ``""`` for a plain one; ``None`` if ``selector`` is no tag.

    Raises :class:`MalformedError` for a capability that there is not.
    """
    name, colon, wanted = selector.partition(":")
    if name not in NAMES:
        return None
    if not colon:
        return ""
    if wanted.casefold() not in CAPABILITIES:
        known = tuple(f"node:{one}" for one in CAPABILITIES)
        raise MalformedError(f'Unknown capability in "{shown(selector)}"; there are {", ".join(known)}', known)
    return wanted.casefold()


def _named(model: Model, word: re.Pattern[str]) -> bool:
    return word.search(f"{model.id} {model.name or ''}".casefold()) is not None


def _context(model: Model, step: int, most: int) -> int:
    return min(max(model.context or 0, 0) // step, most)


def _cost(model: Model) -> float:
    """The input price, at most 5; an unknown one counts as that."""
    price = model.price.input if model.price is not None else None
    return min(price, 5.0) if price is not None and price >= 0 and math.isfinite(price) else 5.0


def vision_score(model: Model) -> float:
    """How well a model sees."""
    return (
        100 * (model.input is not None and "image" in model.input)
        + 10 * (model.attachment is True)
        + 20 * _named(model, _VISION_WORD)
        + 10 * (model.tools is True)
        - 50 * (model.status == "deprecated")
        + _context(model, 32_000, 10)
    )


def fast_score(model: Model) -> float:
    """How quick and cheap a model is."""
    return (
        10 * _named(model, _FAST_WORD)
        - _cost(model)
        + 5 * (model.tools is True)
        - 50 * (model.status == "deprecated")
        + _context(model, 64_000, 3)
    )


def docs_score(model: Model) -> float:
    """How well a model reads and writes documents."""
    return (
        3 * (model.reasoning is True)
        + 10 * (model.tools is True)
        - 50 * (model.status == "deprecated")
        + _context(model, 64_000, 10)
    )


SCORES: dict[str, Callable[[Model], float]] = {"vision": vision_score, "fast": fast_score, "docs": docs_score}


@dataclass(frozen=True, slots=True)
class Pick:
    """The best model under a capability, and what was considered."""

    reference: Reference | None
    model: Model | None
    candidates: tuple[Candidate, ...]


def best(index: CatalogIndex, wanted: str, reach: Reach) -> Pick:
    """The best model of the usable providers within ``reach`` under the capability ``wanted``."""
    key = (wanted, reach)
    pick = index.remembered.get(key)
    if not isinstance(pick, Pick):
        pick = index.remembered[key] = _pick(index, wanted, reach)
    return pick


def some(index: CatalogIndex, wanted: str, reach: Reach = None) -> tuple[str, ...]:
    """Up to five references that would do, for a suggestion; where no usable provider has one, of any provider."""
    for within in dict.fromkeys((reach, None)):
        taken = [one.reference for one in best(index, wanted, within).candidates if one.score is not None]
        if taken:
            return tuple(taken[:_SUGGESTED])
    places = index.providers.values()
    other = (f"{place.id}/{one.id}" for place in places for one in place.models.values() if _fits(one, wanted))
    return tuple(islice(other, _SUGGESTED))


def _order(index: CatalogIndex, wanted: str) -> list[tuple[float, int, str, str, ProviderIndex]]:
    """Every candidate of the usable providers, the best first: score, source rank, provider id, model id."""
    index.orderings[wanted] += 1
    score = SCORES[wanted]
    rows = [
        (-round(score(model), 6), place.rank, place.id, model.id, place)
        for place in index.providers.values()
        if place.usable
        for model in place.models.values()
        if _fits(model, wanted)
    ]
    rows.sort(key=itemgetter(0, 1))  # providers and models come in the order of their ids, and sorting keeps that
    return rows


def _fits(model: Model, wanted: str) -> bool:
    return model.unfit is None and (wanted != "vision" or model.vision is True)


def _pick(index: CatalogIndex, wanted: str, reach: Reach) -> Pick:
    key = ("order", wanted)
    order = index.remembered.get(key)
    if not isinstance(order, list):
        order = index.remembered[key] = _order(index, wanted)
    within = [row for row in order if reach is None or row[2] in reach]
    if not within:
        return Pick(None, None, _left_out(index, wanted, order, reach))
    _, _, provider, model, place = within[0]
    top = within[0][0]
    candidates = [Candidate(f"{provider}/{model}", -top + 0.0)]
    candidates += [
        Candidate(
            f"{row[2]}/{row[3]}", -row[0] + 0.0, "a lower score" if row[0] > top else "the same score, later in order"
        )
        for row in within[1:TRACED]
    ]
    return Pick(
        Reference(provider, model),
        place.models[model],
        (*candidates, *_left_out(index, wanted, order, reach)),
    )


def _left_out(
    index: CatalogIndex, wanted: str, order: list[tuple[float, int, str, str, ProviderIndex]], reach: Reach
) -> tuple[Candidate, ...]:
    """Some of those that were no candidates, and why, so that nobody has to guess."""
    found: list[Candidate] = []
    for row in order:
        if reach is not None and row[2] not in reach:
            found.append(Candidate(f"{row[2]}/{row[3]}", None, "no agent of this kind can run it"))
            if len(found) == _LEFT_OUT:
                return tuple(found)
    for place in index.providers.values():
        for model in place.models.values():
            why = _why_not(place, model, wanted)
            if why is not None:
                found.append(Candidate(f"{place.id}/{model.id}", None, why))
                if len(found) == _LEFT_OUT:
                    return tuple(found)
    return tuple(found)


def _why_not(place: ProviderIndex, model: Model, wanted: str) -> str | None:
    if not place.usable:
        return "no credentials known"
    if model.unfit is not None:
        return model.unfit
    if _fits(model, wanted):
        return None
    return "vision is unknown" if model.vision is None else "lacks vision"
