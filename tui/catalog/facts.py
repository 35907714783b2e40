"""What several sources say of one model, made into one row that tells which source said what."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from tui.core.catalog import Model, ModelStatus, Origin, Price, Quote

_FACTS = (
    "name",
    "description",
    "context",
    "output",
    "price",
    "input",
    "attachment",
    "tools",
    "reasoning",
    "efforts",
    "retires",
)
_DIFFERS = 0.01
_NOWHERE = "an unnamed source"


def united(id_: str, said: Sequence[Model], today: str) -> Model:
    """The row of ``id_`` from what its sources ``said``, the most trusted first; what none says stays unknown."""
    values: dict[str, object] = {}
    origins: list[Origin] = []
    for row in said:
        told = tuple(name for name in _FACTS if name not in values and getattr(row, name) is not None)
        values.update((name, getattr(row, name)) for name in told)
        if told or row is said[0]:
            origins.append(Origin(row.facts_from or _NOWHERE, row.facts_at, told))
    quotes = _quotes(said)
    whole = replace(
        Model(id_, **values),  # type: ignore[arg-type]  # each value is that very field of another Model
        status=_status(said, values.get("retires"), today),
        use=next((row.use for row in said if row.use != "chat"), "chat"),
        facts_from="; ".join(dict.fromkeys(origin.source for origin in origins)),
        facts_at=origins[0].at,
        origins=tuple(origins) if len(origins) > 1 else (),
    )
    return replace(whole, quotes=quotes) if len(quotes) > 1 or any(quote.matched for quote in quotes) else whole


def differ(one: Price, other: Price) -> bool:
    """Whether two prices differ by more than 1 % in something that both name."""
    return any(
        mine is not None and theirs is not None and abs(mine - theirs) > _DIFFERS * max(mine, theirs)
        for mine, theirs in (
            (one.input, other.input),
            (one.output, other.output),
            (one.cache_read, other.cache_read),
            (one.cache_write, other.cache_write),
        )
    )


def _status(said: Sequence[Model], retires: object, today: str) -> ModelStatus:
    if (isinstance(retires, str) and retires <= today) or any(row.status == "deprecated" for row in said):
        return "deprecated"
    return next((row.status for row in said if row.status != "active"), "active")


def _quotes(said: Sequence[Model]) -> tuple[Quote, ...]:
    """Whose price is in force, then whose differs from it."""
    every = [
        row.quotes[0] if row.quotes else Quote(row.facts_from or _NOWHERE, row.price)
        for row in said
        if row.price is not None
    ]
    return tuple(quote for index, quote in enumerate(every) if index == 0 or differ(every[0].price, quote.price))
