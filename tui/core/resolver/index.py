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

    __slots__ = ("_folded", "_stems", "gone", "id", "models", "provider", "rank", "unread", "usable")

    def __init__(self, entries: list[Provider]) -> None:
        """``entries``: the provider, or what a catalog has under one id more than once, read as one."""
        entries = sorted(entries, key=_provider_order) if len(entries) > 1 else entries
        self.provider = provider = entries[0]
        self.id = provider.id
        self.usable = provider.usable
        self.unread = all(entry.list != "listed" for entry in entries)
        self.gone = frozenset(model.id for entry in entries for model in entry.gone)
        self.rank = SOURCE_RANK.get(provider.source, len(SOURCE_RANK))
        models: dict[str, Model] = {}
        for entry in entries:
            own = _by_id(entry.models)
            models = {**own, **models}
        self.models = {key: models[key] for key in sorted(models)}
        self._folded: dict[str, list[Model]] = defaultdict(list)
        self._stems: dict[str, list[Model]] = defaultdict(list)
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
        entries: dict[str, list[Provider]] = defaultdict(list)
        for provider in catalog.providers:
            if _can_be_named(provider.id) and "/" not in provider.id:
                entries[provider.id].append(provider)
        self.doubled = frozenset(key for key, listed in entries.items() if len(listed) > 1)
        """Ids that the catalog has more than once."""
        self.providers = {key: ProviderIndex(entries[key]) for key in sorted(entries)}
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


def _can_be_named(name: str) -> bool:
    """Whether a selector can hold ``name``; what nobody can name, no tag picks either."""
    return bool(name) and name.isprintable() and name == name.strip()


def _by_id(models: Iterable[Model]) -> dict[str, Model]:
    found: dict[str, Model] = {}
    for model in models:
        if _can_be_named(model.id):
            twin = found.get(model.id)
            # Of two entries with one id one must count, whatever order they come in.
            if twin is None or _entry_order(model) < _entry_order(twin):
                found[model.id] = model
    return found


def _entry_order(model: Model) -> tuple[bool, str]:
    return model.status == "deprecated", repr(model)


def _provider_order(provider: Provider) -> tuple[bool, int, int, int, list[str]]:
    rank = SOURCE_RANK.get(provider.source, len(SOURCE_RANK))
    # The order of the models must not count, so they are compared sorted.
    models = sorted(repr(model) for model in provider.models)
    return not provider.usable, rank, _LISTS.get(provider.list, 3), -len(models), models
