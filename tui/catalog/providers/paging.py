"""Pages of a list, one after the other, with an end in any case."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from tui.catalog.reply import MOST_MODELS, ListError
from tui.core.catalog import Model

MOST_PAGES = 50

Page = Callable[[str | None], Awaitable[tuple[list[Model], str | None]]]
"""Reads the page at a cursor (``None``: the first) and says where the next one is, if there is one."""


async def pages(page: Page) -> tuple[Model, ...]:
    """Every model of every page, each id once, the first counting. Raises :class:`ListError`."""
    found: dict[str, Model] = {}
    cursor: str | None = None
    seen: set[str | None] = set()
    while cursor not in seen:
        seen.add(cursor)
        models, cursor = await page(cursor)
        for model in models:
            found.setdefault(model.id, model)
        if cursor is None:
            return tuple(found.values())
        if len(found) > MOST_MODELS or len(seen) >= MOST_PAGES:
            raise ListError(f"Its list has no end: more than {MOST_PAGES} pages or {MOST_MODELS} models")
    raise ListError("Its list has no end: the same page comes again")
