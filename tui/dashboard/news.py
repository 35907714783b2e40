"""What the feed tells: small objects, each one thing that became known."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tui.core.catalog import Provider
    from tui.core.items import AliasItem, ProviderItem, Status, WorkflowItem
    from tui.core.run import Run

Pick = tuple[str | None, str | None]
"""What is picked on a card: the selector and the effort, each ``None`` where nothing is."""


@dataclass(frozen=True, slots=True)
class Connecting:
    """The executor is being looked for, or started."""


@dataclass(frozen=True, slots=True)
class LineLost:
    """There is no executor to talk to, and why. It is tried again in ``pause`` seconds."""

    why: str
    pause: float
    stopped: bool = False
    """It was stopped in order: nobody starts one until it is asked for."""
    answered: bool = False
    """There is an executor, but it would not or could not say what the deck shows."""


@dataclass(frozen=True, slots=True)
class DeckRead:
    """Everything the deck shows, as it is now."""

    status: Status
    workflows: tuple[WorkflowItem, ...]
    plans: Mapping[str, Run]
    """By workflow, with the picks that were asked about."""
    picks: Mapping[str, Pick]
    """What each plan was made for."""


@dataclass(frozen=True, slots=True)
class ModelsRead:
    """What the picker offers."""

    providers: tuple[Provider, ...]
    aliases: tuple[AliasItem, ...]
    items: tuple[ProviderItem, ...] = ()
    """What a provider needs to be used."""


@dataclass(frozen=True, slots=True)
class PlansRead:
    """What the cards would run, now that other models are on offer."""

    plans: Mapping[str, Run]
    picks: Mapping[str, Pick]


@dataclass(frozen=True, slots=True)
class RunsRead:
    """The newest runs; ``next`` is the cursor of older ones."""

    runs: tuple[Run, ...]
    next: str | None


@dataclass(frozen=True, slots=True)
class RunChanged:
    """A run as it is after a change."""

    run: Run


@dataclass(frozen=True, slots=True)
class OutputGrew:
    """An attempt wrote something."""

    task_id: str | None
    attempt: str | None


@dataclass(frozen=True, slots=True)
class SpecChanged:
    """A spec was written, changed or taken away."""

    spec_id: str | None


News = Connecting | LineLost | DeckRead | ModelsRead | PlansRead | RunsRead | RunChanged | SpecChanged | OutputGrew
