"""How to configure a provider: the same words wherever one lacks its key."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from tui.core.plain import one_line
from tui.dashboard.chrome import home_short
from tui.dashboard.offers import Offer

if TYPE_CHECKING:
    from tui.core.catalog import Provider
    from tui.core.items import ProviderItem
    from tui.dashboard.state import DeckState

FILE = "your configuration file"
"""Where the executor does not name it."""


def remedy(provider: Provider, state: DeckState) -> str | None:
    """Return what to do for a provider without a key; ``None`` where it has one, or nothing is known."""
    need = state.needs.get(provider.id)
    if need is not None and need.unset is not None:
        return f"set {one_line(need.unset)} in a shell, then run there: modeldeck executor env --hand-over"
    if provider.usable or need is None or need.usual_key is None or need.api_key_env is not None:
        return None
    login = f", or log in with `{one_line(need.login_with)}`" if need.login_with else ""
    return f"set providers.{one_line(provider.id)}.api_key_env to {need.usual_key} in {_file(state)}{login}"


def first_steps(state: DeckState) -> tuple[Offer, ...]:
    """Return the two ways to a first provider, as lines of the picker; nothing where one can be used."""
    if not state.models_read or any(provider.usable for provider in state.providers):
        return ()
    vendor = next((one for one in state.needs.values() if one.usual_key and one.login_with), None)
    return tuple(Offer(line) for line in _first_steps(vendor, state)) if vendor is not None else ()


def _first_steps(vendor: ProviderItem, state: DeckState) -> tuple[str, ...]:
    return (
        "No provider is configured. There are two ways:",
        f" 1. Log in with `{one_line(vendor.login_with or '')}`, or",
        f" 2. set {vendor.usual_key} in the shell, and write into",
        f"    {_file(state)}:",
        "      providers:",
        f"        {one_line(vendor.id)}: {{kind: {one_line(vendor.id)},",
        f"          api_key_env: {vendor.usual_key}}}",
    )


def _file(state: DeckState) -> str:
    written = state.status.config_file if state.status else None
    return one_line(home_short(Path(written))) if written else FILE
