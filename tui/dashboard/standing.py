"""How much is known of a provider's list and whether its models can be used: the same words in every place."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime
from typing import TYPE_CHECKING

from tui.core.plain import one_line
from tui.dashboard import glyphs
from tui.dashboard.row import Ink, Row, fit
from tui.dashboard.words import clock

if TYPE_CHECKING:
    from tui.core.catalog import ListingState, Model, Provider
    from tui.core.items import ProviderItem

SOON = 60
"""Days before a model's end in which it is marked."""

CAUSE = 32
"""Cells of a cause, where many lists are told in one line."""

NO_AGENT = "no agent here runs its models"

Needs = dict[str, "ProviderItem"]


def state_of(provider: Provider) -> ListingState:
    """The state in one word. What the configuration names can be used without a key of ours: its list is not read."""
    return "not read" if provider.state == "not configured" and provider.usable else provider.state


def standing(provider: Provider, now: datetime) -> tuple[str, Ink]:
    """The state of the list, with its age or the cause."""
    age = clock(provider.read_at, now)
    match state_of(provider):
        case "failed":
            kept = f" · the list of {age} stands" if age and provider.models else ""
            return f"could not be read: {one_line(provider.error or 'no cause was given')}{kept}", "bad"
        case "empty":
            return f"read {age}, empty".replace("read ,", "read,"), "warn"
        case "listed":
            return (f"listed {age}", "good") if age else ("listed by hand", "text")
        case "not read":
            return "not read", "warn"
        case _:
            return "not configured", "dim"


def lists_line(providers: Iterable[Provider], now: datetime) -> Row:
    """Every list in a few words, failures first: ``lists: openai failed (401) · anthropic 2m ago``."""
    row = Row(" lists: ", "dim")
    left_out = 0
    for provider in sorted(providers, key=lambda one: one.state != "failed"):
        if state_of(provider) == "not configured":
            left_out += 1
            continue
        if row.width > len(" lists: "):
            row.add(" · ", "dim")
        row.add(f"{one_line(provider.id)} ")
        if provider.state == "failed":
            row.add(f"failed ({fit(one_line(provider.error or '?'), CAUSE).rstrip()})", "bad")
        elif state_of(provider) == "listed":
            row.add(clock(provider.read_at, now) or "by hand", "dim")
        else:
            row.add(state_of(provider), "warn")
    if left_out:
        row.add(f"{' · ' if row.width > len(' lists: ') else ''}{left_out} not configured", "dim")
    return row


def unusable(provider: Provider, needs: Needs) -> str | None:
    """Why nothing of this provider can be used here; ``None`` where something can."""
    need = needs.get(provider.id)
    if not provider.usable:
        variable = need.api_key_env if need else None
        if variable is None:
            return "no API key configured"
        return f"{one_line(variable)} is {'empty' if provider.key == 'empty' else 'not set'} in the executor"
    if need is not None and need.unset is not None:
        return f"{one_line(need.unset)} is {'empty' if provider.key == 'empty' else 'not set'} in the executor"
    if need is not None and not need.agents:
        return NO_AGENT
    return None


def unfit(model: Model) -> str | None:
    """Why a model is not for an agent's work; ``None`` for one that is."""
    return None if model.use == "chat" else f"made for {model.use}, not for an agent's work"


def end_of(model: Model, now: datetime) -> tuple[str, Ink]:
    """The day it ends, as short as a column wants it, marked when it is near or past."""
    day = _day(model.retires)
    if day is None:
        return ("deprecated" if model.status == "deprecated" else ""), "warn"
    left = (day - now.date()).days
    short = day.strftime("%d %b" if day.year == now.year else "%b %Y")
    if left < 0:
        return f"ended {glyphs.FAILED}" if day.year != now.year else f"{short} {glyphs.FAILED}", "bad"
    return (f"{short} {glyphs.LOST}", "warn") if left <= SOON else (short, "dim")


def days_left(model: Model, now: datetime) -> int | None:
    """Days until its end; negative when it is over, ``None`` where no end is known."""
    day = _day(model.retires)
    return None if day is None else (day - now.date()).days


def _day(text: str | None) -> date | None:
    try:
        return date.fromisoformat(text[:10]) if text else None
    except ValueError:
        return None


def sees(model: Model) -> str:
    """Whether it takes pictures; ``?`` where nobody said."""
    return {True: "image", False: "text", None: "?"}[model.vision]


def span_of_efforts(levels: tuple[str, ...] | None) -> str:
    """The lowest and the highest level; ``?`` where nobody said."""
    if levels is None:
        return "?"
    return f"{levels[0]}-{levels[-1]}" if len(levels) > 1 else levels[0] if levels else "none"
