"""The shipped catalog: a small hand-kept table of today's main models, so that nothing must be asked of anybody."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from functools import cache
from importlib import resources

from tui.catalog.retirements import with_end
from tui.config.codec import read_request
from tui.config.document import parse
from tui.core.catalog import Model


@dataclass(frozen=True, slots=True)
class ShippedProvider:
    """A vendor, and what is known of it without a network."""

    id: str
    name: str
    api_key_env: str
    """The variable that its own tools read the key from."""
    models: tuple[Model, ...]
    login: str | None = None
    """A file under the home folder that the vendor's agent writes when a person logs in."""
    login_with: str | None = None
    """The command that logs that agent in."""


@dataclass(frozen=True, slots=True)
class Shipped:
    """The whole table."""

    providers: tuple[ShippedProvider, ...]


@cache
def shipped() -> dict[str, ShippedProvider]:
    """The shipped providers by id, in the table's order."""
    text = resources.files("tui.catalog").joinpath("shipped.yaml").read_text("utf-8")
    table = read_request(Shipped, json.dumps(parse(text, "the shipped catalog").data))
    return {
        one.id: replace(one, models=tuple(with_end(one.id, model) for model in one.models)) for one in table.providers
    }
