"""The real claude through the whole program: from a command line to a verdict, against a fake provider on loopback."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.anthropic_server import AnthropicServer, Behaviour
from tests.cli.conftest import Shell
from tests.npm import claude_cli

__all__ = ["claude_cli"]

pytestmark = pytest.mark.agents

KEY = "sk-ant-of-nobody-0123456789"


@pytest.fixture
def provider() -> Any:
    with AnthropicServer() as server:
        yield server


@pytest.fixture
def deck(fresh: Shell, claude_cli: Path, provider: AnthropicServer) -> Shell:
    """A shell whose workflows run claude against ``provider``; its key comes from the shell's environment."""
    config = Path(fresh.env["MODELDECK_CONFIG"])
    config.write_text(
        f"""
providers: {{anthropic: {{kind: anthropic, base_url: "{provider.url}", api_key_env: SHOP_KEY}}}}
agents: {{claude: {{kind: claude, command: ["{claude_cli}"]}}}}
profiles: {{architect: {{agent: claude, permission: plan}}, developer: {{agent: claude}}}}
workflows:
  ask: {{stages: [{{name: plan, profile: architect, prompt: Say hello}}]}}
  both: {{stages: [{{name: plan, profile: architect}}, {{name: implement, profile: developer}}]}}
"""
    )
    fresh.env["SHOP_KEY"] = KEY
    assert fresh("trust", "--yes").code == 0
    return fresh


def run(deck: Shell, workflow: str, *args: str) -> tuple[int, dict[str, Any]]:
    done = deck("task", "start", "--kind", "workflow", "--workflow", workflow, "--await", "--json", *args)
    assert done.out, done.err
    return done.code, done.data


def test_the_model_that_was_sent_answers_and_is_confirmed(deck: Shell, provider: AnthropicServer) -> None:
    code, done = run(deck, "ask", "--model", "haiku", "--require-confirmed")
    (step,) = done["steps"]
    assert code == 0
    assert (step["asked"], step["sent"]) == ("haiku", "anthropic/claude-haiku-5-5")
    assert (step["answered"], step["evidence"], step["verdict"]) == (["claude-haiku-5-5"], "A", "confirmed")
    assert (step["tier"], step["agent"], step["permission"]) == ("run model", "claude", "plan")
    assert step["reason"].startswith("run model: haiku -> anthropic/claude-haiku-5-5")
    assert step["usage"]["output"] > 0
    assert provider.asked == ["claude-haiku-5-5"]
    assert provider.calls[0].headers["x-api-key"] == KEY


def test_another_model_answers_and_it_differs(deck: Shell, provider: AnthropicServer) -> None:
    provider.at("ok", Behaviour(answers_as="claude-sonnet-4-5"))
    code, done = run(deck, "ask", "--model", "haiku")
    (step,) = done["steps"]
    assert (code, done["status"]) == (0, "succeeded")
    assert (step["sent"], step["answered"]) == ("anthropic/claude-haiku-5-5", ["claude-sonnet-4-5"])
    assert (step["evidence"], step["verdict"]) == ("A", "differs")
    assert run(deck, "ask", "--model", "haiku", "--require-confirmed")[0] == 3
    shown = deck("task", "peek", done["task_id"])
    assert "DIFFERS" in shown.out


def test_a_difference_stops_the_run_before_the_next_step(deck: Shell, provider: AnthropicServer) -> None:
    provider.at("ok", Behaviour(answers_as="claude-sonnet-4-5"))
    code, done = run(deck, "both", "--model", "haiku")
    assert (code, done["status"], done["error"]["code"]) == (1, "failed", "differs")
    assert [step["status"] for step in done["steps"]] == ["succeeded", "skipped"]
    assert len(provider.asked) == 1
    config = Path(deck.env["MODELDECK_CONFIG"])
    config.write_text(f"on_mismatch: continue\n{config.read_text()}")
    code, done = run(deck, "both", "--model", "haiku")
    assert (code, done["status"]) == (0, "succeeded")
    assert [step["verdict"] for step in done["steps"]] == ["differs", "differs"]


def test_the_key_is_nowhere_but_at_its_provider(deck: Shell, provider: AnthropicServer) -> None:
    run(deck, "ask")
    deck("executor", "env")
    folder = deck.project.parent
    held = [path for path in folder.rglob("*") if path.is_file() and KEY.encode() in path.read_bytes()]
    assert held == []


def test_a_key_that_is_not_set_is_asked_for_before_anything_starts(deck: Shell, provider: AnthropicServer) -> None:
    done = deck("task", "start", "--workflow", "ask", env={"SHOP_KEY": ""})
    assert done.code != 0
    assert "SHOP_KEY" in done.err
    assert provider.calls == []
