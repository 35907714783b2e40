"""Which agent runs a provider's models: the profile's own, else the first of its kind that can."""

from __future__ import annotations

from collections.abc import Iterator

from tui.core.settings import RUNS_PROVIDERS, Agent, Settings

Reach = frozenset[str] | None
"""The providers that an agent and those of its kind can run; ``None`` is all of them."""


def agent_for(own: str, provider: str, settings: Settings) -> str | None:
    """The agent that runs models of ``provider`` for a profile whose agent is ``own``; ``None`` if none can.

    An agent that the configuration does not define can run anything.
    """
    agent = settings.agents.get(own)
    if agent is None or agent.runs(provider):
        return own
    return next((name for name, other in _kin(agent, settings) if other.runs(provider)), None)


def reach(own: str | None, settings: Settings) -> Reach:
    """What the agent ``own`` and those of its kind can run between them."""
    agent = settings.agents.get(own) if own is not None else None
    if agent is None:
        return None
    able: set[str] = set()
    for _, other in _kin(agent, settings):
        runs = RUNS_PROVIDERS.get(other.kind) if other.providers is None else other.providers
        if runs is None:
            return None
        able.update(runs)
    return frozenset(able)


def able(provider: str, settings: Settings) -> tuple[str, ...]:
    """Every agent, of whatever kind, that can run models of ``provider``."""
    return tuple(name for name, agent in settings.agents.items() if agent.runs(provider))


def _kin(agent: Agent, settings: Settings) -> Iterator[tuple[str, Agent]]:
    return ((name, other) for name, other in settings.agents.items() if other.kind == agent.kind)
