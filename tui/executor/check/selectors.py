"""Every selector that a file holds: whether it comes to a model, and how long that one will be there."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from tui.core.catalog import Model
from tui.core.errors import ResolutionError
from tui.core.items import Finding
from tui.core.reference import Reference
from tui.core.resolution import Resolution
from tui.core.resolver.tags import capability
from tui.core.resolver.written import MalformedError
from tui.executor.check.aliases import cycles_of
from tui.executor.check.spots import Spot
from tui.executor.check.subject import Subject

SOON = 60
"""Days before a model's end from which on it is told."""

_NAME_ANOTHER = "name a model that is offered; see: modeldeck task list --view models --scope all"


def unresolved(subject: Subject) -> Iterator[Finding]:
    """Selectors that come to no model: unknown, ambiguous, gone, malformed."""
    for spot in subject.spots:
        if not _is_tag(spot.text):
            found = subject.meaning(spot.text)
            if isinstance(found, ResolutionError):
                yield _unresolved(subject, spot, found)


def _unresolved(subject: Subject, spot: Spot, error: ResolutionError) -> Finding:
    message = error.message.removeprefix("message override: ")
    candidates = [one for row in error.trace for one in row.candidates]
    asked = Reference.parse(spot.text)
    provider = subject.catalog.by_id.get(asked.provider) if asked else None
    if provider is not None and asked is not None and any(one.id == asked.model for one in provider.gone):
        code, fix = "gone-model", "name another model; this one was offered and is no more"
        message = f"{spot.text} has gone from the list of {provider.id}"
    elif any(message == f"{one.reference} {one.rejected}" for one in candidates):
        code, fix = "not-chat", f"{_NAME_ANOTHER}; if its id misleads, give it use: chat under its provider's models"
    elif any(one.rejected == "ambiguous" for one in candidates):
        code, fix = "ambiguous-model", "name the provider too"
    else:
        code, fix = "unknown-model", _NAME_ANOTHER
    return subject.finding("error", code, message, fix, place=spot.place, suggestions=error.suggestions)


def cycles(subject: Subject) -> Iterator[Finding]:
    """Aliases that lead to themselves, each cycle once, where its first alias stands."""
    for names in cycles_of(subject.settings):
        yield subject.finding(
            "error",
            "alias-cycle",
            f"the aliases go in a cycle: {' -> '.join((*names, names[0]))}",
            "let one of them name a model",
            place=("aliases", names[0]),
        )


def tags(subject: Subject) -> Iterator[Finding]:
    """Tags that nothing on offer satisfies, and those that are no tags at all."""
    for spot in subject.spots:
        if not _is_tag(spot.text):
            continue
        try:
            wanted = capability(spot.text)
        except MalformedError as error:
            yield subject.finding(
                "error",
                "unknown-tag",
                error.message,
                "write one of these tags",
                place=spot.place,
                suggestions=error.suggestions,
            )
            continue
        if spot.place == ("small_model",):
            yield subject.finding(
                "warning",
                "small-model-tag",
                f"small_model is {spot.text}, a tag, so it is never taken",
                "name a model",
                place=spot.place,
            )
        elif wanted and (why := _unsatisfied(subject, spot)):
            who = f" by the agent of the profile {spot.profile}" if spot.profile else ""
            yield subject.finding(
                "error" if wanted == "vision" else "warning",
                "tag-unsatisfied",
                f"{spot.text} can't be satisfied{who}: {why}",
                "configure a provider that has such a model, or name a model",
                place=spot.place,
            )


def _unsatisfied(subject: Subject, spot: Spot) -> str | None:
    found = subject.meaning(spot.text, spot.profile)
    if isinstance(found, ResolutionError):
        return found.message.removeprefix("message override: ")
    return None if found.tier == "message override" else "no model on offer is a candidate, so the default is taken"


def endings(subject: Subject) -> Iterator[Finding]:
    """Models that have ended, that end soon, or that are deprecated."""
    for spot, reference, model in _models(subject):
        if model is None:
            continue
        days = _days(model.retires, subject.today)
        name = _told(spot, reference)
        if days is not None and days <= 0:
            severity, code, what = "error", "retired-model", f"{name} was retired on {model.retires}"
        elif days is not None and days <= SOON:
            severity, code, what = "warning", "retiring-model", f"{name} retires on {model.retires}, in {days} days"
        elif model.status == "deprecated":
            severity, code, what = "warning", "deprecated-model", f"{name} is deprecated"
        else:
            continue
        yield subject.finding(
            "error" if severity == "error" else "warning",
            code,
            what,
            "name its successor, or an alias that follows the newest",
            place=spot.place,
        )


def doubted(subject: Subject) -> Iterator[Finding]:
    """Yield models that may not do: without credentials, or taken as written."""
    for spot, reference, model in _models(subject):
        provider = subject.catalog.by_id[reference.provider]
        if not provider.usable:
            yield subject.finding(
                "warning",
                "no-credentials",
                f"{_told(spot, reference)} is at {provider.id}, for which no credentials are known here",
                f"configure providers.{provider.id} with api_key_env, or log in with its agent",
                place=spot.place,
            )
        if model is None:
            yield subject.finding(
                "warning",
                "unverified-model",
                f"{_told(spot, reference)} is taken as written, for the model list of {provider.id} could not be read",
                "compare it with the provider's own list",
                place=spot.place,
            )


def _models(subject: Subject) -> Iterator[tuple[Spot, Reference, Model | None]]:
    """The selectors that come to a model by their own, with the model where it is listed."""
    for spot in subject.spots:
        reference = _reference(subject.meaning(spot.text, spot.profile if _is_tag(spot.text) else None))
        if reference is not None:
            yield spot, reference, subject.model(reference)


def named(subject: Subject, spot: Spot) -> Reference | None:
    """The model that ``spot`` names, whoever works with it; a tag names none, for it picks one that fits."""
    return None if _is_tag(spot.text) else _reference(subject.meaning(spot.text))


def _reference(found: Resolution | ResolutionError) -> Reference | None:
    """What the selector itself came to, and not some default after it."""
    return found.reference if isinstance(found, Resolution) and found.tier == "message override" else None


def _is_tag(text: str) -> bool:
    return text.partition(":")[0] in ("node", "auto")


def _told(spot: Spot, reference: Reference) -> str:
    return str(reference) if spot.text == str(reference) else f"{spot.text} comes to {reference}, which"


def _days(day: str | None, today: str) -> int | None:
    """Days from ``today`` to ``day``; ``None`` where ``day`` is none."""
    try:
        return (date.fromisoformat(day) - date.fromisoformat(today)).days if day else None
    except ValueError:
        return None
