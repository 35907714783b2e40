"""Defaults that point to a model which was taken out of the configuration, or out of a provider's list."""

from __future__ import annotations

from collections.abc import Iterator

from tui.core.errors import ResolutionError
from tui.core.resolution import Resolution, ResolutionRequest
from tui.core.resolver import resolve
from tui.core.resolver.written import said, split
from tui.executor.projects import Project


def lost_defaults(project: Project) -> Iterator[str]:
    """Yield a sentence for each default that can't be used, with what is used in its place."""
    settings = project.settings
    own = settings.project.default_model
    for name, written in (
        ("default_model", own if said(own) else settings.default_model),
        ("small_model", settings.small_model),
    ):
        model, _ = split(written)
        wrong = _resolved(project, model) if isinstance(model, str) else None
        if isinstance(wrong, ResolutionError):
            why = wrong.message.removeprefix("message override: ")
            yield f"{name} is {model!r}, which can't be used: {why}; {_instead(name, project)} until it is corrected"


def _resolved(project: Project, model: str | None = None) -> Resolution | ResolutionError:
    try:
        return resolve(ResolutionRequest("worker", model=model), project.settings, project.catalog)
    except ResolutionError as error:
        return error


def _instead(name: str, project: Project) -> str:
    found = _resolved(project)
    if name == "small_model":
        return "node:fast chooses by score"
    if isinstance(found, ResolutionError):
        return "nothing takes its place"
    return f"{found.reference or 'the model that the agent chooses'} takes its place"
