"""All that is known of a provider or a model, with where it is known from; what nobody said is told as unknown."""

from __future__ import annotations

from datetime import datetime

from tui.core.catalog import Model, Price, Provider
from tui.core.plain import one_line
from tui.dashboard import glyphs
from tui.dashboard.row import Ink, Row, fact, wrap
from tui.dashboard.shelf import Line
from tui.dashboard.standing import Needs, days_left, standing, state_of, unfit, unusable
from tui.dashboard.words import clock, count, dollars, tokens

LABEL = 11
"""Cells of a fact's name."""


def fact_rows(line: Line | None, width: int, now: datetime, needs: Needs, remedy: str | None = None) -> list[Row]:
    """The detail of a line, at this width; ``remedy`` says how its provider gets a key, where it has none."""
    if line is None:
        return []
    if line.model is None:
        return _provider(line.provider, width, now, needs, remedy)
    return _model(line, line.model, width, now, needs, remedy=remedy)


def _fact(name: str, text: str, width: int, ink: Ink = "text") -> list[Row]:
    return fact(name, text, width, LABEL + 1, ink)


def _provider(provider: Provider, width: int, now: datetime, needs: Needs, remedy: str | None) -> list[Row]:
    told, ink = standing(provider, now)
    rows = [Row(one_line(provider.name or provider.id), "strong")]
    rows += _fact("id", one_line(provider.id), width)
    rows += _fact("list", told, width, ink)
    rows += _fact("models", count(len(provider.models), "model"), width)
    if provider.gone:
        rows += _fact("gone", ", ".join(one_line(model.id) for model in provider.gone), width, "warn")
    why = unusable(provider, needs)
    rows += _fact("usable", f"no: {why}" if why else "yes", width, "warn" if why else "good")
    rows += _fact("to do", remedy, width) if remedy else []
    need = needs.get(provider.id)
    if need is not None:
        if need.api_key_env:
            rows += _fact("key", f"{one_line(need.api_key_env)}: {provider.key}", width)
        if need.base_url:
            rows += _fact("at", one_line(need.base_url), width)
        rows += _fact("run by", one_line(", ".join(need.agents) or "no agent"), width)
    if state_of(provider) == "not read" and provider.models:
        rows += [Row(), *_note("Its models are those known beforehand; what it offers now is not read.", width)]
    if provider.state == "failed":
        rows += [Row(), *_note("Any name of its models is taken as it is written, and is not verified.", width)]
    return rows


def _note(text: str, width: int) -> list[Row]:
    return [Row(f" {line}", "dim") for line in wrap(text, max(width - 1, 10))]


def _model(line: Line, model: Model, width: int, now: datetime, needs: Needs, *, remedy: str | None) -> list[Row]:
    rows = [Row(part, "strong") for part in wrap(one_line(line.name), width)]
    if model.name:
        rows.append(Row(one_line(model.name), "dim"))
    if model.description:
        rows += [Row(part) for part in wrap(one_line(model.description, 600), width)]
    rows.append(Row())
    why = "an earlier list had it, the present one does not" if line.gone else None
    why = why or unusable(line.provider, needs) or unfit(model)
    rows += _fact("usable", f"no: {why}" if why else "yes", width, "warn" if why else "good")
    rows += _fact("to do", remedy, width) if remedy else []
    rows += _prices(model, width)
    rows += _fact("context", f"{tokens(model.context)} in, {tokens(model.output)} out".replace("?", "unknown"), width)
    sees = {True: "yes", False: "no", None: "unknown"}[model.vision]
    rows += _fact("vision", sees + (f" ({', '.join(map(one_line, model.input))})" if model.input else ""), width)
    for name, known in (("tools", model.tools), ("reasoning", model.reasoning)):
        rows += _fact(name, {True: "yes", False: "no", None: "unknown"}[known], width)
    efforts = "unknown" if model.efforts is None else " ".join(model.efforts) or "none to choose"
    rows += _fact("efforts", one_line(efforts), width)
    if model.status != "active":
        rows += _fact("status", model.status, width, "warn")
    rows += _end(model, width, now)
    told, ink = standing(line.provider, now)
    rows += _fact("list", told, width, ink)
    return [*rows, Row(), *_sources(model, width, now)]


def _money(price: Price) -> str:
    return f"${dollars(price.input)} in, ${dollars(price.output)} out per M".replace("$?", "unknown")


def _prices(model: Model, width: int) -> list[Row]:
    """The price in force, and beside it those that other sources give."""
    if model.price is None:
        return _fact("price", "unknown", width)
    rows = _fact("price", _money(model.price), width)
    cached = [
        f"{name} ${dollars(amount)}"
        for name, amount in (("read", model.price.cache_read), ("write", model.price.cache_write))
        if amount is not None
    ]
    if cached:
        rows += _fact("  cached", ", ".join(cached), width)
    disagree = len(model.quotes) > 1
    for quote in model.quotes:
        said = one_line(quote.source) + (f" as {one_line(quote.matched)}" if quote.matched else "")
        text = f"{_money(quote.price)}: {said}" if disagree else said
        rows += _fact(f"{glyphs.LOST} says" if disagree else "  by", text, width, "warn" if disagree else "dim")
    return rows


def _end(model: Model, width: int, now: datetime) -> list[Row]:
    left = days_left(model, now)
    if left is None:
        return _fact("until", one_line(model.retires or "no end is known"), width, "text" if model.retires else "dim")
    near = f"ended {count(-left, 'day')} ago" if left < 0 else f"in {count(left, 'day')}"
    return _fact("until", f"{one_line(model.retires or '')}, {near}", width, "bad" if left < 0 else "text")


def _sources(model: Model, width: int, now: datetime) -> list[Row]:
    """Where the facts come from and when they were read."""
    rows = [Row("Known from", "strong")]
    for origin in model.origins:
        when = clock(origin.at, now) if origin.at and len(origin.at) > 10 else origin.at or ""
        rows += [Row(f" {part}") for part in wrap(one_line(f"{origin.source} {when}").strip(), width - 1)]
        rows += [Row(f"   {part}", "dim") for part in wrap(one_line(", ".join(origin.facts)), width - 3) if part]
    if not model.origins:
        said = f"{model.facts_from or 'nobody told'} {model.facts_at or ''}"
        rows += [Row(f" {part}") for part in wrap(one_line(said, 300).strip(), width - 1)]
    return rows
