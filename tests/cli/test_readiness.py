"""A run that can't start here, from a shell: dry run and start agree, and a start anyway fails at that step."""

from __future__ import annotations

import pytest

from tests.cli.conftest import CONFIG, Shell

OWN = (
    CONFIG.replace(
        "agents:\n",
        "agents:\n  ghost: {kind: claude, command: [no-such-agent-here]}\n"
        "  glm: {kind: claude, command: [/bin/false], providers: [zai]}\n",
    )
    .replace("profiles:\n", "profiles:\n  ghost: {agent: ghost, model: haiku}\n  glm: {agent: glm, model: zai/glm-5}\n")
    .replace(
        "workflows:\n",
        "workflows:\n  ghost: {stages: [{name: sleep, profile: brief}, {name: haunt, profile: ghost}]}\n"
        "  glm: {stages: [{name: sleep, profile: brief}, {name: speak, profile: glm}]}\n",
    )
)
CASES = [
    ("ghost", "haunt", 'Agent "ghost": the command "no-such-agent-here" was not found; install it'),
    ("glm", "speak", 'Agent "glm" needs the variable ZAI_API_KEY (providers.zai.api_key_env), and it is not set'),
]


@pytest.fixture
def shop(shell: Shell) -> Shell:
    (shell.state.parent / "config.yaml").write_text(OWN)
    return shell


@pytest.mark.parametrize(("workflow", "step", "sentence"), CASES)
def test_dry_run_and_start_agree_and_nothing_runs(shop: Shell, workflow: str, step: str, sentence: str) -> None:
    plan = shop("task", "start", workflow, "--dry-run")
    assert (plan.code, f"{step}: can't start here: {sentence}" in plan.out) == (1, True), plan.out
    data = shop("task", "start", workflow, "--dry-run", "--json")
    assert data.code == 1
    assert [bool(one["obstacles"]) for one in data.data["run"]["steps"]] == [False, True]
    started = shop("task", "start", workflow)
    assert (started.code, started.out) == (1, "")
    assert f"step 2 ({step}): {sentence}" in started.err
    assert "--start-anyway" in started.err
    assert shop("run", "list", "--json").data["tasks"] == []


@pytest.mark.parametrize(("workflow", "step", "sentence"), CASES)
def test_started_anyway_it_fails_there_with_that_sentence(shop: Shell, workflow: str, step: str, sentence: str) -> None:
    run = shop("task", "start", workflow, "--start-anyway", "--await", "--json")
    assert (run.code, run.data["status"]) == (1, "failed")
    first, second = run.data["steps"]
    assert (first["status"], second["status"]) == ("succeeded", "failed")
    assert second["error"]["message"].startswith(sentence)
    again = shop("run", "retry", run.data["task_id"])
    assert (again.code, sentence in again.err) == (1, True)
    assert shop("run", "retry", run.data["task_id"], "--start-anyway").code == 0


@pytest.mark.parametrize(("workflow", "step", "sentence"), CASES)
def test_explain_agrees_with_the_start(shop: Shell, workflow: str, step: str, sentence: str) -> None:
    whole = shop("explain", "--workflow", workflow)
    assert (whole.code, f"{step}: can't start here: {sentence}" in whole.out) == (1, True), whole.out
    one = shop("explain", "--workflow", workflow, "--stage", step)
    assert (one.code, f"can't start here: {sentence}" in one.out) == (1, True), one.out
    assert shop("explain", "--workflow", workflow, "--stage", "sleep").code == 0


def test_a_comparison_tells_that_one_side_could_start(shop: Shell) -> None:
    found = shop("explain", "--workflow", "glm", "--set", "stage.sleep=haiku")
    assert (found.code, "(can't start here)" in found.out) == (1, True), found.out


def test_a_key_that_the_shell_has_is_provided_before_the_plan(shop: Shell) -> None:
    assert shop("task", "start", "glm", "--dry-run").code == 1
    assert shop("task", "start", "glm", "--dry-run", env={"ZAI_API_KEY": "secret"}).code == 0
