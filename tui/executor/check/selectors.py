"""Every selector that a file holds: whether it comes to a model, and how long that one will be there."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date

from tui.config.document import Place
from tui.core.catalog import Model
from tui.core.errors import ResolutionError
from tui.core.items import Finding
from tui.core.reference import Reference
from tui.core.resolution import Resolution
from tui.core.resolver.tags import capability
from tui.core.resolver.written import MalformedError, split
from tui.core.settings import Settings, Written
from tui.executor.check.aliases import in_cycles
from tui.executor.check.subject import Subject

SOON = 60
"""Days before a model's end from which on it is told."""

_WORDS = ("inherit", "agent-default")
_NAME_ANOTHER = "name a model that is offered; see: modeldeck task list --view models --scope all"


@dataclass(frozen=True, slots=True)
class Spot:
    """A selector in a file, and who would work with the model."""

    place: Place
    text: str
    profile: str | None = None
    vision: bool = False
    """Whether the work there needs vision."""


def spots(subject: Subject) -> Iterator[Spot]:
    """Every selector that a file says and that names something."""
    cycles = in_cycles(subject.settings)
    for place, value, profile, vision in _places(subject.settings):
        model, _ = split(value)
        if isinstance(model, str) and model not in _WORDS and subject.written(place):
            # An alias is asked by its own name, so that one that stands for itself means what it does in use.
            text = str(place[1]) if place[0] == "aliases" else model
            if text.casefold() not in cycles:
                yield Spot(place, text, profile, vision)


def _places(settings: Settings) -> Iterator[tuple[Place, Written, str | None, bool]]:
    for name, profile in settings.profiles.items():
        yield ("profiles", name, "model"), profile.model, name, profile.vision
    for name, workflow in settings.workflows.items():
        for index, stage in enumerate(workflow.stages):
            who = settings.profiles.get(stage.profile or "")
            needs = "vision" in stage.requires or (who is not None and who.vision)
            yield ("workflows", name, "stages", index, "model"), stage.model, stage.profile, needs
    for place, value in (*_singles(settings), *_tables(settings)):
        yield place, value, None, False


def _singles(settings: Settings) -> Iterable[tuple[Place, Written]]:
    default = settings.project.default_model or settings.default_model
    return (("default_model",), default), (("small_model",), settings.small_model)


def _tables(settings: Settings) -> Iterator[tuple[Place, Written]]:
    flat: Mapping[str, Mapping[str, Written]] = {
        "aliases": settings.aliases,
        "stage_models": settings.stage_models,
        "model_sets": settings.model_sets,
    }
    deep: Mapping[str, Mapping[str, Mapping[str, Written]]] = {
        "command_models": settings.command_models,
        "presets": settings.presets,
    }
    for table, rows in flat.items():
        yield from (((table, name), value) for name, value in rows.items())
    for table, groups in deep.items():
        for group, rows in groups.items():
            yield from (((table, group, name), value) for name, value in rows.items())
    yield from ((("favourites", index), value) for index, value in enumerate(settings.favourites))


# --- checks -----------------------------------------------------------------------------------------------------------


def unresolved(subject: Subject) -> Iterator[Finding]:
    """Selectors that come to no model: unknown, ambiguous, gone, malformed."""
    for spot in spots(subject):
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
    elif any(one.rejected == "ambiguous" for one in candidates):
        code, fix = "ambiguous-model", "name the provider too"
    else:
        code, fix = "unknown-model", _NAME_ANOTHER
    return subject.finding("error", code, message, fix, place=spot.place, suggestions=error.suggestions)


def tags(subject: Subject) -> Iterator[Finding]:
    """Tags that nothing on offer satisfies, and those that are no tags at all."""
    for spot in spots(subject):
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
    """Models that are taken without proof: not in a list that could be read, or at a provider without credentials."""
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
    for spot in spots(subject):
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
