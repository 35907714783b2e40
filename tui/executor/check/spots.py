"""Where a selector stands in a file, and who would work with the model."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from tui.config.document import Place
from tui.core.resolver.written import split
from tui.core.settings import Settings, Stage, Workflow, Written
from tui.executor.check.aliases import into_cycles
from tui.executor.sources import Sources

STAGE = len(("workflows", "name", "stages", "index"))
"""Parts of a stage's place; a substep's has more."""
_WORDS = ("inherit", "agent-default")


@dataclass(frozen=True, slots=True)
class Spot:
    """A selector in a file, and who would work with the model."""

    place: Place
    text: str
    profile: str | None = None
    vision: bool = False
    """Whether the work there needs vision."""


def spots_of(settings: Settings, sources: Sources) -> tuple[Spot, ...]:
    """Every selector that a file says and that names something."""
    return tuple(_spots(settings, sources))


def _spots(settings: Settings, sources: Sources) -> Iterator[Spot]:
    cycles = into_cycles(settings)
    for place, value, profile, vision in _places(settings, sources):
        model, _ = split(value)
        # What is shipped is nobody's mistake.
        if isinstance(model, str) and model not in _WORDS and sources.of(place).file is not None:
            # An alias is asked by its own name, so that one that stands for itself means what it does in use.
            text = str(place[1]) if place[0] == "aliases" else model
            if text.casefold() not in cycles:
                yield Spot(place, text, profile, vision)


def steps_of(name: str, workflow: Workflow, sources: Sources) -> tuple[tuple[Place, Stage], ...]:
    """Every step with the place in a file where its model is decided: its stage, or a substep that stands apart."""
    found = zip(sources.steps(name, len(workflow.stages)), workflow.stages, strict=True)
    return tuple((place if stage.apart else place[:STAGE], stage) for place, stage in found)


def _places(settings: Settings, sources: Sources) -> Iterator[tuple[Place, Written, str | None, bool]]:
    for name, profile in settings.profiles.items():
        yield ("profiles", name, "model"), profile.model, name, profile.vision
    for name, workflow in settings.workflows.items():
        for place, stage in dict(steps_of(name, workflow, sources)).items():
            who = settings.profiles.get(stage.profile or "")
            needs = "vision" in stage.requires or (who is not None and who.vision)
            yield (*place, "model"), stage.model, stage.profile, needs
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
