"""Whether the names in the merged settings lead somewhere."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from difflib import SequenceMatcher

from tui.config.document import Place
from tui.config.schema import hinted, shown
from tui.core.defaults import VENDORS
from tui.core.settings import RUNS_PROVIDERS, Settings
from tui.core.suggest import nearest

Dangling = tuple[Place, str, tuple[str, ...]]
"""Where the name is written, what is wrong, and the nearest names that would do."""

MISSPELT = 0.8
"""How alike two names are, from 0 to 1, for one to look like the other misspelt."""

_NEEDS_COMMAND = frozenset({"acp", "command"})


def dangling(settings: Settings) -> Iterator[Dangling]:
    """Every name that leads nowhere, and every part that lacks what only the merged settings can give it."""
    if settings.default_profile is not None:
        yield from _check(("default_profile",), "profile", settings.default_profile, settings.profiles)
    for name, agent in settings.agents.items():
        if agent.kind in _NEEDS_COMMAND and not agent.command:
            owner = ("agents", name)
            yield owner, f"{shown(owner)} is of kind {agent.kind} and has no command; add command: [PROGRAM] to it", ()
    yield from _without_models(settings)
    for name, profile in settings.profiles.items():
        yield from _check(("profiles", name, "agent"), "agent", profile.agent, settings.agents)
    for name in settings.limits.per_agent:
        yield from _check(("limits", "per_agent", name), "agent", name, settings.agents)
    for name, workflow in settings.workflows.items():
        if not workflow.stages:
            yield ("workflows", name), f"{shown(('workflows', name))} has no stages; add stages: to it", ()
        for index, stage in enumerate(workflow.stages):
            path = ("workflows", name, "stages", index)
            if stage.type == "agent" and not stage.name.strip():
                yield path, f"{shown(path)} has no name; add name: to it", ()
            if stage.profile is not None:
                yield from _check((*path, "profile"), "profile", stage.profile, settings.profiles)
            elif stage.type == "agent" and settings.default_profile is None:
                yield path, f"{shown(path)} names no profile and there is no default_profile; add one of them", ()


def doubtful(settings: Settings) -> Iterator[str]:
    """Names that look misspelt, told as warnings and not as errors: an agent may know providers that we don't."""
    known = {*settings.providers, *(provider for usual in RUNS_PROVIDERS.values() for provider in usual)}
    for name, agent in settings.agents.items():
        for provider in agent.providers or ():
            close = tuple(
                one for one in nearest(provider, known) if SequenceMatcher(None, provider, one).ratio() > MISSPELT
            )
            if provider not in known and close:
                yield hinted(f"agents.{name}.providers names {provider!r}, which is no provider here", close)


def _without_models(settings: Settings) -> Iterator[Dangling]:
    for name, provider in settings.providers.items():
        if provider.kind == "list" and not provider.models and not _listed_elsewhere(name, settings):
            owner = ("providers", name)
            wrong = f"{shown(owner)} is of kind list and has no models; add models: [{{id: MODEL}}] to it"
            yield owner, f"{wrong}, or the kind of its API: anthropic, openai or google", ()


def _listed_elsewhere(provider: str, settings: Settings) -> bool:
    """Return whether the shipped catalog, or an agent that is asked for its list, knows models of ``provider``."""
    return provider in VENDORS or any(
        agent.providers == (provider,) if agent.kind == "acp" else agent.kind == "opencode" and agent.runs(provider)
        for agent in settings.agents.values()
    )


def _check(path: Place, what: str, name: str, known: Iterable[str]) -> Iterator[Dangling]:
    names = tuple(known)
    if name not in names:
        close = nearest(name, names)
        yield path, hinted(f"{shown(path)} names the {what} {name!r}, which does not exist", close), close
