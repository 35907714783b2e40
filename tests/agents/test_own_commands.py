"""Commands that agents bring themselves, and an answer that there is no such command."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.agents.launching import launch, play, read
from tests.anthropic_server import AnthropicServer, Behaviour
from tui.agents.claude_reader import ClaudeReader
from tui.agents.own_commands import PROMPT_COMMANDS, SILENT_COMMANDS, extension, says_unknown, sends_prompt
from tui.agents.table import one_shot
from tui.core.settings import Agent

UNKNOWN = [
    "Unknown command: /implement",
    "Unknown slash command: implement",
    "Unknown skill: implement",
    "unknown command: `/team:implement`.",
    'Command not found: "implement". Available commands: init, review',
    'Error: Command not found: "implement".',
]
OTHER = [
    "",
    "done",
    "Unknown command: /implement\nI did it by hand.",
    "The shell said: command not found: jq",
    "Unknown command handling was added to the parser.",
    "command not found: jq was the cause, so I installed it.",
]


@pytest.mark.parametrize("answer", UNKNOWN)
def test_an_answer_that_the_command_is_unknown_is_a_failure_and_proves_nothing(answer: str) -> None:
    assert says_unknown(answer)
    model = "claude-opus-4-8"
    message = {"model": model, "content": [{"type": "text", "text": answer}]}
    events = (
        {"type": "system", "subtype": "init", "claude_code_version": "2.1.328", "model": model},
        {"type": "assistant", "message": message},
        {"type": "result", "subtype": "success", "is_error": False, "result": answer, "modelUsage": {model: {}}},
    )
    _, findings = read(ClaudeReader("a_1", model), b"".join(json.dumps(event).encode() + b"\n" for event in events))
    assert findings.error is not None
    assert findings.error.code == "unknown_command"
    assert "claude did not know the command: " in findings.error.message
    assert (findings.answered, findings.evidence, findings.result) == ((), None, None)


@pytest.mark.parametrize("answer", OTHER)
def test_an_answer_about_commands_is_an_answer(answer: str) -> None:
    assert not says_unknown(answer)


def test_no_command_both_sends_a_prompt_and_does_not() -> None:
    for kind, names in PROMPT_COMMANDS.items():
        assert not names & SILENT_COMMANDS.get(kind, frozenset())
    assert sends_prompt("review", Agent("rehearsal"))
    assert not sends_prompt("review", Agent("codex"))


def test_extensions_are_claudes_alone_and_a_name_is_no_path(tmp_path: Path) -> None:
    (tmp_path / ".claude/skills/tidy").mkdir(parents=True)
    (tmp_path / ".claude/skills/tidy/SKILL.md").write_text("Tidy")
    (tmp_path / ".claude/SKILL.md").write_text("Not one")
    claude = Agent("claude")
    assert extension("tidy", claude, tmp_path, None) == "claude's skill tidy"
    assert extension("..", claude, tmp_path, None) is None
    assert extension("tidy", Agent("opencode"), tmp_path, None) is None
    assert extension("tidy", claude, tmp_path / "x", tmp_path) is None
    assert extension("tidy", Agent("claude", settings="project"), tmp_path / "x", tmp_path) is not None
    assert extension("plugin:do", claude, tmp_path, None) is None
    (tmp_path / ".claude/plugins").mkdir()
    assert extension("plugin:do", claude, tmp_path, None) == "a command of a plugin of claude's"


@pytest.mark.agents
@pytest.mark.parametrize(
    ("name", "calls", "code"),
    [
        ("review", True, None),
        ("init", True, None),
        ("plan", False, "no_model_called"),
        ("nosuch", True, "unknown_command"),
    ],
)
def test_what_the_real_claude_does_with_a_name(
    claude_cli: Path, empty_home: Path, provider: AnthropicServer, name: str, calls: bool, code: str | None
) -> None:
    """A name that it does not know goes to the model, which is the one that says so."""
    url = provider.at("ok", Behaviour(text="Unknown command: /nosuch" if name == "nosuch" else "done"))
    asked = launch(Agent("claude", command=(str(claude_cli),)), empty_home, base_url=url, prompt=f"/{name} it")
    played = play(one_shot("claude").command(asked), one_shot("claude").reader(asked.attempt, asked.reference))
    assert bool(provider.asked) is calls
    assert (played.findings.error.code if played.findings.error else None) == code
    sent = json.dumps([call.body.get("messages") for call in provider.calls])
    assert (f"/{name} it" in sent) is (name == "nosuch")
