"""Values of variables that clients handed over, in memory alone."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping

from tui.config.load import variables
from tui.core.reference import Reference
from tui.core.run import Step
from tui.core.settings import Settings


def needed_by(step: Step, settings: Settings) -> frozenset[str]:
    """Names of the variables that must have been handed over before ``step`` can start."""
    agent = settings.agents.get(step.agent or "")
    if agent is None:
        return frozenset()
    names = set(variables(agent))
    reference = Reference.parse(step.sent) if step.sent else None
    provider = settings.providers.get(reference.provider) if reference else None
    if provider is not None and provider.api_key_env and agent.kind != "rehearsal":
        names.add(provider.api_key_env)
    return frozenset(names)


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
