"""What providers offer. A fact that no source gave is ``None``: unknown, which is neither "no" nor 0."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Literal

Source = Literal["config", "custom", "env", "api"]
KeyState = Literal["present", "empty", "absent"]
ListState = Literal["listed", "failed", "not_listed"]
ModelStatus = Literal["active", "beta", "deprecated"]
Use = Literal["chat", "embedding", "image", "audio", "video", "other"]
"""What a model is for. Only ``chat`` can do an agent's work; one whose use nobody states counts as ``chat``."""
ListingState = Literal["not configured", "failed", "empty", "listed", "not read"]
"""What is known of a provider's list; ``not read``: it could be, or an agent alone is logged in there."""

SOURCE_RANK: dict[str, int] = {"config": 0, "custom": 0, "env": 1, "api": 2}
"""Lower is better; config and custom are equal (RESOLUTION: "best source rank wins")."""


@dataclass(frozen=True, slots=True)
class Price:
    """US dollars per million tokens."""

    input: float | None = None
    output: float | None = None
    cache_read: float | None = None
    cache_write: float | None = None


@dataclass(frozen=True, slots=True)
class Quote:
    """A price, and who says so."""

    source: str
    price: Price
    matched: str | None = None
    """The id under which the source has the price, where it was searched for loosely."""


@dataclass(frozen=True, slots=True)
class Origin:
    """Where some of a model's facts were read, and when."""

    source: str
    at: str | None = None
    facts: tuple[str, ...] = ()
    """Names of fields of :class:`Model`."""


@dataclass(frozen=True, slots=True)
class Model:
    """A model as its provider offers it."""

    id: str
    name: str | None = None
    description: str | None = None
    status: ModelStatus = "active"
    context: int | None = None
    """Tokens that fit in."""
    output: int | None = None
    """Tokens that may come out."""
    price: Price | None = None
    input: tuple[str, ...] | None = None
    """Kinds of input: ``text``, ``image``, ..."""
    attachment: bool | None = None
    tools: bool | None = None
    reasoning: bool | None = None
    efforts: tuple[str, ...] | None = None
    """Effort levels on offer; an empty tuple is a known "none"."""
    retires: str | None = None
    """The day it ends, ``YYYY-MM-DD``."""
    facts_from: str | None = None
    """Where these facts were read, for a person."""
    facts_at: str | None = None
    """When, ``YYYY-MM-DD`` or a full timestamp."""
    use: Use = "chat"
    origins: tuple[Origin, ...] = ()
    """Which facts came from where, where there is more than one source."""
    quotes: tuple[Quote, ...] = ()
    """Whose price is in force, then those that differ from it by more than 1 %. Empty: one source, not searched for."""

    @property
    def unfit(self) -> str | None:
        """Return why it can't do an agent's work, as a clause about it; ``None`` where it can."""
        return None if self.use == "chat" else f"is for {self.use}, not for chat"

    @property
    def vision(self) -> bool | None:
        """Whether it takes pictures: yes, known no, or unknown."""
        if (self.input is not None and "image" in self.input) or self.attachment:
            return True
        return False if self.input is not None and self.attachment is not None else None


@dataclass(frozen=True, slots=True)
class Provider:
    """Who offers models, and how much is known of the list."""

    id: str
    name: str | None = None
    source: Source = "api"
    key: KeyState = "absent"
    list: ListState = "listed"
    models: tuple[Model, ...] = ()
    error: str | None = None
    """Why the list could not be read, when it is ``failed``."""
    read_at: str | None = None
    """When the list was read, ISO 8601; ``None`` for the shipped one."""
    gone: tuple[Model, ...] = ()
    """Models that an earlier list had and the present one lacks, as they were. Nothing is resolved to them."""

    @property
    def state(self) -> ListingState:
        """What is known of the list, in one word."""
        if self.list == "listed":
            return "listed" if self.models else "empty"
        if self.list == "failed":
            return "failed"
        return "not read" if self.key == "present" else "not configured"

    @property
    def usable(self) -> bool:
        """Whether something here holds credentials for it."""
        return self.source != "api" or self.key == "present"


@dataclass(frozen=True, slots=True)
class AgentPins:
    """The models that an agent's own configuration names."""

    agent: str
    model: str | None = None
    small_model: str | None = None


@dataclass(frozen=True)
class Catalog:
    """All providers, in a fixed order. Immutable, so that what is derived from it can be kept per ``digest``."""

    providers: tuple[Provider, ...] = ()
    digest: str = ""
    pins: tuple[AgentPins, ...] = ()
    by_id: dict[str, Provider] = field(init=False, repr=False, compare=False)
    derived: dict[str, object] = field(init=False, repr=False, compare=False, default_factory=dict)
    """What was worked out from the lists, once and for as long as this catalog is used, by who worked it out."""

    def __post_init__(self) -> None:
        """Index the providers; the first of two with one id counts."""
        index: dict[str, Provider] = {}
        for provider in self.providers:
            index.setdefault(provider.id, provider)
        object.__setattr__(self, "by_id", index)

    def __iter__(self) -> Iterator[Provider]:
        """The providers, each id once."""
        return iter(self.by_id.values())
