"""Aliases: a table of the configuration, and what the shipped ones mean in a catalog."""

from __future__ import annotations

from dataclasses import dataclass

from tui.core.catalog import Model
from tui.core.defaults import FAMILIES
from tui.core.reference import Reference
from tui.core.resolution import Candidate
from tui.core.resolver import ids
from tui.core.resolver.index import CatalogIndex, ProviderIndex
from tui.core.resolver.written import MalformedError, said, selector, shown
from tui.core.settings import Settings

_TRACED = 5
_PLAIN = ("claude", "latest")
"""Words of an id that make no variant of it."""


@dataclass(frozen=True, slots=True)
class Newest:
    """The newest model of a family, and the others that were considered."""

    place: ProviderIndex
    model: Model
    candidates: tuple[Candidate, ...]

    @property
    def reference(self) -> Reference:
        """The identity of the model."""
        return Reference(self.place.id, self.model.id)


def value_of(name: str, settings: Settings) -> str | None:
    """What the table says for ``name``, whatever its case; ``None`` if it is no alias.

    Raises :class:`MalformedError` if the value is no text.
    """
    value = settings.aliases.get(name)
    if value is None:
        folded = name.casefold()
        value = next((one for key, one in settings.aliases.items() if key.strip().casefold() == folded), None)
    if not said(value):
        return None
    try:
        return selector(value)
    except MalformedError as error:
        raise MalformedError(f'The alias "{shown(name)}" is wrong: {error.message}') from None


def shipped(name: str, value: str) -> bool:
    """Whether this is a shipped alias: it stands for itself in the table, so that it can be replaced and put back."""
    family = name.casefold()
    return family in FAMILIES and value.casefold() == family


def newest(family: str, index: CatalogIndex) -> Newest | None:
    """The newest model of a family, worked out once per catalog; ``None`` if there is none."""
    key = ("newest", family)
    if key not in index.remembered:
        index.remembered[key] = _newest(family, index)
    found = index.remembered[key]
    return found if isinstance(found, Newest) else None


def _newest(family: str, index: CatalogIndex) -> Newest | None:
    index.orderings[family] += 1
    listed = [
        (place, model)
        for name in FAMILIES[family]
        if (place := index.providers.get(name)) is not None
        for model in place.models.values()
        if model.unfit is None and family in ids.words(model.id)
    ]
    if not listed:
        return None
    listed.sort(key=lambda row: _age(row[0], row[1], family))
    (place, model), *others = listed
    candidates = [Candidate(f"{place.id}/{model.id}")]
    candidates += [
        Candidate(f"{other.id}/{one.id}", None, "deprecated" if one.status == "deprecated" else "not the newest")
        for other, one in others[:_TRACED]
    ]
    return Newest(place, model, tuple(candidates))


_Age = tuple[bool, bool, tuple[int, ...], int, bool, int, int, str, str]


def _age(place: ProviderIndex, model: Model, family: str) -> _Age:
    """Smallest for the newest: current, usable, by version; a tie goes to the undated id, else to the later date.

    Of one version the plain model comes before a variant, such as ``-fast`` or ``-air``, whatever their dates.
    """
    date = ids.date(model.id)
    variant = [word for word in ids.words(model.id) if not word.isdigit() and word not in (*_PLAIN, family)]
    return (
        model.status == "deprecated",
        not place.usable,
        _descending(ids.version(model.id)),
        len(variant),
        bool(date),
        -int(date or 0),
        place.rank,
        place.id,
        model.id,
    )


def _descending(version: tuple[int, ...]) -> tuple[int, ...]:
    """A key that sorts a higher version first; (4, 5) before (4,), and no version last."""
    return (*(-number for number in version), 1)
