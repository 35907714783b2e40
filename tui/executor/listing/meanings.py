"""The views of what selectors mean now: tags and aliases, defaults, presets."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from tui.config.document import Place
from tui.config.schema import shown
from tui.core.errors import ResolutionError
from tui.core.items import PresetItem, SelectorItem, TagItem
from tui.core.plain import one_line
from tui.core.resolution import Candidate, ResolutionRequest
from tui.core.resolver import meaning, resolve
from tui.core.resolver.written import said, split
from tui.core.settings import Settings, Written
from tui.core.verbs import List, Page
from tui.executor.listing.models import TAGS
from tui.executor.listing.pages import page_of
from tui.executor.projects import Project
from tui.executor.sources import Sources

if TYPE_CHECKING:
    from tui.executor.views import Views

SILENT = ("inherit",)
"""Selectors that say nothing where they stand alone."""


def tags(views: Views, request: List) -> Page:
    """Tags and aliases with what they mean and the models that were looked at."""
    project = views.projects.of(request.project)
    found = [_tag(name, "tag", project) for name in TAGS]
    found += [_tag(name, "alias", project) for name in project.settings.aliases]
    rows = [one for one in found if request.scope == "all" or one.means is not None]
    page, cursor = page_of(rows, request, lambda one: one.name, lambda one: (one.means, one.note))
    return Page("tags", tags=page, next=cursor, config=project.fault)


def defaults(views: Views, request: List) -> Page:
    """Every selector of the configuration that speaks where nobody picked a model, and what it means."""
    project = views.projects.of(request.project)
    sources = views.sources(project)
    rows = (_selector(shown(place), value, place, project, sources) for place, value in _defaults(project.settings))
    page, cursor = page_of(rows, request, lambda one: one.name, lambda one: (one.says, one.means))
    return Page("defaults", defaults=page, next=cursor, config=project.fault)


def presets(views: Views, request: List) -> Page:
    """The presets, stage by stage."""
    project = views.projects.of(request.project)
    sources = views.sources(project)
    rows = [
        PresetItem(
            name,
            tuple(
                _selector(stage, value, ("presets", name, stage), project, sources) for stage, value in stages.items()
            ),
        )
        for name, stages in project.settings.presets.items()
    ]
    page, cursor = page_of(
        rows, request, lambda one: one.name, lambda one: [text for row in one.stages for text in (row.name, row.says)]
    )
    return Page("presets", presets=page, next=cursor, config=project.fault)


def _tag(name: str, kind: str, project: Project) -> TagItem:
    reference, note = meaning(name, project.settings, project.catalog)
    return TagItem(
        name=one_line(name, 200),
        kind="tag" if kind == "tag" else "alias",
        means=str(reference) if reference else None,
        note=note,
        candidates=_candidates(name, project),
    )


def _candidates(name: str, project: Project) -> tuple[Candidate, ...]:
    try:
        trace = resolve(ResolutionRequest("worker", model=name), project.settings, project.catalog).trace
    except ResolutionError as error:
        trace = error.trace
    return next((row.candidates for row in trace if row.number == 1), ())


def _defaults(settings: Settings) -> Iterator[tuple[Place, Written]]:
    if said(settings.project.default_model):
        yield ("default_model",), settings.project.default_model
    elif said(settings.default_model):
        yield ("default_model",), settings.default_model
    else:
        yield ("default_model",), settings.shipped_default_model
    if said(settings.small_model):
        yield ("small_model",), settings.small_model
    tables: Mapping[str, Mapping[str, Written]] = {
        "stage_models": settings.stage_models,
        "model_sets": settings.model_sets,
    }
    for table, rows in tables.items():
        for name, value in rows.items():
            yield (table, name), value
    for command, sets in settings.command_models.items():
        for name, value in sets.items():
            yield ("command_models", command, name), value


def _selector(name: str, value: Written, place: Place, project: Project, sources: Sources) -> SelectorItem:
    model, effort = split(value)
    says = model if isinstance(model, str) else ""
    reference, note = None, "says nothing"
    if says and says not in SILENT:
        reference, note = meaning(says, project.settings, project.catalog)  # type: ignore[assignment]
    return SelectorItem(
        name=one_line(name, 200),
        says=one_line(says, 200),
        effort=one_line(effort, 40) if isinstance(effort, str) else None,
        means=str(reference) if reference else None,
        note=note,
        origin=sources.of(place).layer,
    )
