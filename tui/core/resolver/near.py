"""Suggestions: which models somebody may have meant. Only asked for when an error is told, never for a warning."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from difflib import SequenceMatcher
from heapq import nlargest

from tui.core.reference import Reference
from tui.core.resolver.ids import first_word, undated, words
from tui.core.resolver.index import CatalogIndex, ProviderIndex

MOST = 5
_SIMILAR = 0.6
_SIMILAR_ALIAS = 0.75
"""Aliases are short words: half of their letters are soon the same."""
_LONGEST = 80
"""Characters of a name that are compared: the rest of a 10 kB text tells nothing."""
_COMPARED = 300
"""How many names are compared closely; the others share fewer letters with what was asked."""

Suggest = Callable[[], tuple[str, ...]]


def nothing() -> tuple[str, ...]:
    """No suggestions."""
    return ()


def of_provider(place: ProviderIndex, model: str) -> tuple[str, ...]:
    """The ids of ``place`` that are closest to ``model``, as references."""
    return tuple(f"{place.id}/{one}" for _, one in _closest((model,), ((one, one) for one in _fit(place))))


def instead_of(index: CatalogIndex, refused: Reference, reach: frozenset[str] | None) -> tuple[str, ...]:
    """Return the models closest to ``refused`` at its own provider; where that has none, within ``reach``."""
    place = index.providers.get(refused.provider)
    within = place is not None and (reach is None or place.id in reach)
    own = of_provider(place, refused.model) if place is not None and within else ()
    return own or of_reach(index, refused.model, reach)


def of_reach(index: CatalogIndex, model: str, reach: frozenset[str] | None) -> tuple[str, ...]:
    """The models closest to ``model`` at the usable providers within ``reach``."""
    places = [place for place in index.providers.values() if place.usable and (reach is None or place.id in reach)]
    return tuple(told for _, told in _closest((model,), ((one, f"{at.id}/{one}") for at in places for one in _fit(at))))


def of_all(index: CatalogIndex, asked: str, model: str, aliases: Iterable[str] = ()) -> tuple[str, ...]:
    """References of models like ``model`` (or like all that was ``asked``), aliases like it; else provider ids."""
    short = undated(model[:_LONGEST])
    names = [(alias, alias) for alias in aliases if _likeness(short, alias) >= _SIMILAR_ALIAS]
    names += [(one, f"{place.id}/{one}") for place in index.providers.values() for one in _fit(place)]
    similar = tuple(name for likeness, name in _closest((model, asked), names) if likeness >= _SIMILAR)
    if similar:
        return similar
    provider = asked.split("/", 1)[0]
    return tuple(one for _, one in _closest((provider,), ((one, one) for one in index.providers)))


def _closest(asked: tuple[str, ...], names: Iterable[tuple[str, str]]) -> list[tuple[float, str]]:
    """The closest of ``names`` (what is compared, what is told), each with its likeness from 0 to 1."""
    wanted = tuple(dict.fromkeys(undated(one[:_LONGEST]) for one in asked if one))
    listed = list(names)
    if len(listed) > _COMPARED:
        letters = frozenset("".join(wanted)) | words(" ".join(wanted))
        listed = nlargest(_COMPARED, listed, key=lambda name: (_shared(letters, name[0]), name[1]))
    ranked = [(max((_likeness(one, name) for one in wanted), default=0.0), told) for name, told in listed]
    ranked.sort(key=lambda row: (-row[0], row[1]))
    return ranked[:MOST]


def _fit(place: ProviderIndex) -> Iterable[str]:
    """Return the ids of the models that can do an agent's work: no other is ever suggested."""
    return (id_ for id_, model in place.models.items() if model.unfit is None)


def _shared(letters: frozenset[str], name: str) -> int:
    return len(letters & words(name)) * 10 + len(letters & frozenset(name.casefold()))


def _likeness(asked: str, name: str) -> float:
    name = undated(name[:_LONGEST])
    ratio = SequenceMatcher(None, asked, name, autojunk=False).ratio()
    # "opus" is like claude-opus-4-8, however much longer that is: every word of it is there. So are two of one family.
    parts, others = words(asked), words(name)
    alike = len(asked) > 2 and parts and parts <= others
    family = first_word(asked)
    return max(ratio, _SIMILAR) if alike or (len(family) > 2 and family in others) else ratio
