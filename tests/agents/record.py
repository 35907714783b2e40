"""Records what the real claude writes, for the tests of its reader: ``python -m tests.agents.record``.

The lines are claude's own; ids, paths and the long lists of its tools and skills are taken out.
"""

from __future__ import annotations

import json
import re
import signal
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from tests.agents.launching import launch, play
from tests.anthropic_server import AnthropicServer, Behaviour, Block, text_of, tool
from tests.npm import install_claude
from tui.agents.base import Command
from tui.agents.table import one_shot
from tui.core.settings import Agent

FOLDER = Path(__file__).parent / "recorded"
_LISTS = {"tools", "slash_commands", "terminal_slash_commands", "skills", "plugins", "capabilities", "agents"}


@dataclass(frozen=True)
class Case:
    """One recording."""

    behaviour: Behaviour = field(default_factory=Behaviour)
    model: str = "claude-opus-4-8"
    prompt: str = "Say hello"
    options: tuple[str, ...] = ()
    env: tuple[tuple[str, str], ...] = ()
    effort: str | None = None
    kill: signal.Signals | None = None
    late: float = 0.0
    """Seconds that the answer has been held for when the signal comes."""


def with_sub_agent(body: Mapping[str, Any]) -> Sequence[Block]:
    """The step's model asks a sub-agent on haiku and then says that it is done."""
    if "haiku" in str(body["model"]):
        return [text_of("The sub-agent is done.")]
    if "tool_result" in json.dumps(body["messages"]):
        return [text_of("All is done.")]
    ask = {"description": "look", "prompt": "look around", "subagent_type": "general-purpose", "model": "haiku"}
    return [text_of("I ask a sub-agent."), tool("Task", **ask)]


def with_tools(body: Mapping[str, Any]) -> Sequence[Block]:
    """The model tries something outside of the project."""
    if "tool_result" in json.dumps(body["messages"]):
        return [text_of("I could not.")]
    return [tool("Bash", command="touch /never", description="touch"), tool("Read", file_path="missing.txt")]


CASES: dict[str, Case] = {
    "ok": Case(),
    "swap": Case(Behaviour(answers_as="swapped-model-9")),
    "key-refused": Case(Behaviour(always=401)),
    "unknown-model": Case(Behaviour(always=404)),
    "rate-limit": Case(Behaviour(always=429)),
    "overloaded": Case(Behaviour(always=529)),
    "overloaded-then-ok": Case(Behaviour(statuses=(529, 529))),
    "cut": Case(Behaviour(cut=True)),
    "fallback": Case(
        Behaviour(always=529, for_model="opus"),
        options=("--fallback-model", "claude-sonnet-5-5"),
        model="claude-opus-4-8",
    ),
    "remapped": Case(model="claude-opus-4-20250514", env=(("CLAUDE_CODE_DISABLE_LEGACY_MODEL_REMAP", ""),)),
    "no-list-price": Case(model="glm-5"),
    "unknown-effort": Case(effort="enormous"),
    "sub-agent": Case(Behaviour(content=with_sub_agent)),
    "denied": Case(Behaviour(content=with_tools)),
    "own-command": Case(prompt="/plan the work"),
    "interrupted": Case(Behaviour(hold=True), kill=signal.SIGINT),
    "interrupted-late": Case(Behaviour(hold=True), kill=signal.SIGINT, late=1.0),
    "terminated": Case(Behaviour(hold=True), kill=signal.SIGTERM),
}


def changed(command: Command, case: Case) -> Command:
    """``command`` with what Modeldeck itself never passes."""
    return replace(command, argv=(*command.argv, *case.options), env={**command.env, **dict(case.env)})


def tidy(line: bytes, home: str, port: int) -> str:
    """A line without what differs from run to run and from machine to machine."""
    event = json.loads(line)
    for name in _LISTS & event.keys():
        event[name] = []
    event.pop("messaging_socket_path", None)
    text = (
        json.dumps(event, ensure_ascii=False).replace(home, "/home/person").replace(f"127.0.0.1:{port}", "127.0.0.1:1")
    )
    text = re.sub(r"/tmp/claude-\d+/[^\" ]*", "/tmp/output", text)
    text = re.sub(r"(/\.claude/projects/)[^/\"]*", r"\1project", text)
    return re.sub(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}", "0" * 8, text)


def record(name: str, case: Case, server: AnthropicServer, program: Path, put: Callable[[Path, str], object]) -> None:
    """Run one case and write its stdout, and its exit status and stderr beside it."""
    driver = one_shot("claude")
    with tempfile.TemporaryDirectory() as home:
        agent = Agent(kind="claude", command=(str(program),))
        url = server.at(name, case.behaviour)
        plan = launch(agent, Path(home), model=case.model, base_url=url, prompt=case.prompt, effort=case.effort)
        asked = len(server.asked) + 1

        def wait() -> None:
            server.wait_for_calls(asked)
            time.sleep(case.late)

        kill = (case.kill, wait) if case.kill else None
        played = play(changed(driver.command(plan), case), driver.reader(plan.attempt, plan.reference), kill=kill)
        lines = [tidy(line, home, server.port) for line in played.stdout.splitlines()]
        put(FOLDER / f"{name}.jsonl", "".join(line + "\n" for line in lines))
        end = {"exit_code": played.exit_code, "stderr": played.stderr.decode(), "sent": case.model}
        put(FOLDER / f"{name}.end.json", json.dumps(end) + "\n")


if __name__ == "__main__":
    FOLDER.mkdir(exist_ok=True)
    with AnthropicServer() as fake:
        for title, one in CASES.items():
            record(title, one, fake, install_claude(), Path.write_text)
