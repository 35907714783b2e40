"""The view of the models on offer, and of what aliases and tags mean among them."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from tui.core.catalog import Model, Provider
from tui.core.items import AliasItem
from tui.core.resolver import meaning
from tui.core.verbs import List, Page
from tui.executor.listing.pages import matches, page_of
from tui.executor.projects import Project

if TYPE_CHECKING:
    from tui.executor.views import Views

TAGS = ("node", "node:fast", "node:vision", "node:docs")
"""What a picker offers beside the aliases."""


def models(views: Views, request: List) -> Page:
    """Providers with their models; a page is so many models, and the first one has the aliases and tags too.

    A provider whose models don't fit on one page goes on on the next one.
    """
    project = views.projects.of(request.project)
    rows: list[tuple[Provider, Model | None]] = []
    for provider in project.catalog:
        if request.scope == "all" or provider.usable:
            found = [one for one in provider.models if _matches(provider, one, request.query)]
            rows += [(provider, one) for one in found] or [(provider, None)]
    page, cursor = page_of(rows, replace(request, query=None), _key)
    aliases = _aliases(project) if request.after is None else ()
    return Page("models", models=_gathered(page), aliases=aliases, next=cursor, config=project.fault)


def _key(row: tuple[Provider, Model | None]) -> str:
    provider, model = row
    return f"{provider.id}/{model.id if model else ''}"


def _matches(provider: Provider, model: Model, query: str | None) -> bool:
    return not query or matches(query, (f"{provider.id}/{model.id}", model.name))


def _gathered(page: tuple[tuple[Provider, Model | None], ...]) -> tuple[Provider, ...]:
    """The providers of a page, each with its models on it."""
    found: dict[str, tuple[Provider, list[Model]]] = {}
    for provider, model in page:
        shown = found.setdefault(provider.id, (provider, []))[1]
        if model is not None:
            shown.append(model)
    return tuple(replace(provider, models=tuple(shown)) for provider, shown in found.values())


def _aliases(project: Project) -> tuple[AliasItem, ...]:
    aliases = []
    for selector in (*TAGS, *project.settings.aliases):
        reference, note = meaning(selector, project.settings, project.catalog)
        aliases.append(AliasItem(selector, str(reference) if reference else None, note))
    return tuple(aliases)
