"""Which module drives which kind of agent."""

from __future__ import annotations

import os
from collections.abc import Mapping

from tui.agents.base import OneShot
from tui.agents.claude import ClaudeAgent
from tui.agents.rehearsal import RehearsalAgent
from tui.core.errors import RequestError

AGENTS: Mapping[str, OneShot] = {"claude": ClaudeAgent(is_root=os.geteuid() == 0), "rehearsal": RehearsalAgent()}
"""One-shot agents by kind."""


def one_shot(kind: str) -> OneShot:
    """The driver of a kind of agent; raises :class:`RequestError` for one that can't run a step."""
    if kind not in AGENTS:
        able = " and ".join(sorted(AGENTS))
        raise RequestError(
            f'Agents of kind "{kind}" can\'t run a step yet; {able} can.', suggestions=tuple(sorted(AGENTS))
        )
    return AGENTS[kind]
