"""From a selector to a model: keywords, tags, aliases, references and bare ids."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from enum import Enum

from tui.core.catalog import Model
from tui.core.reference import Reference
from tui.core.resolution import Candidate
from tui.core.resolver import aliases, near, tags
from tui.core.resolver.agents import Reach
from tui.core.resolver.ids import stem
from tui.core.resolver.index import CatalogIndex, ProviderIndex
from tui.core.resolver.written import MalformedError, said, selector, shown
from tui.core.settings import Settings

_LONGEST_ID = 400
"""Characters of an id that is taken as written."""


class Keyword(Enum):
    """A selector that names no model."""

    INHERIT = "inherit"
    AGENT_DEFAULT = "agent-default"


@dataclass(frozen=True, slots=True)
class Choice:
    """A selector came to a model."""

    reference: Reference
    model: Model
    candidates: tuple[Candidate, ...]
    warnings: tuple[str, ...] = ()
    via: str = ""
    """What stands between the selector and the arrow: ``, auto-selected from small_model``."""
    suffix: str = ""
    """What stands after the reference: ``, resolved from gpt-4o``."""


@dataclass(frozen=True, slots=True)
class FallBack:
    """A tag asks for the default model."""

    warnings: tuple[str, ...] = ()
    candidates: tuple[Candidate, ...] = ()


@dataclass(frozen=True, slots=True)
class Miss:
    """A selector came to nothing that may run."""

    message: str
    """A sentence for an error."""
    why: str
    """The same as it goes on from the quoted selector in a warning."""
    suggest: near.Suggest = near.nothing
    candidates: tuple[Candidate, ...] = ()
    warnings: tuple[str, ...] = ()


@dataclass(slots=True)
class View:
    """What a selector is read against."""

    settings: Settings
    index: CatalogIndex
    agent: str | None
    """The profile's agent."""
    reach: Reach
    """What it and those of its kind can run."""
    needs: set[str] = field(default_factory=set)
    """Requirements of the work; the tag ``:vision`` adds its own."""
    for_default: bool = False
    """Whether the selector is the default model, to which a plain tag can't fall back."""
    tagless: bool = False
    """Whether tags name nothing here: the small model is what a tag means, so it can't be one."""


Found = Choice | FallBack | Miss | Keyword


def look_up(text: str, view: View) -> Found:
    """What the selector ``text`` comes to. Raises :class:`MalformedError` for one that is a mistake at every tier."""
    passed: dict[str, str] = {}
    via = ""
    while True:
        found = _word(text, view) or _alias(text, view, passed) or _named(text, view)
        if not isinstance(found, str):
            return _through(found, text, via)
        passed[text.casefold()] = text
        text = found
        via = f" -> {shown(text)}"


def _word(text: str, view: View) -> Found | None:
    """What a keyword or a tag comes to; ``None`` if ``text`` is neither."""
    for keyword in Keyword:
        if keyword.value == text:
            return keyword
    wanted = tags.capability(text)
    return _tag(text, wanted, view) if wanted is not None else None


def _alias(text: str, view: View, passed: dict[str, str]) -> str | Choice | None:
    """The value of the alias ``text``, the model that a shipped one means, or nothing if it is no alias."""
    if "/" in text:
        return None
    value = aliases.value_of(text, view.settings)
    if value is None:
        return None
    if aliases.shipped(text, value):
        newest = aliases.newest(text.casefold(), view.index)
        if newest is None:
            return None
        return _choice(view, newest.place, newest.model, candidates=newest.candidates)
    if text.casefold() in passed or value.casefold() == text.casefold():
        names = " -> ".join(shown(name) for name in (*passed.values(), text, value))
        raise MalformedError(f"The aliases go in a cycle: {names}")
    return value


def _through(found: Found, text: str, via: str) -> Found:
    """``found`` with the alias that led there told, where that says more than the reference does."""
    if not via:
        return found
    if isinstance(found, Miss):
        return replace(found, why=f"({shown(text)}) {found.why}")
    if isinstance(found, Choice) and found.via:
        return replace(found, via=via + found.via)
    return found


def _choice(
    view: View,
    place: ProviderIndex,
    model: Model,
    *,
    asked: str | None = None,
    candidates: tuple[Candidate, ...] = (),
    warnings: tuple[str, ...] = (),
) -> Choice:
    """``model`` as the answer; ``asked`` is the id it was found by, if that is another."""
    told = list(warnings)
    if not place.usable:
        told.append(f"no credentials known for provider {shown(place.id)}")
    if place.id in view.index.doubled:
        told.append(f"provider {shown(place.id)} is in the catalog twice; the better source counts")
    reference = Reference(place.id, model.id)
    return Choice(
        reference,
        model,
        candidates or (Candidate(str(reference)),),
        tuple(told),
        suffix=f", resolved from {shown(asked)}" if asked is not None else "",
    )


# --- references and bare ids ------------------------------------------------------------------------------------------


def _named(text: str, view: View) -> Found:
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
        return _choice(view, place, exact)
    folded = asked.casefold()
    loose = place.loosely(folded, stem(folded))
    if loose is not None:
        return _choice(view, place, loose, asked=asked)
    # No provider has an id with control characters, or one as long as a page: that is never taken as written.
    if place.unread and asked.isprintable() and len(asked) <= _LONGEST_ID:
        unread = f"not verified: the model list of {shown(place.id)} could not be read"
        return _choice(view, place, Model(asked), warnings=(unread,))
    return Miss(
        f'Model "{shown(asked)}" not found for provider "{shown(place.id)}"',
        f'not found for provider "{shown(place.id)}"',
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
    return _choice(view, place, model, asked=text if model.id != text else None, candidates=candidates)


# --- tags -------------------------------------------------------------------------------------------------------------


def _tag(text: str, wanted: str, view: View) -> Found:
    """Vision first, then the small model, then the best score, then the default model."""
    if view.tagless or (view.for_default and not wanted):
        return FallBack()
    if wanted == "vision":
        view.needs.add("vision")
    if "vision" in view.needs:
        return _scored("vision", view) or _no_vision(text, view)
    warnings: tuple[str, ...] = ()
    if wanted == "fast":
        small = _small_model(view)
        if isinstance(small, Choice):
            return small
        warnings = small
    if not wanted:
        return FallBack()
    best = _scored(wanted, view)
    if best is None:
        return FallBack(warnings, tags.best(view.index, wanted, view.reach).candidates)
    return replace(best, warnings=warnings + best.warnings) if warnings else best


def _scored(wanted: str, view: View) -> Choice | None:
    pick = tags.best(view.index, wanted, view.reach)
    if pick.reference is None or pick.model is None:
        return None
    place = view.index.providers[pick.reference.provider]
    choice = _choice(view, place, pick.model, candidates=pick.candidates)
    return replace(choice, via=", auto-selected from configured models")


def _no_vision(text: str, view: View) -> Miss:
    whom = f' that agent "{shown(view.agent)}" or one of its kind can run' if view.reach is not None else ""
    what = f"no model with vision{whom} at a provider with credentials"
    return Miss(
        f'"{shown(text)}" finds {what}; add a provider or its key, or name a model that takes images',
        f"finds {what}",
        lambda: tags.some(view.index, "vision"),
        tags.best(view.index, "vision", view.reach).candidates,
    )


def _small_model(view: View) -> Choice | tuple[str, ...]:
    """The config's small model, or why it is not taken; no reason if it is not set."""
    written = view.settings.small_model
    if not said(written):
        return ()
    try:
        text = selector(written)
        found = look_up(text, replace(view, needs=set(), tagless=True))
    except MalformedError as error:
        return (f"small_model is not taken: {error.message}",)
    if isinstance(found, Miss):
        return (f"small_model is not taken: {found.message}",)
    if not isinstance(found, Choice):
        return (f'small_model is not taken: "{shown(text)}" names no model',)
    provider = found.reference.provider
    why = None
    if not view.index.providers[provider].usable:
        why = f"no credentials known for {shown(provider)}"
    elif view.reach is not None and provider not in view.reach:
        why = "no agent of this kind can run it"
    if why is not None:
        return (f"small_model {shown(str(found.reference))} is not taken: {why}",)
    return replace(found, via=", auto-selected from small_model", suffix="")
