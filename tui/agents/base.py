"""What the executor and an agent's module agree on: what is launched, how its output is read, what was found.

A one-shot agent is a command. Its prompt comes on stdin, its output goes to a file, so that it outlives the executor.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from tui.core.errors import ErrorBody, MachineError
from tui.core.evidence import Grade
from tui.core.plain import one_line
from tui.core.reference import Reference
from tui.core.run import Cost, SideCall, Usage
from tui.core.settings import Agent, Permission, ProviderSettings
from tui.core.verbs import Message
from tui.posix.environment import search_folders

LONGEST_PATH = 2_000
"""Characters of a PATH that an error names."""

Find = Callable[[str, str], str | None]
"""Looks for a program in a PATH and returns its whole path."""


def find_in_path(program: str, path: str) -> str | None:
    """Return the whole path of ``program``, looked for in the folders of ``path``."""
    return shutil.which(program, path=path)


@dataclass(frozen=True)
class Launch:
    """One attempt of a step: everything that decides what is started."""

    attempt: str
    agent_id: str
    agent: Agent
    reference: Reference | None
    """What to run; ``None``: no model is passed, the agent decides."""
    effort: str | None
    permission: Permission
    prompt: str
    cwd: Path
    provider_id: str | None = None
    """The provider that the agent calls, whether or not a model is passed (``core.endpoint``)."""
    provider: ProviderSettings | None = None
    """Its settings, if it has any."""
    tools: tuple[str, ...] = ()
    """Tools that the step's command allows without asking."""
    answered: int = 0
    """How many questions of this step's agent the person has answered."""
    handed: Mapping[str, str] = field(default_factory=dict, repr=False)
    """Values of variables that clients handed over, by name. Never stored, never shown."""
    user_env: Mapping[str, str] = field(default_factory=dict, repr=False)
    """The person's clean environment: HOME, PATH, LANG, ..."""
    find: Find = field(default=find_in_path, repr=False, compare=False)
    """How programs are looked for."""


@dataclass(frozen=True)
class Command:
    """What to execute. No part of ``argv`` is secret: anybody on the machine can read it. ``env`` may hold keys."""

    argv: tuple[str, ...]
    """The first is an absolute path."""
    env: Mapping[str, str] = field(repr=False)
    """The whole environment, nothing is added to it."""
    stdin: bytes = field(repr=False)
    cwd: Path
    env_removed: tuple[str, ...] = ()
    """Names of variables that were withheld because they would override the model."""


@dataclass(frozen=True)
class Findings:
    """What an attempt's output says so far."""

    answered: tuple[str, ...] = ()
    """Model ids that did the step's own work, the first one first. Side calls are not among them."""
    evidence: Grade | None = None
    """``None`` until there is something to grade."""
    usage: Usage | None = None
    cost: Cost | None = None
    side_calls: tuple[SideCall, ...] = ()
    note: str | None = None
    """What a person should know of the evidence, such as a fallback that the agent reported."""
    agent_version: str | None = None
    confirmed_model: str | None = None
    """What the agent says it was asked for. It proves nothing of who answered."""
    result: str | None = None
    """The final text, bounded."""
    error: ErrorBody | None = None
    """Set by ``finish`` when the attempt failed by the agent's own rules."""
    ended: bool = False
    """Whether the agent said that it is done."""
    asks: str | None = None
    """The question that the agent ended with, if it needs an answer to go on."""


class Reader(Protocol):
    """Reads one attempt's output. It holds all its state, so a fresh one fed from the start finds the same."""

    def feed(self, line: bytes, offset: int) -> tuple[Message, ...]:
        """Take one whole line without its newline; ``offset`` counts the bytes up to and including it. Never raises."""

    def findings(self) -> Findings:
        """What is known so far."""

    def finish(self, exit_code: int | None, stderr: bytes) -> Findings:
        """What is known after the end; ``exit_code`` is ``None`` where nobody saw it."""


class OneShot(Protocol):
    """A kind of agent that runs as a command."""

    def command(self, launch: Launch) -> Command:
        """What to execute for ``launch``; raises :class:`MachineError` when the machine lacks something for it."""

    def reader(self, attempt: str, sent: Reference | None) -> Reader:
        """A reader for the output of ``attempt``, which was sent ``sent``."""


def find_program(launch: Launch, usual: str) -> tuple[str, ...]:
    """The agent's command with its program as an absolute path.

    A relative path is refused: the working folder is the project's, and a project names no program of its own.
    """
    command = launch.agent.command or (usual,)
    program = command[0]
    home = launch.user_env.get("HOME")
    if home and program.startswith("~/"):
        program = f"{home}/{program[2:]}"
    if "/" in program and not program.startswith("/"):
        raise MachineError(
            f'Agent "{launch.agent_id}": the command "{program}" is a relative path; write its whole path.',
            field=f"agents.{launch.agent_id}.command",
        )
    path = ":".join(search_folders(launch.user_env.get("PATH", "")))
    found = launch.find(program, path) if path or "/" in program else None
    if found is None:
        searched = "" if "/" in program else f" Searched: {one_line(path, LONGEST_PATH) or 'nothing, PATH is empty'}"
        raise MachineError(
            f'Agent "{launch.agent_id}": the command "{program}" was not found; install it, '
            f"or name its whole path in agents.{launch.agent_id}.command.{searched}",
            field=f"agents.{launch.agent_id}.command",
        )
    return (found, *command[1:])
