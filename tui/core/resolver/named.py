"""References and bare ids: exact, loose, taken as written, not found."""

from __future__ import annotations

from collections.abc import Iterable

from tui.core.catalog import Model
from tui.core.reference import Reference
from tui.core.resolution import Candidate
from tui.core.resolver import near, tags
from tui.core.resolver.found import Found, Miss, View, choose
from tui.core.resolver.ids import stem
from tui.core.resolver.index import ProviderIndex
from tui.core.resolver.uses import use_of
from tui.core.resolver.written import MalformedError, shown

_LONGEST_ID = 400
"""Characters of an id that is taken as written."""


def named(text: str, view: View) -> Found:
    """What a reference or a bare id comes to. Raises :class:`MalformedError` for an empty id."""
    reference = Reference.parse(text)
    if reference is None:
        return _bare(text, view)
    place = view.index.providers.get(reference.provider)
    if not reference.model:
        raise MalformedError(
            f'Model "" not found for provider "{shown(reference.provider)}": the id after the slash is empty',
            near.of_provider(place, "") if place is not None else (),
        )
    if place is None:
        return _unknown_provider(text, reference, view)
    return _of_provider(reference.model, place, view)


def _of_provider(asked: str, place: ProviderIndex, view: View) -> Found:
    """Rules 1 to 4: exact, loose, taken as written, not found."""
    exact = place.models.get(asked)
    if exact is not None:
        return choose(view, place, exact)
    folded = asked.casefold()
    loose = place.loosely(folded, stem(folded))
    if loose is not None:
        return choose(view, place, loose, asked=asked)
    # No provider has an id with control characters, or one as long as a page: that is never taken as written.
    if place.unread and asked.isprintable() and len(asked) <= _LONGEST_ID:
        unread = f"not verified: the model list of {shown(place.id)} could not be read"
        return choose(view, place, Model(asked, use=use_of(asked)), warnings=(unread,))
    gone = ": it was listed earlier and is gone" if asked in place.gone else ""
    return Miss(
        f'Model "{shown(asked)}" not found for provider "{shown(place.id)}"{gone}',
        f'not found for provider "{shown(place.id)}"{gone}',
        lambda: near.of_provider(place, asked),
        (Candidate(shown(f"{place.id}/{asked}"), None, "not found"),),
    )


def _unknown_provider(text: str, reference: Reference, view: View) -> Miss:
    provider = shown(reference.provider)
    return Miss(
        f'Unknown provider "{provider}"',
        f'not found: unknown provider "{provider}"',
        lambda: near.of_all(view.index, text, reference.model),
        (Candidate(shown(text), None, "unknown provider"),),
    )


def _bare(text: str, view: View) -> Found:
    """A bare id: exact, then loose, over the usable providers, then over the rest; the best source rank wins."""
    for usable in (True, False):
        for find in (view.index.exactly, view.index.loosely):
            hits = [hit for hit in find(text) if hit[0].usable is usable]
            if hits:
                return _by_rank(text, hits, view)
    return Miss(
        f'Model "{shown(text)}" not found',
        "not found",
        lambda: near.of_all(view.index, text, text, view.settings.aliases),
    )


def _by_rank(text: str, hits: Iterable[tuple[ProviderIndex, Model]], view: View) -> Found:
    ranked = sorted(hits, key=lambda hit: (hit[0].rank, hit[0].id))
    place, model = ranked[0]
    equals = [f"{other.id}/{one.id}" for other, one in ranked if other.rank == place.rank]
    if len(equals) > 1:
        names = ", ".join(shown(name) for name in equals[: near.MOST])
        return Miss(
            f'Model "{shown(text)}" is ambiguous: {names}; name the provider too',
            f"is ambiguous: {names}",
            lambda: tuple(equals[: near.MOST]),
            tuple(Candidate(name, None, "ambiguous") for name in equals[: tags.TRACED]),
        )
    candidates = (
        Candidate(f"{place.id}/{model.id}"),
        *(
            Candidate(
                f"{other.id}/{one.id}", None, f"source {other.provider.source} comes after {place.provider.source}"
            )
            for other, one in ranked[1 : tags.TRACED]
        ),
    )
    return choose(view, place, model, asked=text if model.id != text else None, candidates=candidates)
