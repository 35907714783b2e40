"""Launches for tests, and what came of one that was really started."""

from __future__ import annotations

import os
import signal
import subprocess
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from tui.agents.base import Command, Findings, Launch, Reader
from tui.core.reference import Reference
from tui.core.settings import Agent, Permission, ProviderKind, ProviderSettings
from tui.core.verbs import Message

MODEL = "claude-opus-4-8"
KEY = "sk-ant-test-key"
LIMIT = 120.0


def launch(
    agent: Agent,
    home: Path,
    *,
    model: str | None = MODEL,
    provider_id: str | None = "anthropic",
    kind: ProviderKind = "anthropic",
    base_url: str | None = None,
    key_name: str | None = "THE_KEY",
    handed: Mapping[str, str] | None = None,
    prompt: str = "Say hello",
    permission: Permission = "edit",
    effort: str | None = None,
    cwd: Path | None = None,
    user_env: Mapping[str, str] | None = None,
) -> Launch:
    """A launch of ``agent`` as the executor would make it, in an empty project."""
    project = cwd or home / "project"
    project.mkdir(exist_ok=True)
    return Launch(
        attempt="a_test",
        agent_id="coder",
        agent=agent,
        reference=Reference(provider_id or "", model) if model else None,
        effort=effort,
        permission=permission,
        prompt=prompt,
        cwd=project,
        provider_id=provider_id,
        provider=ProviderSettings(kind, base_url=base_url, api_key_env=key_name) if provider_id else None,
        handed={"THE_KEY": KEY} if handed is None else handed,
        user_env={"HOME": str(home), "PATH": os.environ["PATH"], "LANG": "C.UTF-8", **(user_env or {})},
    )


@dataclass(frozen=True)
class Played:
    """What an attempt left behind."""

    messages: tuple[Message, ...]
    findings: Findings
    exit_code: int
    stdout: bytes
    stderr: bytes

    def said(self, kind: str) -> list[str]:
        """The texts of the messages of one kind."""
        return [message.text for message in self.messages if message.kind == kind]


def play(
    command: Command, reader: Reader, *, kill: tuple[signal.Signals, Callable[[], object]] | None = None
) -> Played:
    """Start ``command`` and read it to its end. ``kill``: a signal, and what to wait for before it is sent."""
    process = subprocess.Popen(
        command.argv,
        env=dict(command.env),
        cwd=command.cwd,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,
    )
    try:
        if kill is None:
            out, err = process.communicate(command.stdin, timeout=LIMIT)
        else:
            assert process.stdin is not None
            process.stdin.write(command.stdin)
            process.stdin.close()
            process.stdin = None
            kill[1]()
            os.killpg(process.pid, kill[0])
            out, err = process.communicate(timeout=LIMIT)
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
            process.communicate()
    return Played(*read(reader, out, process.returncode, err), process.returncode, out, err)


def read(
    reader: Reader, out: bytes, exit_code: int | None = 0, err: bytes = b""
) -> tuple[tuple[Message, ...], Findings]:
    """Feed a whole output, line by line."""
    messages: list[Message] = []
    offset = 0
    for line in out.splitlines(keepends=True):
        offset += len(line)
        messages += reader.feed(line.rstrip(b"\n"), offset)
    return tuple(messages), reader.finish(exit_code, err)
