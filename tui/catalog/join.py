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
from tui.catalog.prices import Asked, Prices, at
from tui.catalog.retirements import with_end
from tui.catalog.sources import OPENCODE
from tui.config.codec import write
from tui.core.catalog import Catalog, Model, Provider
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
        opencode = self._opencode()
        theirs = {one.id: one for one in opencode.providers}
        ours = [self._provider(one, theirs.get(one.id)) for one in base]
        others = [self._foreign(one, opencode) for one in opencode.providers if one.id not in base.by_id]
        if opencode.error and not theirs and OPENCODE not in base.by_id:
            others.append(Provider(OPENCODE, "OpenCode", list="failed", error=opencode.error))
        providers = (*ours, *others)
        content = hashlib.sha256()
        for one in providers:
            content.update(write(one))
        return Catalog(providers, content.hexdigest()[:16], (opencode.pins,) if opencode.pins else ())

    def _opencode(self) -> Kept:
        """What a server of OpenCode told; a provider that is configured under that id has its list elsewhere."""
        return self.lists.get(f"agent {OPENCODE}", Kept())

    def _provider(self, base: Provider, theirs: Provider | None) -> Provider:
        given = self.settings.providers.get(base.id)
        from_opencode = given is not None and given.kind == OPENCODE
        told = self._opencode() if from_opencode else self.lists.get(base.id)
        own = theirs if from_opencode else next(iter(told.providers), None) if told else None
        layers: list[Rows] = [
            {entry.id: by_hand(entry) for entry in given.models} if given else {},
            _rows(own),
            {} if from_opencode else _rows(theirs),
            {model.id: model for model in known_models(base.id, given)},
        ]
        was_read = told is not None and told.read_at is not None
        also = theirs.models if theirs is not None and theirs.usable else ()
        ids = [*layers[1], *layers[0]] if was_read else [*(m.id for m in base.models), *(m.id for m in also)]
        found = replace(base, models=self._models(base.id, given, dict.fromkeys(ids), layers))
        if theirs is not None and theirs.usable and not base.usable:
            found = replace(found, source=theirs.source, key=theirs.key)
        if from_opencode and theirs is not None and theirs.key == "present":
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
        """A provider that OpenCode alone has. Hundreds have no credentials here: their rows stay as they came."""
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
        return united(id_, [*said, *extra, *([priced] if priced else [])] or [Model(id_)], self.today)


def asked(provider: str, given: ProviderSettings | None, id_: str) -> Asked:
    """How the price of a model is asked for: at an address of one's own it is not the vendor's."""
    return Asked(provider, id_, at(given.base_url) if given and given.base_url else None)


def _rows(provider: Provider | None) -> Rows:
    return {model.id: model for model in provider.models} if provider else {}


def _about(layer: Rows, id_: str) -> Model | None:
    """What a layer has of a model: by its id, or where that bears a date, by the id without it."""
    found = layer.get(id_)
    if found is None and (short := stem(id_)) is not None:
        found = layer.get(short)
    return found
