"""A catalog made quick to ask: built once per catalog and kept on it, so that it goes when the catalog goes."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable

from tui.core.catalog import SOURCE_RANK, Catalog, Model, Provider
from tui.core.resolver.ids import stem

_KEY = "resolver"
_LISTS = {"listed": 0, "not_listed": 1, "failed": 2}


class ProviderIndex:
    """One provider's models by id, exactly and loosely."""

    __slots__ = ("_folded", "_stems", "id", "models", "provider", "rank", "unread", "usable")

    def __init__(self, provider: Provider) -> None:
        self.provider = provider
        self.id = provider.id
        self.usable = provider.usable
        self.unread = provider.list != "listed"
        self.rank = SOURCE_RANK.get(provider.source, len(SOURCE_RANK))
        models: dict[str, Model] = {}
        self._folded: dict[str, list[Model]] = defaultdict(list)
        self._stems: dict[str, list[Model]] = defaultdict(list)
        for model in provider.models:
            twin = models.get(model.id)
            # Of two entries with one id one must count, whatever order they come in.
            if twin is None or _entry_order(model) < _entry_order(twin):
                models[model.id] = model
        self.models = {key: models[key] for key in sorted(models)}
        for model in self.models.values():
            folded = model.id.casefold()
            self._folded[folded].append(model)
            short = stem(folded)
            if short is not None:
                self._stems[short].append(model)

    def loosely(self, folded: str, short: str | None) -> Model | None:
        """The one model whose id equals a case-folded id, else the one that differs by a date or ``-latest`` alone.

        ``short`` is the stem of ``folded``. Two or more are none.
        """
        same = self._folded.get(folded, ())
        if len(same) == 1:
            return same[0]
        alike = [*same, *self._stems.get(folded, ()), *(self._folded.get(short, ()) if short is not None else ())]
        return alike[0] if len(alike) == 1 else None

    def loose_names(self) -> Iterable[str]:
        """Every case-folded id and stem under which a bare id may find this provider."""
        return (*self._folded, *self._stems)


class CatalogIndex:
    """All providers of a catalog, and what was worked out from them."""

    def __init__(self, catalog: Catalog) -> None:
        chosen: dict[str, Provider] = {}
        doubled: set[str] = set()
        for provider in catalog.providers:
            other = chosen.get(provider.id)
            if other is not None:
                doubled.add(provider.id)
            if other is None or _provider_order(provider) < _provider_order(other):
                chosen[provider.id] = provider
        self.doubled = frozenset(doubled)
        """Ids that the catalog has more than once; the best source counts."""
        self.providers = {key: ProviderIndex(chosen[key]) for key in sorted(chosen)}
        self.remembered: dict[tuple[str, ...] | tuple[str, frozenset[str] | None], object] = {}
        """What tags and aliases mean, once they were asked for."""
        self.orderings: Counter[str] = Counter()
        """How often the models were put in order, by what for."""
        self._exact: dict[str, list[ProviderIndex]] = defaultdict(list)
        self._loose: dict[str, list[ProviderIndex]] = defaultdict(list)
        for place in self.providers.values():
            for model in place.models:
                self._exact[model].append(place)
            for name in place.loose_names():
                self._loose[name].append(place)

    def exactly(self, model: str) -> Iterable[tuple[ProviderIndex, Model]]:
        """Every provider that has ``model``, with it."""
        return [(place, place.models[model]) for place in self._exact.get(model, ())]

    def loosely(self, model: str) -> Iterable[tuple[ProviderIndex, Model]]:
        """Every provider that has exactly one model like ``model``, with it."""
        folded = model.casefold()
        short = stem(folded)
        places = {place.id: place for name in (folded, short) if name for place in self._loose.get(name, ())}
        found = ((place, place.loosely(folded, short)) for place in places.values())
        return [(place, one) for place, one in found if one is not None]


def index_of(catalog: Catalog) -> CatalogIndex:
    """The index of ``catalog``, built when it is first asked for."""
    index = catalog.derived.get(_KEY)
    if not isinstance(index, CatalogIndex):
        index = catalog.derived[_KEY] = CatalogIndex(catalog)
    return index


def _entry_order(model: Model) -> tuple[bool, str]:
    return model.status == "deprecated", repr(model)


def _provider_order(provider: Provider) -> tuple[bool, int, int, int, list[str]]:
    rank = SOURCE_RANK.get(provider.source, len(SOURCE_RANK))
    # The order of the models must not count, so they are compared sorted.
    models = sorted(repr(model) for model in provider.models)
    return not provider.usable, rank, _LISTS.get(provider.list, 3), -len(models), models
