"""When models end, as far as it is known."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from functools import cache
from importlib import resources

from tui.config.codec import read_request
from tui.config.document import parse
from tui.core.catalog import Model


@dataclass(frozen=True, slots=True)
class Retirement:
    """The end of one model at one provider."""

    provider: str
    model: str
    retires: str
    """The day, ``YYYY-MM-DD``."""
    source: str
    read: str
    """The day on which the source was read."""


@dataclass(frozen=True, slots=True)
class _Table:
    rows: tuple[Retirement, ...]


@cache
def retirements() -> dict[tuple[str, str], Retirement]:
    """The hand-kept table, by provider and model id."""
    text = resources.files("tui.catalog").joinpath("retirements.yaml").read_text("utf-8")
    table = read_request(_Table, json.dumps(parse(text, "the table of retirements").data))
    return {(row.provider, row.model): row for row in table.rows}


def with_end(provider: str, model: Model) -> Model:
    """``model`` with the day of its end, and where that was read, if the table has it."""
    row = retirements().get((provider, model.id))
    if row is None:
        return model
    told = f"retirement from {row.source}"
    return replace(model, retires=row.retires, facts_from=f"{model.facts_from}; {told}" if model.facts_from else told)
