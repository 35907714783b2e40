"""Which program an agent is started with here: the question that views and checks ask without starting anything."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from tui.agents.base import Launch, find_program
from tui.agents.table import one_shot
from tui.core.settings import Agent

USUAL: Mapping[str, str] = {"claude": "claude", "codex": "codex", "gemini": "gemini", "opencode": "opencode"}
"""The program of a kind of agent whose configuration names none."""


def program_of(name: str, agent: Agent, user_env: Mapping[str, str]) -> tuple[str, ...]:
    """The command of ``agent`` with its program as a whole path; empty for a rehearsal, which has none.

    Raises :class:`MachineError` where the program is not there, :class:`RequestError` where agents of this kind can't
    run a step.
    """
    one_shot(agent.kind)
    return command_of(name, agent, user_env)


def command_of(name: str, agent: Agent, user_env: Mapping[str, str]) -> tuple[str, ...]:
    """The same, whether or not agents of its kind can run a step."""
    if agent.kind == "rehearsal":
        return ()
    launch = Launch(
        attempt="",
        agent_id=name,
        agent=agent,
        reference=None,
        effort=None,
        permission="plan",
        prompt="",
        cwd=Path("/"),
        user_env=user_env,
    )
    return find_program(launch, USUAL.get(agent.kind, ""))
