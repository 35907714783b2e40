"""What the picker offers and how it is searched: pure, so that ten thousand models can be counted and timed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from tui.core.catalog import Model, Provider
from tui.core.items import AliasItem
from tui.core.plain import one_line
from tui.dashboard.standing import NO_AGENT, Needs, standing, state_of, unusable

AGENT_DEFAULT = "agent-default"
"""The selector that passes no model."""

BEST = 300
"""How many of the rows that match at all are scored."""


@dataclass(frozen=True, slots=True)
class Offer:
    """A line of the picker. A heading has neither ``selector`` nor ``inherits``."""

    label: str
    """Cleaned when it is drawn: of ten thousand forty are."""
    selector: str | None = None
    inherits: bool = False
    note: str = ""
    model: Model | None = None
    favourite: bool = False
    doubt: str | None = None
    """What may be wrong with it, though it can be taken."""
    because: str | None = None
    """The whole sentence of why its provider can't be used."""
    why_not: str | None = None
    """Why it can't be taken."""
    sought: str = ""
    """What is searched, in lower case."""

    @property
    def heading(self) -> bool:
        """Whether it only names what follows."""
        return self.selector is None and not self.inherits


OF_A_CARD = (
    Offer("inherit", inherits=True, note="nothing picked here"),
    Offer("agent default", AGENT_DEFAULT, note="no model is passed; the agent decides", sought=AGENT_DEFAULT),
)
"""What a list of models begins with where it is chosen for this time."""


@dataclass(frozen=True, slots=True)
class Shelf:
    """The models of every provider as lines: made once for as long as the lists stay the same."""

    groups: tuple[tuple[Provider, tuple[Offer, ...]], ...]
    known: Mapping[str, Offer]
    """By reference."""
    gone: Mapping[str, str]
    """What an earlier list had: the provider's name by reference."""
    unfit: Mapping[str, str]
    """Models made for something else than chat: why they can't be taken, by reference."""
    needs: Needs


def shelf(providers: Sequence[Provider], favourites: Sequence[str], needs: Needs) -> Shelf:
    """What an agent can be given, those first that can be used; models of another use are left out."""
    groups = []
    for provider in sorted(providers, key=lambda one: (state_of(one) == "not configured", not one.usable)):
        because = unusable(provider, needs)
        chat = (model for model in provider.models if model.unfit is None)
        groups.append((provider, tuple(_model(provider, model, favourites, because) for model in chat)))
    known = {offer.selector: offer for _, found in groups for offer in found if offer.selector}
    gone = {f"{one.id}/{model.id}": one.name or one.id for one in providers for model in one.gone}
    unfit = {f"{one.id}/{model.id}": why for one in providers for model in one.models if (why := model.unfit)}
    return Shelf(tuple(groups), known, gone, unfit, needs)


@dataclass(slots=True)
class Shelves:
    """Keeps the newest shelf, so that a list opens as fast with ten thousand models as with ten."""

    made_of: tuple[Sequence[Provider], Sequence[str], Needs] | None = None
    made: Shelf | None = None

    def of(self, providers: Sequence[Provider], favourites: Sequence[str], needs: Needs) -> Shelf:
        """The shelf of these lists, which are replaced and never changed."""
        before = self.made_of
        if self.made is None or before is None or before[0] is not providers or before[1:] != (favourites, needs):
            self.made_of, self.made = (providers, favourites, needs), shelf(providers, favourites, needs)
        return self.made


def offers(
    stock: Shelf,
    aliases: Sequence[AliasItem],
    favourites: Sequence[str],
    *,
    recents: Sequence[str] = (),
    first: Sequence[Offer] = (),
    would_be: str | None = None,
    picked: str | None = None,
    now: datetime,
) -> list[Offer]:
    """Everything there is, in the order of an empty search; ``first`` is what it begins with.

    ``picked``, the present choice, is among them also where nothing else offers it.
    """
    kept = [
        replace(offer, note=f"would be {would_be}") if offer.inherits and would_be else offer
        for offer in first or OF_A_CARD
    ]
    others = _others(stock, aliases, favourites, recents, now)
    named = {alias.name: alias for alias in aliases}
    if picked is not None and all(offer.selector != picked for offer in (*kept, *others)):
        kept += [Offer("now"), _remembered(picked, stock, named, favourite=picked in favourites)]
    return kept + others


def _others(
    stock: Shelf, aliases: Sequence[AliasItem], favourites: Sequence[str], recents: Sequence[str], now: datetime
) -> list[Offer]:
    """Tags, aliases, what was chosen before, and every provider with its models."""
    kept: list[Offer] = []
    tags = [alias for alias in aliases if alias.name.partition(":")[0] in ("node", "auto")]
    kept += _aliases("tags", tags, favourites)
    kept += _aliases("aliases", [alias for alias in aliases if alias not in tags], favourites)
    named = {alias.name: alias for alias in aliases}
    for title, names in (("favourites", favourites), ("recents", recents)):
        if names:
            kept.append(Offer(title))
            kept += [_remembered(name, stock, named, favourite=name in favourites) for name in names]
    for provider, found in stock.groups:
        if found or state_of(provider) != "not configured":
            why = unusable(provider, stock.needs)
            told, _ = standing(provider, now)
            kept.append(Offer(one_line(provider.name or provider.id), note=f"{told} · {why}" if why else told))
            kept += found
    return kept


def unlisted(typed: str, providers: Sequence[Provider]) -> str:
    """What to know of a name that is in no list."""
    id_ = typed.partition("/")[0]
    provider = next((one for one in providers if one.id == id_), None)
    if provider is not None and state_of(provider) in ("failed", "not read"):
        why = "could not be read" if provider.state == "failed" else "is not read"
        return f"the list of {one_line(provider.name or id_)} {why}: passed as it is written"
    return "whether it exists is told below"


def literal(typed: str, found: Sequence[Offer], providers: Sequence[Provider]) -> tuple[int, Offer]:
    """Return the line that takes what was typed as it is, and where it belongs among what was ``found``.

    A whole reference of a known provider comes before what matches in descriptions alone, anything else comes last.
    """
    offer = Offer(f'take "{typed}" as written', typed, note=unlisted(typed, providers))
    provider, _, model = typed.partition("/")
    if not model or all(one.id != provider for one in providers):
        return len(found), offer
    query = "".join(typed.lower().split())
    return next((at for at, one in enumerate(found) if match(one, query) == ELSEWHERE), len(found)), offer


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


def _remembered(name: str, stock: Shelf, named: Mapping[str, AliasItem], *, favourite: bool) -> Offer:
    """A favourite or a recent one; what is no more on offer is marked, and kept."""
    if name in stock.known:
        return replace(stock.known[name], favourite=favourite)
    alias = named.get(name)
    means = alias.means if alias else None
    doubt, why_not = None, stock.unfit.get(name)
    if name in stock.gone:
        doubt = f"gone from the list of {one_line(stock.gone[name])}"
    elif alias is None and why_not is None and not name.startswith(("node", "auto")) and name != AGENT_DEFAULT:
        doubt = "in no list now"
    return Offer(
        one_line(name),
        name,
        note=one_line(means or ""),
        favourite=favourite,
        doubt=doubt,
        why_not=f"it {why_not}" if why_not else None,
        sought=f"{name} {means or ''}".lower(),
    )


def _model(provider: Provider, model: Model, favourites: Sequence[str], because: str | None) -> Offer:
    reference = f"{provider.id}/{model.id}"
    doubts = []
    if because:
        doubts.append("no credentials" if not provider.usable else "no agent" if because == NO_AGENT else "no key")
    elif provider.list == "failed":
        doubts.append("not verified")
    if model.status == "deprecated":
        doubts.append("deprecated")
    return Offer(
        reference,
        reference,
        model=model,
        favourite=reference in favourites,
        doubt=", ".join(doubts) or None,
        because=because,
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
        """What matches: by :func:`match`, favourites first; with an empty query everything, under headings."""
        query = "".join(query.lower().split())
        self.scored = 0
        if not query:
            self._query = ""
            return list(self.all)
        seen: set[str | None] = set()
        base: Sequence[Offer] = self._found if self._query and query.startswith(self._query) else self.all
        self._found = [offer for offer in base if not offer.heading and _in_order(query, offer.sought or offer.label)]
        self._query = query
        close = sorted(self._found, key=lambda offer: _rough(offer, query))
        ranked: list[tuple[int, bool, int, bool, int, Offer]] = []
        for offer in close[:BEST]:
            if offer.selector in seen:
                continue  # a favourite stands in its group too; while filtering once is enough
            seen.add(offer.selector)
            self.scored += 1
            gaps = _gaps(query, offer.sought or offer.label)
            ranked.append(
                (match(offer, query), not offer.favourite, gaps, offer.because is not None, len(ranked), offer)
            )
        return [offer for *_, offer in sorted(ranked, key=lambda one: one[:5])]


EXACT, WHOLE, BEGINNING, WITHIN, ELSEWHERE = range(5)
"""Where a query matches: the selector itself, a whole id in it, the beginning of one, within one, a description."""


def match(offer: Offer, query: str) -> int:
    """Return where ``query``, in lower case, matches; ids rank before descriptions, always."""
    name = f"/{(offer.sought or offer.label).partition(' ')[0]}"
    if name.endswith(f"/{query}"):
        return EXACT if len(name) == len(query) + 1 else WHOLE
    if f"/{query}" in name:
        return BEGINNING
    return WITHIN if query in name else ELSEWHERE


def _in_order(query: str, text: str) -> bool:
    """Whether the letters of ``query`` come in ``text`` in that order."""
    at = -1
    for letter in query:
        at = text.find(letter, at + 1)
        if at < 0:
            return False
    return True


def _rough(offer: Offer, query: str) -> int:
    """What to look at first. One number, not four: ten thousand tuples would call the garbage collector."""
    where = match(offer, query) if query in offer.sought else ELSEWHERE + 1
    return where * 1_000_000 + (not offer.favourite) * 100_000 + len(offer.sought)


def _gaps(query: str, text: str) -> int:
    """How scattered the letters are in ``text``: 0 for a piece where a word begins, 1 for any piece, then the gaps."""
    at = text.find(query)
    while at > 0 and text[at - 1].isalnum():
        after = text.find(query, at + 1)
        if after < 0:
            return 1
        at = after
    if at >= 0:
        return 0
    gaps, last = 1, -1
    for letter in query:
        at = text.find(letter, last + 1)
        gaps += at != last + 1
        last = at
    return gaps
