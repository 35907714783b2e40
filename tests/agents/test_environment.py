"""What an agent's environment holds, and what is kept from it."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.agents.launching import launch
from tui.agents.base import find_program
from tui.agents.environment import clean, overrides_model
from tui.agents.table import one_shot
from tui.core.errors import MachineError, RequestError
from tui.core.settings import Agent

BASE = {"HOME", "PATH", "LANG", "TERM", "MODELDECK_ATTEMPT"}


def test_only_named_variables_go_through(empty_home: Path) -> None:
    theirs = {"LC_ALL": "C", "AWS_SECRET_ACCESS_KEY": "x", "GITHUB_TOKEN": "x", "LD_PRELOAD": "x", "PYTHONPATH": "x"}
    env = clean(launch(Agent(), empty_home, user_env=theirs, handed={"OTHER_KEY": "x"}))
    assert env.variables.keys() == BASE | {"LC_ALL"}
    assert env.variables["MODELDECK_ATTEMPT"] == "a_test"
    assert env.removed == ()


@pytest.mark.parametrize(
    "name",
    [
        "ANTHROPIC_MODEL",
        "ANTHROPIC_DEFAULT_OPUS_MODEL",
        "ANTHROPIC_SMALL_FAST_MODEL",
        "ANTHROPIC_BASE_URL",
        "CLAUDE_CODE_SUBAGENT_MODEL",
        "CLAUDE_CODE_USE_BEDROCK",
        "OPENAI_MODEL",
        "OPENAI_BASE_URL",
        "GEMINI_MODEL",
    ],
)
def test_what_overrides_the_model_is_withheld_and_named(empty_home: Path, name: str) -> None:
    env = clean(launch(Agent(), empty_home, user_env={name: "x"}))
    assert name not in env.variables
    assert env.removed == (name,)


def test_the_agents_own_configuration_may_set_it(empty_home: Path) -> None:
    agent = Agent(env={"ANTHROPIC_MODEL": "glm-5", "TOKEN": "$GLM_KEY", "PRICE": "$5"})
    env = clean(launch(agent, empty_home, user_env={"ANTHROPIC_MODEL": "x"}, handed={"GLM_KEY": "secret"}))
    assert (env.variables["ANTHROPIC_MODEL"], env.variables["TOKEN"], env.variables["PRICE"]) == (
        "glm-5",
        "secret",
        "$5",
    )
    assert env.removed == ()


def test_a_variable_that_nobody_handed_over_is_named(empty_home: Path) -> None:
    agent = Agent(env={"TOKEN": "$GLM_KEY"})
    with pytest.raises(MachineError, match=r'Agent "coder" needs the variable GLM_KEY \(agents.coder.env.TOKEN\)'):
        clean(launch(agent, empty_home, handed={}))


def test_an_agent_sees_one_variable_of_ours(empty_home: Path) -> None:
    agent = Agent(env={"MODELDECK_STATE": "/x", "MODELDECK_ATTEMPT": "forged"})
    env = clean(launch(agent, empty_home, user_env={"MODELDECK_CONFIG": "/x"}))
    assert {name for name in env.variables if name.startswith("MODELDECK_")} == {"MODELDECK_ATTEMPT"}
    assert env.variables["MODELDECK_ATTEMPT"] == "a_test"


def test_a_proxy_gets_no_call_to_this_machine(empty_home: Path) -> None:
    theirs = {"HTTPS_PROXY": "http://proxy:3128", "no_proxy": "intranet"}
    env = clean(launch(Agent(), empty_home, user_env=theirs)).variables
    assert env["no_proxy"] == env["NO_PROXY"] == "intranet,127.0.0.1,localhost,::1"
    assert env["HTTPS_PROXY"] == "http://proxy:3128"
    assert "NO_PROXY" not in clean(launch(Agent(), empty_home)).variables


def test_secrets_are_in_no_representation(empty_home: Path) -> None:
    plan = launch(Agent(env={"TOKEN": "$K"}), empty_home, handed={"K": "the-secret"})
    command = one_shot("rehearsal").command(plan)
    assert "the-secret" in command.env.values()
    assert "the-secret" not in f"{plan!r} {clean(plan)!r} {command!r}"


def test_names_of_keys_and_paths_override_nothing() -> None:
    assert not any(overrides_model(name) for name in ("PATH", "HOME", "ANTHROPIC_API_KEY", "OPENAI_API_KEY", "LANG"))


def test_a_program_is_found_on_the_persons_path(empty_home: Path) -> None:
    folder = empty_home / "bin"
    folder.mkdir()
    program = folder / "coder-cli"
    program.write_text("#!/bin/sh\n")
    program.chmod(0o755)
    path = {"PATH": f"relative:{folder}"}
    assert find_program(launch(Agent(), empty_home, user_env=path), "coder-cli") == (str(program),)
    agent = Agent(command=("~/bin/coder-cli", "--fast"))
    assert find_program(launch(agent, empty_home, user_env=path), "other") == (str(program), "--fast")


@pytest.mark.parametrize(
    ("command", "sentence"),
    [
        (
            ("no-such-agent",),
            r'Agent "coder": the command "no-such-agent" was not found; install it, or name its whole',
        ),
        (("/no/such/agent",), r'the command "/no/such/agent" was not found'),
        (("./agent",), r'the command "./agent" is a relative path; write its whole path'),
        (("bin/agent",), r"is a relative path"),
    ],
)
def test_a_program_that_is_not_there_is_named(empty_home: Path, command: tuple[str, ...], sentence: str) -> None:
    with pytest.raises(MachineError, match=sentence):
        find_program(launch(Agent(command=command), empty_home), "claude")


def test_the_folders_that_were_searched_are_named(empty_home: Path) -> None:
    with pytest.raises(MachineError, match=r"agents\.coder\.command\. Searched: /nowhere:/usr/none$"):
        find_program(launch(Agent(), empty_home, user_env={"PATH": "bin:/nowhere::/usr/none"}), "claude")
    with pytest.raises(MachineError, match=r"Searched: nothing, PATH is empty$"):
        find_program(launch(Agent(), empty_home, user_env={"PATH": ""}), "claude")
    with pytest.raises(MachineError, match=r"agents\.coder\.command\.$"):
        find_program(launch(Agent(command=("/no/such/agent",)), empty_home), "claude")


def test_an_empty_path_finds_nothing_in_the_present_folder(empty_home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program = empty_home / "claude"
    program.write_text("#!/bin/sh\n")
    program.chmod(0o755)
    monkeypatch.chdir(empty_home)
    with pytest.raises(MachineError, match="was not found"):
        find_program(launch(Agent(), empty_home, user_env={"PATH": ".:"}), "claude")


def test_a_kind_that_cannot_run_a_step_names_those_that_can() -> None:
    with pytest.raises(RequestError, match=r'kind "codex" can\'t run a step yet; claude and rehearsal can'):
        one_shot("codex")
