"""The lines of the Models place: each provider, then its models, also those that are gone or of another use."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from tui.core.catalog import Model, Provider
from tui.core.plain import one_line
from tui.dashboard import glyphs
from tui.dashboard.row import Ink, Row, middle
from tui.dashboard.standing import Needs, end_of, sees, span_of_efforts, standing, state_of, unfit, unusable
from tui.dashboard.words import count, dollars, tokens

NARROW = 72
"""Under this width price and end alone are shown beside an id."""
ROOMY = 96
"""From this width on output, tools and efforts have their columns too."""


@dataclass(frozen=True, slots=True)
class Line:
    """A provider, or with ``model`` one of its models."""

    provider: Provider
    model: Model | None = None
    gone: bool = False
    """An earlier list had it and the present one lacks it."""
    sought: str = ""
    """What is searched, in lower case."""

    @property
    def name(self) -> str:
        """What it is called: an id, or a whole reference."""
        return f"{self.provider.id}/{self.model.id}" if self.model else self.provider.id


def stocked(providers: Iterable[Provider]) -> list[Line]:
    """Everything, those first that something is known of."""
    lines = []
    for provider in sorted(providers, key=lambda one: (state_of(one) == "not configured", not one.usable)):
        about = f"{provider.id} {provider.name or ''} {state_of(provider)}"
        lines.append(Line(provider, sought=about.lower()))
        for models, gone in ((provider.models, False), (provider.gone, True)):
            lines += [Line(provider, model, gone, _words(about, model, gone=gone)) for model in models]
    return lines


def _words(about: str, model: Model, *, gone: bool) -> str:
    """What a model can be found by: its names, and what it can do."""
    marks = (
        (gone, "gone"),
        (model.use != "chat", model.use),
        (model.vision is True, "vision image"),
        (model.tools is True, "tools"),
        (model.reasoning is True, "reasoning"),
        (model.status != "active", model.status),
        (model.retires is not None, "retires"),
    )
    said = " ".join(word for holds, word in marks if holds)
    return f"{about} {model.id} {model.name or ''} {said}".lower()


def matching(lines: Sequence[Line], query: str) -> list[Line]:
    """Lines that hold every word of the query, each under its provider."""
    words = query.lower().split()
    if not words:
        return list(lines)
    found: list[Line] = []
    head: Line | None = None
    for line in lines:
        if line.model is None:
            head = line
            if all(word in line.sought for word in words):
                found.append(line)
                head = None
        elif all(word in line.sought for word in words):
            if head is not None:
                found.append(head)
                head = None
            found.append(line)
    return found


def columns(width: int) -> Row:
    """The headings."""
    row = Row(" ").to(_facts_at(width)).add(f"{'$ in/out per M':>14}  ", "dim")
    if width >= NARROW:
        row.add("context  sees   ", "dim")
    if width >= ROOMY:
        row.add("output  tools  effort    ", "dim")
    return row.add("until", "dim")


def _facts_at(width: int) -> int:
    return max(width - (66 if width >= ROOMY else 41 if width >= NARROW else 26), 0)


def line_row(line: Line, width: int, now: datetime, needs: Needs) -> Row:
    """One line at this width."""
    if line.model is None:
        return _provider_row(line.provider, width, now, needs)
    model = line.model
    why = unusable(line.provider, needs) or unfit(model)
    row = Row("   ").add(middle(one_line(model.id), _facts_at(width) - 5), "dim" if why or line.gone else "text")
    row.to(_facts_at(width))
    price = model.price
    money = f"{dollars(price.input)}/{dollars(price.output)}" if price else "unknown"
    if len(model.quotes) > 1:
        money = f"{glyphs.LOST}{money}"  # sources disagree: the detail tells both
    row.add(f"{money:>14}", "warn" if len(model.quotes) > 1 else "dim")
    row.add("  ")
    if width >= NARROW:
        row.add(f"{tokens(model.context):>7}  {sees(model):<5}  ", "dim")
    if width >= ROOMY:
        tools = {True: "yes", False: "no", None: "?"}[model.tools]
        row.add(f"{tokens(model.output):>6}  {tools:<5}  {span_of_efforts(model.efforts):<8}  ", "dim")
    end, ink = _until(line, now)
    return row.add(end, ink)


def _until(line: Line, now: datetime) -> tuple[str, Ink]:
    assert line.model is not None  # noqa: S101  # asked of models alone
    if line.gone:
        return "gone", "bad"
    if line.model.use != "chat":
        return one_line(line.model.use), "warn"
    return end_of(line.model, now)


def _provider_row(provider: Provider, width: int, now: datetime, needs: Needs) -> Row:
    row = Row(" ").add(one_line(provider.name or provider.id), "accent")
    if provider.name and provider.name != provider.id:
        row.add(f"  {one_line(provider.id)}", "dim")
    told, ink = standing(provider, now)
    row.add("  ").add(told, ink)
    if provider.models:
        row.add(f" · {count(len(provider.models), 'model')}", "dim")
    if provider.gone:
        row.add(f" · {len(provider.gone)} gone", "dim")
    why = unusable(provider, needs)
    return row.add(f" · {why}", "dim").cut(width) if why else row
