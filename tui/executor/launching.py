"""A step as its agent is launched: the same for an attempt and for the question whether it can start."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from tui.agents.base import Find, Launch, find_in_path
from tui.core.endpoint import provider_of
from tui.core.errors import MachineError
from tui.core.reference import Reference
from tui.core.run import Run, Step
from tui.core.settings import Agent, Settings


def agent_of(step: Step, settings: Settings) -> Agent:
    """Return the agent that a stored step names; raise :class:`MachineError` if the configuration has it no more."""
    agent = settings.agents.get(step.agent or "")
    if agent is None:
        raise MachineError(f'Agent "{step.agent}", with which this run was planned, is no more in the configuration')
    return agent


def launch_of(
    run: Run,
    index: int,
    settings: Settings,
    *,
    attempt: str,
    prompt: str,
    handed: Mapping[str, str],
    user_env: Mapping[str, str],
    find: Find = find_in_path,
) -> Launch:
    """Return the launch of step ``index``.

    Raises :class:`MachineError` where its agent has gone, :class:`RequestError` where no provider is decided.
    """
    step = run.steps[index]
    reference = Reference.parse(step.sent) if step.sent else None
    agent = agent_of(step, settings)
    called = provider_of(step.agent or "", agent, reference, settings)
    return Launch(
        attempt=attempt,
        agent_id=step.agent or "",
        agent=agent,
        reference=reference,
        effort=step.effort,
        permission=step.permission or "edit",
        prompt=prompt,
        tools=step.command.tools if step.command else (),
        answered=sum(exchange.answer is not None for exchange in step.exchanges),
        cwd=Path(run.place),
        provider_id=called,
        provider=settings.providers.get(called) if called else None,
        handed=handed,
        user_env=user_env,
        find=find,
    )
