"""Values of variables that clients handed over, in memory alone."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping

from tui.config.load import variables
from tui.core.endpoint import goes_elsewhere, is_vendor, provider_of
from tui.core.errors import RequestError
from tui.core.reference import Reference
from tui.core.run import Step
from tui.core.settings import RUNS_PROVIDERS, Agent, Settings


def needed_by(step: Step, settings: Settings) -> frozenset[str]:
    """Names of the variables that must have been handed over before ``step`` can start."""
    agent = settings.agents.get(step.agent or "")
    if agent is None:
        return frozenset()
    reference = Reference.parse(step.sent) if step.sent else None
    key = _needed_key(step.agent or "", agent, reference, settings)
    return frozenset({*variables(agent), key} if key else variables(agent))


def _needed_key(name: str, agent: Agent, reference: Reference | None, settings: Settings) -> str | None:
    """Return the variable with the key of the provider that is called, where the agent can't do without it."""
    try:
        provider = provider_of(name, agent, reference, settings)
    except RequestError:  # which the plan tells
        return None
    given = settings.providers.get(provider or "")
    if given is None or provider is None or agent.kind == "rehearsal":
        return None
    if agent.kind in RUNS_PROVIDERS:
        if goes_elsewhere(agent, agent.env, provider, given):
            return None
        if reference is None and is_vendor(agent.kind, provider, given):
            return None  # its own login does
    return given.api_key_env


class Handed:
    """What was handed over. The values are in no row, no log, no error and no ``repr``."""

    def __init__(self) -> None:
        self.values: dict[str, str] = {}
        self._changed = asyncio.Event()

    def __repr__(self) -> str:
        """Names only."""
        return f"Handed({', '.join(sorted(self.values))})"

    def add(self, values: Mapping[str, str]) -> None:
        """Take over ``values``; an empty one counts as not set."""
        self.values.update({name: value for name, value in values.items() if value})
        self._changed.set()
        self._changed = asyncio.Event()

    def missing(self, names: Iterable[str]) -> tuple[str, ...]:
        """Those of ``names`` that nobody handed over."""
        return tuple(sorted(set(names) - self.values.keys()))

    async def complete(self, names: Iterable[str]) -> None:
        """Return when all of ``names`` were handed over."""
        wanted = frozenset(names)
        while self.missing(wanted):
            await self._changed.wait()
