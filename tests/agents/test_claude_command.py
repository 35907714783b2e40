"""What claude is started with."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.agents.launching import KEY, MODEL, launch
from tui.agents.base import Command
from tui.agents.claude import ClaudeAgent
from tui.core.errors import MachineError, RequestError
from tui.core.settings import Agent

GLM = "https://api.example.com/anthropic"


@pytest.fixture
def program(tmp_path: Path) -> tuple[str]:
    """Something to start."""
    path = tmp_path / "claude"
    path.write_text("#!/bin/sh\n")
    path.chmod(0o755)
    return (str(path),)


def option(command: Command, name: str) -> str | None:
    """The value of an option."""
    return command.argv[command.argv.index(name) + 1] if name in command.argv else None


def settings_of(command: Command) -> dict[str, Any]:
    value: dict[str, Any] = json.loads(option(command, "--settings") or "{}")
    return value


def test_the_model_and_the_rules_of_reading_are_passed(empty_home: Path, program: tuple[str]) -> None:
    command = ClaudeAgent().command(launch(Agent("claude", program, retries=7), empty_home, effort="high"))
    assert command.argv[:3] == (*program, "-p", "--verbose")
    assert option(command, "--model") == MODEL
    assert option(command, "--effort") == "high"
    assert option(command, "--output-format") == "stream-json"
    assert option(command, "--setting-sources") == "user"
    assert command.env["CLAUDE_CODE_MAX_RETRIES"] == "7"
    assert command.env["CLAUDE_CODE_DISABLE_LEGACY_MODEL_REMAP"] == "1"
    assert command.stdin == b"Say hello"
    assert command.env["PROVIDER_API_KEY"] == KEY


def test_leading_arguments_of_the_command_stay_in_front(empty_home: Path, program: tuple[str]) -> None:
    agent = Agent("claude", (*program, "--add-dir", "/srv"))
    assert ClaudeAgent().command(launch(agent, empty_home)).argv[1:4] == ("--add-dir", "/srv", "-p")


@pytest.mark.parametrize(
    ("permission", "mode"), [("plan", "plan"), ("edit", "acceptEdits"), ("full", "bypassPermissions")]
)
def test_permissions_have_claudes_names(empty_home: Path, program: tuple[str], permission: Any, mode: str) -> None:
    command = ClaudeAgent().command(launch(Agent("claude", program), empty_home, permission=permission))
    assert option(command, "--permission-mode") == mode


def test_full_permission_for_root_is_refused_unless_in_a_sandbox(empty_home: Path, program: tuple[str]) -> None:
    root = ClaudeAgent(is_root=True)
    with pytest.raises(MachineError, match='claude refuses permission "full" to root'):
        root.command(launch(Agent("claude", program), empty_home, permission="full"))
    agent = Agent("claude", program, env={"IS_SANDBOX": "1"})
    assert option(root.command(launch(agent, empty_home, permission="full")), "--permission-mode")


def test_the_project_is_read_by_stated_choice_only(empty_home: Path, program: tuple[str]) -> None:
    command = ClaudeAgent().command(launch(Agent("claude", program, settings="project"), empty_home))
    assert option(command, "--setting-sources") == "user,project"


def test_no_model_is_passed_for_the_agents_default(empty_home: Path, program: tuple[str]) -> None:
    command = ClaudeAgent().command(launch(Agent("claude", program), empty_home, model=None, handed={}))
    assert "--model" not in command.argv
    assert "--settings" not in command.argv


@pytest.mark.parametrize("model", [MODEL, None])
def test_the_vendor_s_key_goes_to_the_vendor_whatever_the_user_s_settings_say(
    empty_home: Path, program: tuple[str], model: str | None
) -> None:
    plan = launch(Agent("claude", program), empty_home, model=model)
    unnamed = replace(plan, provider=None, handed={"ANTHROPIC_API_KEY": KEY})  # no provider is configured
    for one in (plan, unnamed):
        command = ClaudeAgent().command(one)
        assert command.env["ANTHROPIC_BASE_URL"] == "https://api.anthropic.com"
        assert settings_of(command)["env"]["ANTHROPIC_BASE_URL"] == "https://api.anthropic.com"
        assert command.env["PROVIDER_API_KEY"] == KEY


@pytest.mark.parametrize("model", [MODEL, None])
def test_a_gateway_without_its_key_gets_no_other(empty_home: Path, program: tuple[str], model: str | None) -> None:
    plan = launch(Agent("claude", program), empty_home, model=model, base_url=GLM, handed={"ANTHROPIC_API_KEY": KEY})
    with pytest.raises(MachineError, match="needs the variable THE_KEY"):
        ClaudeAgent().command(plan)


@pytest.mark.parametrize("model", [MODEL, None])
def test_an_address_of_the_agent_s_own_gets_no_provider_s_key(
    empty_home: Path, program: tuple[str], model: str | None
) -> None:
    agent = Agent("claude", program, env={"ANTHROPIC_BASE_URL": GLM})
    plan = launch(agent, empty_home, model=model, handed={"THE_KEY": KEY, "ANTHROPIC_API_KEY": KEY})
    for one in (plan, replace(plan, provider=None), replace(plan, provider=None, provider_id=None)):
        command = ClaudeAgent().command(one)
        assert command.env["PROVIDER_API_KEY"] == "none"
        assert KEY not in command.env.values()


def test_the_same_server_gets_the_provider_s_key_also_by_another_path(empty_home: Path, program: tuple[str]) -> None:
    agent = Agent("claude", program, providers=("anthropic",), env={"ANTHROPIC_BASE_URL": f"{GLM}/v2"})
    command = ClaudeAgent().command(launch(agent, empty_home, base_url=GLM))
    assert (command.env["ANTHROPIC_BASE_URL"], command.env["PROVIDER_API_KEY"]) == (f"{GLM}/v2", KEY)


def test_a_key_of_an_agent_with_several_providers_is_not_sent_to_one_that_names_its_own(
    empty_home: Path, program: tuple[str]
) -> None:
    agent = Agent("claude", program, providers=("anthropic", "other"), env={"ANTHROPIC_API_KEY": "$OTHER_KEY"})
    handed = {"THE_KEY": KEY, "OTHER_KEY": "other-secret"}
    for base_url in (GLM, None):
        command = ClaudeAgent().command(launch(agent, empty_home, base_url=base_url, handed=handed))
        assert command.env["PROVIDER_API_KEY"] == KEY
        assert "other-secret" not in command.env.values()


def test_what_the_agent_s_env_says_of_the_vendor_stays(empty_home: Path, program: tuple[str]) -> None:
    token = Agent("claude", program, env={"ANTHROPIC_AUTH_TOKEN": "their-token"})
    command = ClaudeAgent().command(launch(token, empty_home))
    assert command.env["ANTHROPIC_AUTH_TOKEN"] == "their-token"
    assert KEY not in command.env.values()
    cloud = Agent("claude", program, env={"CLAUDE_CODE_USE_BEDROCK": "1"})
    command = ClaudeAgent().command(launch(cloud, empty_home, base_url=GLM))
    assert command.env["CLAUDE_CODE_USE_BEDROCK"] == "1"
    assert "ANTHROPIC_BASE_URL" not in command.env
    assert KEY not in command.env.values()


def test_without_a_key_claudes_own_login_is_used(empty_home: Path, program: tuple[str]) -> None:
    command = ClaudeAgent().command(launch(Agent("claude", program), empty_home, handed={}))
    assert not {"ANTHROPIC_API_KEY", "ANTHROPIC_AUTH_TOKEN", "PROVIDER_API_KEY"} & command.env.keys()
    assert "env" not in settings_of(command)


def test_the_persons_settings_change_neither_model_nor_fallback(empty_home: Path, program: tuple[str]) -> None:
    settings = settings_of(ClaudeAgent().command(launch(Agent("claude", program), empty_home)))
    assert settings["fallbackModel"] == []
    assert settings["modelOverrides"] == {MODEL: MODEL}
    assert settings_of(ClaudeAgent().command(launch(Agent("claude", program), empty_home, handed={}))) == {
        "fallbackModel": [],
        "modelOverrides": {MODEL: MODEL},
    }


def test_a_foreign_address_gets_its_own_key_alone(empty_home: Path, program: tuple[str]) -> None:
    command = ClaudeAgent().command(launch(Agent("claude", program), empty_home, base_url=GLM))
    settings = settings_of(command)
    assert settings["env"]["ANTHROPIC_BASE_URL"] == GLM
    assert settings["env"]["ANTHROPIC_API_KEY"] == settings["env"]["ANTHROPIC_AUTH_TOKEN"] == ""
    assert settings["apiKeyHelper"] == 'printf %s "$PROVIDER_API_KEY"'
    assert command.env["PROVIDER_API_KEY"] == KEY
    assert KEY not in " ".join(command.argv)


def test_a_foreign_address_without_its_key_is_refused_so_that_the_login_stays(
    empty_home: Path, program: tuple[str]
) -> None:
    plan = launch(Agent("claude", program), empty_home, base_url=GLM, handed={})
    with pytest.raises(MachineError, match=r"needs the variable THE_KEY \(providers.anthropic.api_key_env\)"):
        ClaudeAgent().command(plan)


def test_a_server_without_keys_is_sent_none(empty_home: Path, program: tuple[str]) -> None:
    plan = launch(Agent("claude", program), empty_home, base_url="http://127.0.0.1:8000", key_name=None)
    command = ClaudeAgent().command(plan)
    assert command.env["PROVIDER_API_KEY"] == "none"


def test_the_official_address_is_not_foreign(empty_home: Path, program: tuple[str]) -> None:
    plan = launch(Agent("claude", program), empty_home, base_url="https://api.anthropic.com/", handed={})
    assert "env" not in settings_of(ClaudeAgent().command(plan))


def test_an_address_with_a_password_is_in_no_argument(empty_home: Path, program: tuple[str]) -> None:
    url = "https://me:pa55word@api.example.com"
    command = ClaudeAgent().command(launch(Agent("claude", program), empty_home, base_url=url))
    assert "pa55word" not in " ".join(command.argv)
    assert command.env["ANTHROPIC_BASE_URL"] == url


def test_a_credential_set_for_the_agent_goes_the_same_way(empty_home: Path, program: tuple[str]) -> None:
    env = {"ANTHROPIC_BASE_URL": GLM, "ANTHROPIC_AUTH_TOKEN": "$GLM_KEY", "ANTHROPIC_DEFAULT_OPUS_MODEL": "glm-5"}
    plan = launch(Agent("claude", program, env=env), empty_home, handed={"GLM_KEY": "glm-secret", "THE_KEY": KEY})
    command = ClaudeAgent().command(plan)
    assert command.env["PROVIDER_API_KEY"] == "glm-secret"
    assert command.env["ANTHROPIC_DEFAULT_OPUS_MODEL"] == "glm-5"
    assert "ANTHROPIC_AUTH_TOKEN" not in command.env
    assert KEY not in command.env.values()
    assert settings_of(command)["env"]["ANTHROPIC_BASE_URL"] == GLM


@pytest.mark.parametrize("prompt", ["", " \n"])
def test_an_empty_prompt_is_refused(empty_home: Path, program: tuple[str], prompt: str) -> None:
    with pytest.raises(RequestError, match="prompt is empty"):
        ClaudeAgent().command(launch(Agent("claude", program), empty_home, prompt=prompt))


def test_the_prompt_is_never_an_argument(empty_home: Path, program: tuple[str]) -> None:
    prompt = "x" * 200_000 + "\ud800"
    command = ClaudeAgent().command(launch(Agent("claude", program), empty_home, prompt=prompt))
    assert len(command.stdin) == 200_001
    assert max(map(len, command.argv)) < 1000
