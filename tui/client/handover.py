"""Handing over the environment: values of exactly the variables that the person's own configuration mentions.

The executor runs with a clean environment, so keys reach it from a client, by name. The names come from the user's
file and what is shipped, never from a project's: a repository must not be able to name what it would like to have.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from tui.core.errors import ConfigError

if TYPE_CHECKING:
    from tui.config.locations import Locations


def mentioned(locations: Locations) -> frozenset[str]:
    """Names of the variables that the person's configuration mentions. Raises :class:`ConfigError`."""
    from tui.config.load import load  # noqa: PLC0415  (yaml and pydantic: not before the dashboard's first paint)

    return load(locations.config_file).env_names


def to_hand_over(locations: Locations, environ: Mapping[str, str]) -> dict[str, str]:
    """Names and values to hand over; nothing while the configuration can't be read, which the executor reports."""
    try:
        names = mentioned(locations)
    except ConfigError:
        return {}
    return {name: environ[name] for name in sorted(names) if name in environ}
