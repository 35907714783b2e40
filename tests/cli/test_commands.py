"""Commands in files with the real claude: their text is found at the provider, for a stage and for a card."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.anthropic_server import AnthropicServer, Behaviour, text_of, tool
from tests.cli.conftest import Shell
from tests.npm import claude_cli

__all__ = ["claude_cli"]

pytestmark = pytest.mark.agents


@pytest.fixture
def provider() -> Any:
    with AnthropicServer() as server:
        yield server


@pytest.fixture
def deck(fresh: Shell, claude_cli: Path, provider: AnthropicServer) -> Shell:
    """A shell whose agent is the real claude with its settings as they are shipped: ``settings: user``."""
    Path(fresh.env["MODELDECK_CONFIG"]).write_text(
        f"""
providers: {{anthropic: {{kind: anthropic, base_url: "{provider.url}", api_key_env: SHOP_KEY}}}}
agents: {{claude: {{kind: claude, command: ["{claude_cli}"]}}}}
profiles: {{claude: {{agent: claude, model: haiku}}}}
default_profile: claude
workflows:
  work: {{stages: [{{name: implement, command: /implement}}]}}
  look: {{stages: [{{name: review, command: /review}}]}}
  typo: {{stages: [{{name: implement, command: /implemnt}}]}}
"""
    )
    fresh.env["SHOP_KEY"] = "sk-ant-of-nobody-0123456789"
    return fresh


def put(deck: Shell, name: str, text: str) -> None:
    file = deck.project / name
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text)
    assert deck("trust", "--yes").code == 0


def run(deck: Shell, workflow: str, *args: str) -> dict[str, Any]:
    done = deck("task", "start", "--workflow", workflow, "--await", "--json", *args)
    assert done.out, done.err
    data: dict[str, Any] = done.data
    return data


def sent(provider: AnthropicServer) -> str:
    """All that the provider was asked."""
    return json.dumps([call.body.get("messages") for call in provider.calls])


@pytest.mark.parametrize("workflow", ["work", "implement"])
def test_the_text_of_a_command_arrives_with_its_arguments(
    deck: Shell, provider: AnthropicServer, workflow: str
) -> None:
    put(deck, ".claude/commands/implement.md", "---\nmodel: sonnet\n---\nBuild $1 for $2, and nothing but $ARGUMENTS.")
    (step,) = run(deck, workflow, "--input", 'discounts "all guests"')["steps"]
    assert (step["status"], step["verdict"]) == ("succeeded", "confirmed")
    assert step["sent"] == "anthropic/claude-sonnet-5-5"
    asked = sent(provider)
    assert json.dumps('Build discounts for all guests, and nothing but discounts "all guests".')[1:-1] in asked
    assert "$ARGUMENTS" not in asked
    assert "/implement" not in asked


def test_the_projects_review_runs_in_place_of_claudes(deck: Shell, provider: AnthropicServer) -> None:
    put(deck, ".claude/commands/review.md", "Review $ARGUMENTS as our house does it.")
    (step,) = run(deck, "look", "--input", "the cart")["steps"]
    assert (step["status"], step["verdict"]) == ("succeeded", "confirmed")
    assert "Review the cart as our house does it." in sent(provider)
    assert "/review is also a command of claude's own; the project's is used" in step["warnings"][0]
    shown = deck("check")
    assert "/review is also a command of claude's own" in shown.out
    dry = deck("task", "start", "--workflow", "look", "--dry-run")
    assert "/review is also a command of claude's own" in dry.out + dry.err


def test_a_command_that_is_nowhere_costs_nothing(deck: Shell, provider: AnthropicServer) -> None:
    put(deck, ".claude/commands/implement.md", "Build it.")
    for extra in ((), ("--dry-run",)):
        done = deck("task", "start", "--workflow", "typo", *extra)
        assert "There is no command /implemnt" in done.out + done.err
        assert "did you mean /implement?" in done.out + done.err
    assert deck("task", "start", "--workflow", "typo").code == 2
    assert provider.asked == []


@pytest.mark.parametrize(("tools", "made"), [("Bash(python3:*), Read", True), ("Read", False)])
def test_the_tools_that_a_command_allows_reach_claude(
    deck: Shell, provider: AnthropicServer, tools: str, made: bool
) -> None:
    def script(body: object) -> list[Any]:
        if "tool_result" in json.dumps(body):
            return [text_of("done")]
        return [tool("Bash", command='python3 -c \'open("made.txt", "w")\'', description="make a file")]

    provider.at("ok", Behaviour(content=script))
    put(deck, ".claude/commands/implement.md", f"---\nallowed-tools: {tools}\n---\nMake a file.")
    (step,) = run(deck, "work")["steps"]
    assert step["status"] == "succeeded"
    assert (deck.project / "made.txt").exists() is made
    assert any(f"beyond the permission edit: {tools}" in warning for warning in step["warnings"])


def test_a_file_that_the_command_names_is_sent_and_claude_reads_none_by_itself(
    deck: Shell, provider: AnthropicServer
) -> None:
    (deck.project / "notes.txt").write_text("the notes of the shop")
    put(deck, ".claude/commands/implement.md", "Mind @notes.txt.")
    (step,) = run(deck, "work")["steps"]
    assert step["verdict"] == "confirmed"
    asked = sent(provider)
    assert "Mind notes.txt.\\n\\n--- The file notes.txt ---\\nthe notes of the shop" in asked
    assert "@notes.txt" not in asked
