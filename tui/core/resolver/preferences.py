"""What a spec prefers for its stages, and what a table says for one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from tui.core.defaults import twin_of
from tui.core.resolution import SpecChoices
from tui.core.resolver.written import quoted, said
from tui.core.settings import Written


@dataclass(frozen=True, slots=True)
class Preferences:
    """A spec's preference maps, the first one first, and what is wrong with them."""

    maps: tuple[Mapping[str, Written], ...]
    odd: str | None = None


def preferences_of(spec: SpecChoices | None) -> Preferences | None:
    """The spec's preference maps; ``None`` where there is none to read. A patch has no stages, so its map is not read.

    The legacy places are read where the spec has no ``stage_models``.
    """
    if spec is None or (isinstance(spec.type, str) and spec.type.strip().casefold() == "patch"):
        return None
    places = [spec.stage_models] if spec.stage_models is not None else _legacy(spec.orchestrator_state)
    written = [place for place in places if place is not None]
    if not written:
        return None
    odd = [place for place in written if not isinstance(place, Mapping)]
    maps = tuple(place for place in written if isinstance(place, Mapping))
    return Preferences(maps, f"the preference map is no map but {quoted(odd[0])}" if odd else None)


def _legacy(state: Written) -> list[Written]:
    if not isinstance(state, Mapping):
        return []
    workflow = state.get("workflow")
    nested = workflow.get("stageModelPreferences") if isinstance(workflow, Mapping) else None
    return [nested, state.get("stageModelPreferences")]


def at_stage(table: Mapping[str, Written], stage: str | None) -> Written:
    """What ``table`` says for ``stage``, by its own name or else by its twin's."""
    if stage is None:
        return None
    value = table.get(stage)
    if said(value):
        return value
    twin = twin_of(stage)
    return table.get(twin) if twin is not None else None


def same_stage(one: str | None, other: str | None) -> bool:
    """Whether two names mean one stage."""
    return one == other or (one is not None and twin_of(one) == other)
