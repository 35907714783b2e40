"""Handing over the environment: values of exactly the variables that the user configured or approved by name.

The executor runs with a clean environment, so keys reach it from a client, by name. The names come from the user's
file, from what is shipped, and from what the user approved when a folder was trusted; a repository alone names none.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from tui.core.errors import ConfigError, MachineError

if TYPE_CHECKING:
    from tui.config.locations import Locations


def mentioned(locations: Locations) -> frozenset[str]:
    """Return the variables that the user's own configuration names. Raises :class:`ConfigError`."""
    from tui.config.load import load  # noqa: PLC0415  (yaml and pydantic: not before the dashboard's first paint)

    return load(locations.config_file).env_names


def wanted(locations: Locations) -> frozenset[str]:
    """Return these and the variables that the user approved for projects. Raises :class:`ConfigError`."""
    from tui.config.trust import TrustStore  # noqa: PLC0415  (as above)

    try:
        approved = TrustStore(locations.trust).approved()
    except MachineError:  # which the executor reports
        approved = frozenset()
    return mentioned(locations) | approved


def to_hand_over(locations: Locations, environ: Mapping[str, str]) -> dict[str, str]:
    """Names and values to hand over; nothing while the configuration can't be read, which the executor reports."""
    try:
        names = wanted(locations)
    except ConfigError:
        return {}
    return {name: environ[name] for name in sorted(names) if name in environ}
