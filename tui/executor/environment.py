"""Values of variables that clients handed over, in memory alone."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping

from tui.config.load import variables
from tui.core.endpoint import goes_elsewhere, is_vendor, provider_of
from tui.core.errors import RequestError
from tui.core.reference import Reference
from tui.core.run import Step
from tui.core.secrets import Secrets
from tui.core.settings import RUNS_PROVIDERS, Agent, Settings


def needs_of(step: Step, settings: Settings) -> dict[str, str]:
    """Return the variables that must have been provided before ``step`` can start, each with the key that names it."""
    agent = settings.agents.get(step.agent or "")
    if agent is None:
        return {}
    keys = {written: key for key, written in agent.env.items()}
    needs = {name: f"agents.{step.agent}.env.{keys[f'${name}']}" for name in variables(agent)}
    reference = Reference.parse(step.sent) if step.sent else None
    return needs | _needed_key(step.agent or "", agent, reference, settings)


def unset_key(provider: str, agents: Iterable[str], settings: Settings, provided: Mapping[str, str]) -> str | None:
    """Return the variable of a provider's key where all of ``agents`` need it and it was not provided."""
    reference = Reference(provider, "")
    callers = [(one, agent) for one in agents if (agent := settings.agents.get(one)) and agent.kind != "rehearsal"]
    needs = [_needed_key(name, agent, reference, settings) for name, agent in callers]
    return next((name for name in (needs[0] if all(needs) else ()) if name not in provided), None) if needs else None


def _needed_key(name: str, agent: Agent, reference: Reference | None, settings: Settings) -> dict[str, str]:
    """Return the variable with the key of the provider that is called, where the agent can't do without it."""
    try:
        provider = provider_of(name, agent, reference, settings)
    except RequestError:  # which the plan tells
        return {}
    given = settings.providers.get(provider or "")
    if given is None or provider is None or given.api_key_env is None or agent.kind == "rehearsal":
        return {}
    if agent.kind in RUNS_PROVIDERS:
        if goes_elsewhere(agent, agent.env, provider, given):
            return {}
        if reference is None and is_vendor(agent.kind, provider, given):
            return {}  # its own login does
    return {given.api_key_env: f"providers.{provider}.api_key_env"}


def with_addresses(environ: Mapping[str, str]) -> dict[str, str]:
    """Return those variables of ``environ`` that may hold a password, as a proxy's address does."""
    return {name: value for name, value in environ.items() if "://" in value}


class Handed:
    """What was handed over. The values are in no row, no log, no error and no ``repr``."""

    def __init__(self) -> None:
        self.values: dict[str, str] = {}
        self.secrets = Secrets()
        self._changed = asyncio.Event()

    def __repr__(self) -> str:
        """Names only."""
        return f"Handed({', '.join(sorted(self.values))})"

    def add(self, values: Mapping[str, str]) -> bool:
        """Take over ``values``; an empty one counts as not set. Return whether anything is new."""
        new = {name: value for name, value in values.items() if value and self.values.get(name) != value}
        self.secrets.add(new)
        self.values.update(new)
        self._changed.set()
        self._changed = asyncio.Event()
        return bool(new)

    def missing(self, names: Iterable[str]) -> tuple[str, ...]:
        """Those of ``names`` that nobody handed over."""
        return tuple(sorted(set(names) - self.values.keys()))

    async def complete(self, names: Iterable[str]) -> None:
        """Return when all of ``names`` were handed over."""
        wanted = frozenset(names)
        while self.missing(wanted):
            await self._changed.wait()
