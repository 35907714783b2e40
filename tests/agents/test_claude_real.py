"""The real claude from npm against a fake provider on loopback: what was sent, who answered, what it left behind."""

from __future__ import annotations

import json
import signal
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from tests.agents.launching import KEY, MODEL, Played, launch, play
from tests.agents.record import CASES
from tests.anthropic_server import AnthropicServer, Behaviour
from tui.agents.table import one_shot
from tui.core.evidence import verdict
from tui.core.settings import Agent, Permission

pytestmark = pytest.mark.agents

Run = Callable[..., Played]


@pytest.fixture
def run(claude_cli: Path, empty_home: Path) -> Run:
    """Launch claude against a base URL and read it to its end."""

    def start(
        url: str | None,
        *,
        model: str | None = MODEL,
        agent: Agent | None = None,
        kill: tuple[signal.Signals, Callable[[], object]] | None = None,
        prompt: str = "Say hello",
        options: tuple[str, ...] = (),
        permission: Permission = "edit",
        cwd: Path | None = None,
    ) -> Played:
        wanted = replace(agent or Agent("claude"), command=(str(claude_cli), *options))
        plan = launch(wanted, empty_home, model=model, base_url=url, prompt=prompt, permission=permission, cwd=cwd)
        driver = one_shot("claude")
        return play(driver.command(plan), driver.reader(plan.attempt, plan.reference), kill=kill)

    return start


def judged(played: Played, sent: str | None = MODEL) -> str:
    return verdict(sent, played.findings.answered, played.findings.evidence)


def test_the_model_that_was_asked_for_answers(run: Run, provider: AnthropicServer) -> None:
    played = run(provider.url)
    assert provider.asked == [MODEL]
    assert provider.calls[0].headers["x-api-key"] == KEY
    assert (judged(played), played.findings.evidence, played.findings.error) == ("confirmed", "A", None)
    assert played.findings.result == "Hello from the fake provider."
    assert played.said("text") == ["Hello from the fake provider."]


def test_another_model_answers(run: Run, provider: AnthropicServer) -> None:
    played = run(provider.at("swap", Behaviour(answers_as="swapped-model-9")))
    assert provider.asked == [MODEL]
    assert (judged(played), played.findings.evidence) == ("differs", "A")
    assert played.findings.answered == ("swapped-model-9",)
    assert played.findings.cost is not None
    assert played.findings.cost.usd is None


@pytest.mark.parametrize(
    ("status", "code", "words", "tries"),
    [
        (401, "authentication", "the provider refused the key", None),
        (403, "authentication", "the provider refused the key", None),
        (404, "model_not_found", f"the provider does not know the model {MODEL}; pick another (404)", 2),
        (429, "rate_limit", "the provider's rate limit was reached", 2),
        (529, "overloaded", "the provider is overloaded", 2),
    ],
)
def test_an_error_of_the_provider_is_told_in_a_sentence(
    run: Run, provider: AnthropicServer, status: int, code: str, words: str, tries: int | None
) -> None:
    played = run(provider.at("bad", Behaviour(always=status)), agent=Agent("claude", retries=1))
    assert played.findings.error is not None
    assert played.findings.error.code == code
    assert words in played.findings.error.message
    assert judged(played) == "none"
    assert KEY not in str(played.findings) + str(played.messages)
    if tries is not None:
        assert len(provider.asked) == tries


def test_a_passing_error_passes(run: Run, provider: AnthropicServer) -> None:
    played = run(provider.at("busy", Behaviour(statuses=(529,))))
    assert provider.asked == [MODEL, MODEL]
    assert judged(played) == "confirmed"
    assert "529 overloaded" in " ".join(played.said("system"))


def test_a_cut_stream_is_a_failure(run: Run, provider: AnthropicServer) -> None:
    played = run(provider.at("cut", Behaviour(cut=True)), agent=Agent("claude", retries=1))
    assert played.findings.error is not None
    assert judged(played) == "none"


def test_a_provider_that_is_not_there_is_a_failure(run: Run) -> None:
    played = run("http://127.0.0.1:1", agent=Agent("claude", retries=0))
    assert played.findings.error is not None
    assert played.findings.error.code == "unreachable_provider"


def test_a_retired_id_is_asked_for_as_it_is(run: Run, provider: AnthropicServer) -> None:
    retired = "claude-opus-4-20250514"
    played = run(provider.url, model=retired)
    assert provider.asked == [retired]
    assert judged(played, retired) == "confirmed"
    assert played.findings.confirmed_model == retired


def test_a_fallback_that_was_configured_is_told_and_differs(run: Run, provider: AnthropicServer) -> None:
    url = provider.at("busy", Behaviour(always=529, for_model="opus"))
    played = run(url, options=("--fallback-model", "claude-sonnet-5-5"))
    assert provider.asked == [MODEL, MODEL, MODEL, "claude-sonnet-5-5"]
    assert judged(played) == "differs"
    assert f"fell back from {MODEL} to claude-sonnet-5-5 (overloaded)" in (played.findings.note or "")
    assert played.findings.error is None


def test_a_sub_agent_on_another_model_raises_no_alarm(run: Run, provider: AnthropicServer) -> None:
    played = run(provider.at("sub", CASES["sub-agent"].behaviour))
    assert "claude-haiku-5-5" in provider.asked
    assert judged(played) == "confirmed"
    assert [call.model for call in played.findings.side_calls] == ["claude-haiku-5-5"]


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_in_the_middle_is_a_failure_whatever_the_exit_status(
    run: Run, provider: AnthropicServer, number: signal.Signals
) -> None:
    url = provider.at("slow", Behaviour(hold=True))
    played = run(url, kill=(number, lambda: provider.wait_for_calls(1)))
    assert played.findings.error is not None
    assert "interrupted" in played.findings.error.message
    assert played.findings.result is None


def test_the_persons_settings_reroute_nothing(run: Run, provider: AnthropicServer, empty_home: Path) -> None:
    with AnthropicServer() as other:
        theirs = {
            "apiKeyHelper": "echo their-helper-key",
            "modelOverrides": {MODEL: "remapped"},
            "fallbackModel": ["claude-haiku-5-5"],
            "env": {
                "ANTHROPIC_BASE_URL": other.url,
                "ANTHROPIC_API_KEY": "their-api-key",
                "ANTHROPIC_AUTH_TOKEN": "their-token",
                "ANTHROPIC_CUSTOM_HEADERS": "X-Their-Header: secret",
            },
        }
        login = {
            "accessToken": "their-login",
            "refreshToken": "x",
            "expiresAt": 4102444800000,
            "scopes": ["user:inference"],
        }
        (empty_home / ".claude").mkdir()
        (empty_home / ".claude" / "settings.json").write_text(json.dumps(theirs))
        (empty_home / ".claude" / ".credentials.json").write_text(json.dumps({"claudeAiOauth": login}))
        played = run(provider.url)
        run(provider.at("gone", Behaviour(always=404)))
        assert other.calls == []
    assert set(provider.asked) == {MODEL}
    assert judged(played) == "confirmed"
    for call in provider.calls:
        assert set(call.keys) == {KEY, f"Bearer {KEY}"}
        assert "x-their-header" not in call.headers


def test_a_proxy_gets_no_call_to_a_provider_on_this_machine(
    claude_cli: Path, empty_home: Path, provider: AnthropicServer
) -> None:
    with AnthropicServer() as proxy:
        theirs = {"http_proxy": proxy.url, "HTTPS_PROXY": proxy.url, "no_proxy": "intranet"}
        plan = launch(Agent("claude", (str(claude_cli),)), empty_home, base_url=provider.url, user_env=theirs)
        played = play(one_shot("claude").command(plan), one_shot("claude").reader("a_test", plan.reference))
        assert proxy.calls == []
    assert provider.asked == [MODEL]
    assert judged(played) == "confirmed"


def test_a_command_of_claudes_own_calls_no_model_and_is_no_success(run: Run, provider: AnthropicServer) -> None:
    played = run(provider.url, prompt="/plan the work")
    assert provider.asked == []
    assert played.exit_code == 0
    assert played.findings.error is not None
    assert played.findings.error.code == "no_model_called"


def test_the_agents_default_is_observed(run: Run, provider: AnthropicServer) -> None:
    agent = Agent("claude", env={"ANTHROPIC_BASE_URL": provider.url, "ANTHROPIC_API_KEY": "$THE_KEY"})
    played = run(None, model=None, agent=agent)
    assert judged(played, None) == "observed"
    assert list(played.findings.answered) == provider.asked


@pytest.mark.parametrize(("permission", "written"), [("plan", False), ("edit", True)])
def test_a_permission_is_what_it_says(
    run: Run, provider: AnthropicServer, tmp_path: Path, permission: Permission, written: bool
) -> None:
    def script(body: object) -> list[dict[str, object]]:
        if "tool_result" in json.dumps(body):
            return [{"type": "text", "text": "done"}]
        target = {"file_path": str(tmp_path / "new.txt"), "content": "x"}
        return [{"type": "tool_use", "name": "Write", "input": target}]

    played = run(provider.at("write", Behaviour(content=script)), cwd=tmp_path, permission=permission)
    assert (tmp_path / "new.txt").exists() == written
    assert ("denied: Write" in (played.findings.note or "")) != written
