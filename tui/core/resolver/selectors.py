"""From a selector to a model: keywords, tags and aliases here, references and bare ids in ``named``."""

from __future__ import annotations

from dataclasses import replace

from tui.core.resolver import aliases, tags
from tui.core.resolver.found import Choice, FallBack, Found, Keyword, Miss, View, choose
from tui.core.resolver.named import named
from tui.core.resolver.written import MalformedError, selector, shown, split


def look_up(text: str, view: View) -> Found:
    """What the selector ``text`` comes to. Raises :class:`MalformedError` for one that is a mistake at every tier."""
    passed: dict[str, str] = {}
    via = ""
    while True:
        found = _word(text, view) or _alias(text, view, passed) or named(text, view)
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
        return choose(view, newest.place, newest.model, candidates=newest.candidates)
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
    choice = choose(view, place, pick.model, candidates=pick.candidates)
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
    model, effort = split(view.settings.small_model)
    if model is None:
        return ()
    try:
        text = selector(model)
        found = look_up(text, replace(view, needs=set(), tagless=True))
    except MalformedError as error:
        return (f"small_model is not taken: {error.message}",)
    if isinstance(found, Miss):
        return (f"small_model is not taken: {found.message}",)
    if not isinstance(found, Choice):
        return (f'small_model is not taken: "{shown(text)}" names no model',)
    provider = found.reference.provider
    why = found.model.unfit
    if not view.index.providers[provider].usable:
        why = f"no credentials known for {shown(provider)}"
    elif view.reach is not None and provider not in view.reach:
        why = "no agent of this kind can run it"
    if why is not None:
        return (f"small_model {shown(str(found.reference))} is not taken: {why}",)
    warnings = found.warnings if effort is None else (*found.warnings, "the effort beside small_model is not read")
    return replace(found, via=", auto-selected from small_model", suffix="", warnings=warnings)
