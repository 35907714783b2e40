"""What the picker offers and how it is searched: pure, so that ten thousand models can be counted and timed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from textual.fuzzy import FuzzySearch

from tui.core.catalog import Model, Provider
from tui.core.plain import one_line
from tui.core.verbs import AliasItem

AGENT_DEFAULT = "agent-default"
"""The selector that passes no model."""

BEST = 300
"""How many of the rows that match at all are scored."""


@dataclass(frozen=True, slots=True)
class Offer:
    """A line of the picker. A heading has neither ``selector`` nor ``inherits``."""

    label: str
    selector: str | None = None
    inherits: bool = False
    note: str = ""
    model: Model | None = None
    favourite: bool = False
    doubt: str | None = None
    """What may be wrong with it, though it can be taken."""
    why_not: str | None = None
    """Why it can't be taken."""
    sought: str = ""
    """What is searched, in lower case."""

    @property
    def heading(self) -> bool:
        """Whether it only names what follows."""
        return self.selector is None and not self.inherits


def offers(
    providers: Sequence[Provider], aliases: Sequence[AliasItem], favourites: Sequence[str], would_be: str | None
) -> list[Offer]:
    """Everything there is, in the order of an empty search."""
    kept = [
        Offer("inherit", inherits=True, note=f"would be {would_be}" if would_be else "nothing picked here"),
        Offer("agent default", AGENT_DEFAULT, note="no model is passed; the agent decides", sought=AGENT_DEFAULT),
    ]
    tags = [alias for alias in aliases if alias.name.partition(":")[0] in ("node", "auto")]
    kept += _aliases("tags", tags, favourites)
    kept += _aliases("aliases", [alias for alias in aliases if alias not in tags], favourites)
    known = {f"{provider.id}/{model.id}": (provider, model) for provider in providers for model in provider.models}
    named = {alias.name: alias for alias in aliases}
    if favourites:
        kept.append(Offer("favourites"))
        kept += [_favourite(name, known, named) for name in favourites]
    for provider in providers:
        kept.append(Offer(f"{provider.name or provider.id}", note=one_line(list_state(provider))))
        kept += [_model(provider, model, favourites) for model in provider.models]
    return kept


def list_state(provider: Provider) -> str:
    """How much is known of a provider's list, in words."""
    words = "" if provider.usable else "no credentials known"
    if provider.list == "failed":
        return f"{words}; list not read ({provider.error or 'failed'})".removeprefix("; ")
    return words


def _aliases(title: str, aliases: Sequence[AliasItem], favourites: Sequence[str]) -> Iterator[Offer]:
    if aliases:
        yield Offer(title)
    for alias in aliases:
        yield Offer(
            one_line(alias.name),
            alias.name,
            note=one_line(f"{alias.means or ''}  {_how(alias)}".strip()),
            favourite=alias.name in favourites,
            why_not=None if alias.means else one_line(alias.note or "it comes to no model now"),
            sought=f"{alias.name} {alias.means or ''}".lower(),
        )


def _how(alias: AliasItem) -> str:
    """How it came to what it means, where that is more than its own name."""
    said = (alias.note or "").partition(" -> ")[0].removeprefix(f"{alias.name}, ")
    return "" if said == alias.name else said


def _favourite(name: str, known: dict[str, tuple[Provider, Model]], named: dict[str, AliasItem]) -> Offer:
    if name in known:
        return _model(*known[name], (name,))
    alias = named.get(name)
    means = alias.means if alias else None
    lost = alias is None and not name.startswith(("node", "auto"))
    return Offer(
        one_line(name),
        name,
        note=one_line(means or ""),
        favourite=True,
        doubt="in no list now" if lost else None,
        sought=f"{name} {means or ''}".lower(),
    )


def _model(provider: Provider, model: Model, favourites: Sequence[str]) -> Offer:
    reference = f"{provider.id}/{model.id}"
    doubts = [] if provider.usable else ["no credentials"]
    if provider.list == "failed":
        doubts.append("not verified")
    if model.status == "deprecated":
        doubts.append("deprecated")
    return Offer(
        one_line(reference),
        reference,
        model=model,
        favourite=reference in favourites,
        doubt=", ".join(doubts) or None,
        sought=f"{reference} {model.name or ''}".lower(),
    )


@dataclass(slots=True)
class Finder:
    """Searches the offers as a person types. Longer text searches only what the shorter one found."""

    all: Sequence[Offer]
    scored: int = 0
    """Rows that the last search scored."""
    _query: str = ""
    _found: list[Offer] = field(default_factory=list)

    def find(self, query: str) -> list[Offer]:
        """What matches: the very name, favourites, then the best; with an empty query everything, under headings."""
        query = "".join(query.lower().split())
        self.scored = 0
        if not query:
            self._query = ""
            return list(self.all)
        seen: set[str | None] = set()
        base: Sequence[Offer] = self._found if self._query and query.startswith(self._query) else self.all
        self._found = [offer for offer in base if not offer.heading and _in_order(query, offer.sought or offer.label)]
        self._query = query
        close = sorted(
            self._found, key=lambda offer: (query not in offer.sought, not offer.favourite, len(offer.sought))
        )
        search = FuzzySearch(case_sensitive=False)
        ranked: list[tuple[bool, bool, float, int, Offer]] = []
        for offer in close[:BEST]:
            if offer.selector in seen:
                continue  # a favourite stands in its group too; while filtering once is enough
            seen.add(offer.selector)
            self.scored += 1
            score, _ = search.match(query, offer.sought or offer.label)
            exact = (offer.selector or offer.label).lower() == query
            ranked.append((not exact, not offer.favourite, -score, len(ranked), offer))
        return [offer for *_, offer in sorted(ranked, key=lambda one: one[:4])]


def _in_order(query: str, text: str) -> bool:
    """Whether the letters of ``query`` come in ``text`` in that order."""
    at = -1
    for letter in query:
        at = text.find(letter, at + 1)
        if at < 0:
            return False
    return True
