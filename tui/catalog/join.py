"""The catalog from all that is known: the configuration, lists that were read, the shipped rows, prices and ends.

Of a fact that several tell, the configuration's word counts, then the provider's own list's, then OpenCode's, then the
shipped row's, then that of the table of prices.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from tui.catalog.cache import Kept
from tui.catalog.facts import united
from tui.catalog.offer import by_hand, known_models
from tui.catalog.prices import Asked, Prices
from tui.catalog.retirements import with_end
from tui.catalog.sources import AGENT, OPENCODE
from tui.config.codec import write
from tui.core.catalog import Catalog, Model, Provider
from tui.core.plain import shown_address
from tui.core.resolver.ids import stem
from tui.core.settings import ProviderSettings, Settings

Rows = Mapping[str, Model]


@dataclass(frozen=True)
class Joint:
    """What the catalog is made from, beside what is on offer without asking anybody."""

    settings: Settings
    lists: Mapping[str, Kept]
    """What was read, by the source's id; OpenCode's is :data:`OPENCODE`."""
    prices: Prices
    today: str
    """``YYYY-MM-DD``."""

    def catalog(self, base: Catalog) -> Catalog:
        """The whole; ``base`` is what is on offer without asking anybody."""
        told = {place: known for place, known in self.lists.items() if place.startswith(AGENT)}
        theirs: dict[str, tuple[Provider, Kept]] = {}
        for place, known in told.items():
            for one in known.providers:
                theirs.setdefault(one.id, (one, known))
            if known.error and not known.providers:
                id_ = place.removeprefix(AGENT)
                theirs.setdefault(id_, (Provider(id_), known))
        ours = [self._provider(one, *theirs.get(one.id, (None, None))) for one in base]
        others = [self._foreign(*one) for id_, one in theirs.items() if id_ not in base.by_id]
        providers = (*ours, *others)
        content = hashlib.sha256()
        for one in providers:
            content.update(write(one))
        pins = tuple(known.pins for known in told.values() if known.pins)
        return Catalog(providers, content.hexdigest()[:16], pins)

    def _provider(self, base: Provider, theirs: Provider | None, from_agent: Kept | None) -> Provider:
        given = self.settings.providers.get(base.id)
        behind = given is not None and given.kind == OPENCODE  # its list is the one that OpenCode tells
        if behind and from_agent is None:
            from_agent = self.lists.get(f"{AGENT}{OPENCODE}")
        behind = behind or (given is not None and given.kind == "list" and not given.models and theirs is not None)
        told = from_agent if behind else self.lists.get(base.id)
        own = theirs if behind else next(iter(told.providers), None) if told else None
        layers: list[Rows] = [
            {entry.id: by_hand(entry) for entry in given.models} if given else {},
            _rows(own),
            {} if behind else _rows(theirs),
            {model.id: model for model in known_models(base.id, given)},
        ]
        was_read = told is not None and told.read_at is not None
        also = theirs.models if theirs is not None and theirs.usable else ()
        ids = [*layers[1], *layers[0]] if was_read else [*(m.id for m in base.models), *(m.id for m in also)]
        found = replace(base, models=self._models(base.id, given, dict.fromkeys(ids), layers))
        if theirs is not None and theirs.usable and not base.usable:
            found = replace(found, source=theirs.source, key=theirs.key)
        if behind and theirs is not None and theirs.key == "present":
            found = replace(found, key="present")
        if told is None:
            return found
        present = set(ids)
        gone = tuple(model for model in own.gone if model.id not in present) if own else ()
        return replace(
            found,
            list="failed" if told.error else "listed" if was_read else base.list,
            error=told.error,
            read_at=told.read_at,
            gone=gone,
        )

    def _foreign(self, theirs: Provider, told: Kept) -> Provider:
        """A provider that an agent alone tells of. OpenCode knows hundreds without credentials: their rows stay."""
        models = theirs.models
        if theirs.usable:
            models = self._models(theirs.id, None, (model.id for model in models), [_rows(theirs)])
        return replace(
            theirs, models=models, list="failed" if told.error else "listed", error=told.error, read_at=told.read_at
        )

    def _models(
        self, provider: str, given: ProviderSettings | None, ids: Iterable[str], layers: list[Rows]
    ) -> tuple[Model, ...]:
        return tuple(self._model(provider, given, id_, layers) for id_ in ids)

    def _model(self, provider: str, given: ProviderSettings | None, id_: str, layers: list[Rows]) -> Model:
        said = [row for layer in layers if (row := _about(layer, id_)) is not None]
        priced = self.prices.of(asked(provider, given, id_))
        ends = with_end(provider, Model(id_))
        # An end comes from its own table alone, which shipped rows have looked into already.
        extra = [ends] if ends.retires and not any(row.retires for row in said) else []
        whole = united(id_, [*said, *extra, *([priced] if priced else [])] or [Model(id_)], self.today)
        stated = next((entry.use for entry in given.models if entry.id == id_), None) if given else None
        return replace(whole, use=stated) if stated else whole


def asked(provider: str, given: ProviderSettings | None, id_: str) -> Asked:
    """How the price of a model is asked for: at an address of one's own it is not the vendor's."""
    return Asked(provider, id_, shown_address(given.base_url) if given and given.base_url else None)


def _rows(provider: Provider | None) -> Rows:
    return {model.id: model for model in provider.models} if provider else {}


def _about(layer: Rows, id_: str) -> Model | None:
    """What a layer has of a model: by its id, or where that bears a date, by the id without it."""
    found = layer.get(id_)
    if found is None and (short := stem(id_)) is not None:
        found = layer.get(short)
    return found
