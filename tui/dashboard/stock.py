"""Reads what is on offer: all pages of models, and what each provider needs to be used."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from tui.core.errors import RequestError
from tui.dashboard.news import ModelsRead

if TYPE_CHECKING:
    from tui.core.catalog import Provider
    from tui.core.items import AliasItem, ProviderItem
    from tui.dashboard.feed import Deckhand

PAGE = 500
"""Models read at once: so few that the keys are heard between two pages."""

TRIES = 3
"""How often a list that changes while it is read is begun anew."""


async def read_models(client: Deckhand, project: str) -> ModelsRead:
    """All providers with all their models, whether they can be used or not, and the aliases and tags.

    Raises :class:`RequestError` when the lists never rest.
    """
    for _ in range(TRIES - 1):
        try:
            return await _read(client, project)
        except RequestError:
            continue  # the page that was to come next is none of the newer list
    return await _read(client, project)


async def _read(client: Deckhand, project: str) -> ModelsRead:
    from tui.core.verbs import List  # noqa: PLC0415  # not needed before the first paint

    found: dict[str, Provider] = {}
    aliases: tuple[AliasItem, ...] = ()
    asked = List(view="models", scope="all", project=project, limit=PAGE)
    while True:
        page = await client.list(asked)
        if asked.after is None:
            aliases = page.aliases
        for provider in page.models:
            before = found.get(provider.id)
            found[provider.id] = replace(before, models=before.models + provider.models) if before else provider
        if page.next is None:
            break
        asked = replace(asked, after=page.next)
    items: list[ProviderItem] = []
    asked = List(view="providers", scope="all", project=project, limit=PAGE)
    while True:
        page = await client.list(asked)
        items += page.providers
        if page.next is None:
            return ModelsRead(tuple(found.values()), aliases, tuple(items))
        asked = replace(asked, after=page.next)
