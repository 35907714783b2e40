"""The real program, as a person's shell runs it: a process of its own, with files and an executor of its own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

LIMIT = 60
"""Seconds that one command may take at most."""

CONFIG = """
default_model: opus
providers:
  anthropic: {kind: anthropic, base_url: "http://127.0.0.1:9", api_key_env: ANTHROPIC_API_KEY}
  zai: {kind: anthropic, base_url: "https://zai.invalid", api_key_env: ZAI_API_KEY, models: [{id: glm-5}]}
agents:
  brief: {kind: rehearsal, rehearsal: {seconds: 0.2, messages: 2}}
  longer: {kind: rehearsal, rehearsal: {seconds: 3, messages: 6}}
  fails: {kind: rehearsal, rehearsal: {seconds: 0.1, messages: 1, outcome: fail}}
  hangs: {kind: rehearsal, rehearsal: {seconds: 0.1, messages: 1, outcome: hang}}
  asks: {kind: rehearsal, rehearsal: {seconds: 0.1, messages: 1, outcome: ask}}
profiles:
  brief: {agent: brief}
  asks: {agent: asks}
  longer: {agent: longer}
  fails: {agent: fails}
  hangs: {agent: hangs}
default_profile: brief
workflows:
  nap: {title: Take a nap, stages: [{name: sleep, profile: brief, model: haiku}, {name: wake, profile: brief}]}
  long: {stages: [{name: dream, profile: longer}, {name: wake, profile: brief}]}
  fall: {stages: [{name: fall, profile: fails}]}
  stay: {stages: [{name: stay, profile: hangs}]}
  ask: {stages: [{name: clarify, profile: asks, interactive: true}, {name: wake, profile: brief}]}
  gate: {stages: [{name: sleep, profile: brief}, {name: ok, type: approval}, {name: wake, profile: brief}]}
"""


@dataclass(frozen=True, slots=True)
class Result:
    """What a command did."""

    code: int
    out: str
    err: str

    @property
    def data(self) -> Any:
        """The JSON it printed."""
        assert self.out, self.err
        return json.loads(self.out)


class Shell:
    """A person's shell: a home, a project and the variables of a login."""

    def __init__(self, folder: Path) -> None:
        self.project = folder / "shop"
        self.state = folder / "s"
        self.project.mkdir()
        (folder / "config.yaml").write_text(CONFIG)
        self.env = {
            "HOME": str(folder),
            "PATH": os.environ["PATH"],
            "MODELDECK_CONFIG": str(folder / "config.yaml"),
            "MODELDECK_STATE": str(self.state),
            "MODELDECK_CACHE": str(folder / "c"),
            "TERM": "dumb",
        }

    def __call__(
        self,
        *args: str,
        stdin: str = "",
        env: dict[str, str] | None = None,
        before: Callable[[], None] | None = None,
    ) -> Result:
        """Run ``modeldeck ARGS`` in the project; ``before`` is called in the process that becomes it."""
        process = self.begin(*args, env=env, before=before)
        out, err = process.communicate(stdin, timeout=LIMIT)
        return Result(process.returncode, out, err)

    def begin(
        self, *args: str, env: dict[str, str] | None = None, before: Callable[[], None] | None = None
    ) -> subprocess.Popen[str]:
        """The same, without waiting for its end."""
        pipe = subprocess.PIPE
        return subprocess.Popen(
            (sys.executable, "-m", "tui", *args),
            cwd=self.project,
            env=self.env | (env or {}),
            stdin=pipe,
            stdout=pipe,
            stderr=pipe,
            text=True,
            preexec_fn=before,  # noqa: PLW1509 - no threads here
        )

    def start(self, workflow: str, *args: str) -> str:
        """Start ``workflow`` and give its id."""
        task_id: str = self("task", "start", "--workflow", workflow, "--json", *args).data["task_id"]
        return task_id

    def close(self) -> None:
        """End every run and the executor."""
        try:
            if running := [run["task_id"] for run in self("task", "list", "--view", "tasks", "--json").data["tasks"]]:
                self("task", "cancel", *running)
        finally:
            self("executor", "stop")


@pytest.fixture(scope="module")
def shell(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shell]:
    """A shell whose project is trusted, with an executor that the first command starts."""
    opened = Shell(tmp_path_factory.mktemp("cli"))
    assert opened("trust", "--yes").code == 0
    yield opened
    opened.close()


@pytest.fixture
def fresh(tmp_path: Path) -> Iterator[Shell]:
    """A shell for one test, where nothing is trusted and no executor runs."""
    opened = Shell(tmp_path)
    yield opened
    if (opened.state / "executor.sock").exists():
        opened.close()
