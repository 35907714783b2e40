"""The views of who offers models and who runs them: providers, agents, profiles."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

from tui.catalog.shipped import shipped
from tui.core.catalog import Provider
from tui.core.endpoint import provider_of
from tui.core.errors import ModeldeckError, RequestError, ResolutionError
from tui.core.items import AgentItem, ProfileItem, ProviderItem
from tui.core.plain import one_line, shown_address
from tui.core.resolution import ResolutionRequest
from tui.core.resolver import resolve
from tui.core.resolver.agents import able
from tui.core.resolver.written import split
from tui.core.settings import RUNS_PROVIDERS, Agent, Profile, Settings
from tui.core.verbs import List, Page
from tui.executor.environment import unset_key
from tui.executor.listing.pages import page_of
from tui.executor.programs import program_of
from tui.executor.projects import Project

if TYPE_CHECKING:
    from tui.executor.views import Views


def providers(views: Views, request: List) -> Page:
    """Providers, how much is known of their lists, and whether they can be used."""
    project = views.projects.of(request.project)
    provided = project.provided(views.handed.values)
    rows = [
        _provider(one, project.settings, provided) for one in project.catalog if request.scope == "all" or one.usable
    ]
    page, cursor = page_of(rows, request, lambda one: one.id, lambda one: (one.name, one.state))
    return Page("providers", providers=page, next=cursor, config=project.fault)


def agents(views: Views, request: List) -> Page:
    """Agents, and whether they can be started."""
    project = views.projects.of(request.project)
    found = [_agent(name, agent, views, project.settings) for name, agent in project.settings.agents.items()]
    rows = [one for one in found if request.scope == "all" or one.usable]
    page, cursor = page_of(rows, request, lambda one: one.id, lambda one: (one.kind, *one.profiles))
    return Page("agents", agents=page, next=cursor, config=project.fault)


def profiles(views: Views, request: List) -> Page:
    """Profiles, each with the model that a task for it would get now."""
    project = views.projects.of(request.project)
    rows = [_profile(name, profile, project) for name, profile in project.settings.profiles.items()]
    page, cursor = page_of(rows, request, lambda one: one.name, lambda one: (one.title, one.agent, one.model))
    return Page("profiles", profiles=page, next=cursor, config=project.fault)


def _provider(provider: Provider, settings: Settings, provided: Mapping[str, str]) -> ProviderItem:
    given = settings.providers.get(provider.id)
    runs_it = able(provider.id, settings)
    vendor = shipped().get(provider.id)
    return ProviderItem(
        id=one_line(provider.id, 200),
        name=one_line(provider.name, 200) if provider.name else None,
        source=provider.source,
        key=provider.key,
        list=provider.list,
        state=provider.state,
        usable=provider.usable,
        models=len(provider.models),
        gone=len(provider.gone),
        kind=given.kind if given else None,
        base_url=one_line(shown_address(given.base_url), 200) if given and given.base_url else None,
        api_key_env=given.api_key_env if given else None,
        unset=unset_key(provider.id, runs_it, settings, provided),
        error=one_line(provider.error) if provider.error else None,
        read_at=provider.read_at,
        agents=runs_it,
        usual_key=vendor.api_key_env if vendor else None,
        login_with=vendor.login_with if vendor else None,
    )


def _agent(name: str, agent: Agent, views: Views, settings: Settings) -> AgentItem:
    why_not = None
    command: tuple[str, ...] = agent.command
    try:
        command = program_of(name, agent, views.user_env)
    except ModeldeckError as error:
        why_not = error.message
    return AgentItem(
        id=one_line(name, 200),
        kind=agent.kind,
        command=tuple(one_line(word, 200) for word in command),
        providers=RUNS_PROVIDERS.get(agent.kind) if agent.providers is None else agent.providers,
        env=tuple(agent.env),
        profiles=tuple(one for one, profile in settings.profiles.items() if profile.agent == name),
        usable=why_not is None,
        why_not=why_not,
    )


def _profile(name: str, profile: Profile, project: Project) -> ProfileItem:
    model, effort = split(profile.model)
    item = ProfileItem(
        name=one_line(name, 200),
        title=one_line(profile.title, 120) if profile.title else None,
        agent=profile.agent,
        model=one_line(model, 200) if isinstance(model, str) else None,
        effort=profile.effort or (one_line(effort, 40) if isinstance(effort, str) else None),
        vision=profile.vision,
        permission=profile.permission,
        stages=tuple(
            one_line(f"{workflow}/{stage.label}", 200)
            for workflow, found in project.settings.workflows.items()
            for stage in found.stages
            if stage.profile == name
        ),
    )
    return _resolved(item, name, project)


def _resolved(item: ProfileItem, name: str, project: Project) -> ProfileItem:
    try:
        found = resolve(ResolutionRequest("worker", profile=name), project.settings, project.catalog)
    except ResolutionError as error:
        return replace(item, error=error.body())
    agent = project.settings.agents.get(found.agent or "")
    if agent is not None:
        try:
            provider_of(found.agent or "", agent, found.reference, project.settings)
        except RequestError as error:
            item = replace(item, error=error.body())
    return replace(
        item,
        means=str(found.reference) if found.reference else None,
        runs_on=found.agent,
        reason=found.reason,
        warnings=found.warnings,
    )
