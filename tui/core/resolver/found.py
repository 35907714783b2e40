"""What a selector comes to, and what it is read against."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum

from tui.core.catalog import Model
from tui.core.reference import Reference
from tui.core.resolution import Candidate
from tui.core.resolver import near
from tui.core.resolver.agents import Reach
from tui.core.resolver.index import CatalogIndex, ProviderIndex
from tui.core.resolver.written import shown
from tui.core.settings import Settings


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


def choose(
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
        told.append(f"provider {shown(place.id)} is in the catalog twice; its lists are read as one")
    reference = Reference(place.id, model.id)
    return Choice(
        reference,
        model,
        candidates or (Candidate(str(reference)),),
        tuple(told),
        suffix=f", resolved from {shown(asked)}" if asked is not None else "",
    )
