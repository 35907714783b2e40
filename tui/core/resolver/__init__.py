"""How a model is chosen: one pure function answers every question "which model, which agent, and why?".

It reads no file, no clock, no environment and no network. There is no second place where a model is chosen.
"""

from __future__ import annotations

from tui.core.catalog import Catalog
from tui.core.errors import ResolutionError
from tui.core.reference import Reference
from tui.core.resolution import Resolution, ResolutionRequest
from tui.core.resolver.asked import check
from tui.core.resolver.index import index_of
from tui.core.resolver.walk import walk
from tui.core.settings import Settings

__all__ = ["meaning", "resolve"]


def resolve(request: ResolutionRequest, settings: Settings, catalog: Catalog) -> Resolution:
    """Which model, which agent, and why.

    Raises :class:`ResolutionError`, and nothing else, with the trace so far and with suggestions where a name is near.
    """
    return walk(check(request, settings), index_of(catalog))


def meaning(
    selector: str, settings: Settings, catalog: Catalog, profile: str | None = None
) -> tuple[Reference | None, str | None]:
    """What ``selector`` means now, for a picker, and a note: how it came to that, or why it comes to nothing.

    ``profile`` narrows it to what that profile's agent can run.
    """
    try:
        found = resolve(ResolutionRequest("worker", profile=profile, model=selector), settings, catalog)
    except ResolutionError as error:
        return None, error.message.removeprefix("message override: ")
    return found.reference, "; ".join((found.reason.removeprefix("message override: "), *found.warnings))
