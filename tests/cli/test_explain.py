"""``modeldeck explain`` by flags: the plan without running it, one step with all its tiers, two plans side by side."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.cli.conftest import Shell
from tui.cli.question import spec
from tui.core.errors import ConfigError, RequestError

CHOICES = [(), ("--model", "node:docs", "--step-model", "2=sonnet"), ("--preset", "nothing")]


@pytest.mark.parametrize("flags", CHOICES, ids=" ".join)
def test_the_plan_is_that_of_a_dry_run(shell: Shell, flags: tuple[str, ...]) -> None:
    explained = shell("explain", "--workflow", "gate", *flags, "--json")
    dry = shell("task", "start", "--workflow", "gate", *flags, "--dry-run", "--json")
    assert explained.data["run"] == dry.data["run"]
    assert explained.code == dry.code


def test_the_plan_is_told_as_that_of_a_dry_run(shell: Shell) -> None:
    told = shell("explain", "--workflow", "gate").out
    assert told.startswith(shell("task", "start", "--workflow", "gate", "--dry-run").out)


def test_nothing_of_it_is_run(shell: Shell) -> None:
    assert shell("task", "list", "--view", "runs", "--json").data["tasks"] == []


def test_one_step_tells_the_winner_then_those_passed_over_then_candidates(shell: Shell) -> None:
    result = shell("explain", "--workflow", "nap", "--stage", "sleep", "--model", "node:docs")
    assert result.code == 0
    places = [result.out.index(text) for text in ("Winning tier:", "Candidates:", "Said nothing")]
    assert places == sorted(places)
    assert result.out.splitlines()[0] == "plan · nap · sleep"
    assert "run model" in result.out
    assert "taken" in result.out


def test_what_was_passed_over_is_told_with_why(shell: Shell) -> None:
    (shell.project / "spec.yaml").write_text("type: feature\nstage_models: {sleep: gpt-4}\n")
    result = shell("explain", "--workflow", "nap", "--stage", "sleep", "--spec", "spec.yaml")
    assert result.code == 0
    passed = result.out.split("Passed over:")[1].split("\n\n")[0]
    assert "stage preference" in passed
    assert "gpt-4" in passed
    assert "warning:" in result.out


def test_with_json_the_same_is_data(shell: Shell) -> None:
    data = shell("explain", "--workflow", "nap", "--stage", "wake", "--json").data
    (step,) = data["run"]["steps"]
    (trace,) = data["trace"]
    assert (step["stage"], trace["stage"]) == ("wake", "wake")
    won = [row for row in trace["rows"] if row["outcome"] == "won"]
    assert [row["tier"] for row in won] == [step["tier"]]


def test_a_step_that_can_t_start_exits_with_2_and_says_why(shell: Shell) -> None:
    result = shell("explain", "--workflow", "nap", "--stage", "wake", "--model", "opsu")
    assert result.code == 2
    assert "can't start" in result.out
    assert "did you mean: opus" in result.out
    assert shell("explain", "--workflow", "nap", "--model", "opsu").code == 2


def test_a_worker_s_task_and_a_selector_alone(shell: Shell) -> None:
    task = shell("explain", "--worker", "longer", "--model", "haiku", "--json").data
    assert (task["run"]["kind"], task["run"]["steps"][0]["agent"]) == ("worker", "longer")
    alone = shell("explain", "--model", "haiku", "--json").data
    assert alone["run"]["workflow"] == "brief"
    assert alone["run"]["steps"][0]["sent"] == task["run"]["steps"][0]["sent"]


def test_a_picture_asks_for_vision(shell: Shell) -> None:
    (shell.project / "shot.png").write_bytes(b"\x89PNG")
    result = shell("explain", "--worker", "brief", "--model", "zai/glm-5", "--attach", "shot.png", "--json")
    assert result.data["run"]["attachments"][0]["type"] == "image"
    assert "vision" in json.dumps(result.data)


def test_a_spec_s_choices_come_from_yaml_or_json(shell: Shell) -> None:
    choices = {"type": "feature", "stage_models": {"sleep": "sonnet"}}
    (shell.project / "spec.json").write_text(json.dumps(choices, indent="\t"))
    (shell.project / "spec.yaml").write_text("type: feature\nstage_models: {sleep: sonnet}\n")
    by_json, by_yaml = (
        shell("explain", "--workflow", "nap", "--spec", name, "--json").data for name in ("spec.json", "spec.yaml")
    )
    assert by_json == by_yaml
    assert by_json["run"]["steps"][0]["tier"] == "stage preference"


SPECS = [
    ("bad.yaml", "stage_model: {}\n", "did you mean stage_models"),
    ("bad.yaml", "type: [\n", "not YAML"),
    ("bad.yaml", "- a\n", "map"),
    ("bad.json", "{", "not valid JSON"),
    ("bad.json", "[" * 100_000, "nested more than 100 deep"),
    ("bad.json", "3", "map"),
    ("bad.json", '{"name": 1}', "unknown key"),
]


@pytest.mark.parametrize(("name", "text", "says"), SPECS, ids=range(len(SPECS)))
def test_a_bad_spec_file_is_told(tmp_path: Path, name: str, text: str, says: str) -> None:
    (tmp_path / name).write_text(text)
    with pytest.raises((RequestError, ConfigError), match=says):
        spec(str(tmp_path / name))


def test_two_plans_stand_side_by_side(shell: Shell) -> None:
    result = shell("explain", "--workflow", "gate", "--set", "stage.wake=haiku", "--set", "step.0=sonnet")
    assert result.code == 0
    rows = [[cell.strip() for cell in line.split("  ") if cell.strip()] for line in result.out.splitlines()[2:6]]
    assert rows[0] == ["STEP", "AS IT IS", "WITH STAGE.WAKE=HAIKU STEP.0=SONNET"]
    assert [("opus" in row[1], row[-1]) for row in rows[1:]] == [(True, "differs"), (False, "gate"), (True, "differs")]
    assert ("sonnet" in rows[1][2], "haiku" in rows[3][2]) == (True, True)
    assert "2 of 3 steps differ." in result.out


def test_side_by_side_as_data(shell: Shell) -> None:
    data = shell("explain", "--workflow", "nap", "--set", "model=haiku", "--set", "stage.wake=opus", "--json").data
    assert data["set"] == ["model=haiku", "stage.wake=opus"]
    plain = shell("explain", "--workflow", "nap", "--json").data
    assert data["before"] == plain
    assert [step["asked"] for step in data["after"]["run"]["steps"]] == ["haiku", "opus"]
    before, after = ([step["sent"] for step in data[name]["run"]["steps"]] for name in ("before", "after"))
    assert data["differs"] == [index for index, sent in enumerate(before) if sent != after[index]]


def test_a_change_that_changes_nothing_says_so(shell: Shell) -> None:
    result = shell("explain", "--workflow", "nap", "--set", "preset=")
    assert (result.code, "Nothing would change." in result.out) == (0, True)


def test_a_change_that_can_t_start_exits_with_2(shell: Shell) -> None:
    result = shell("explain", "--workflow", "nap", "--set", "stage.wake=opsu")
    assert result.code == 2
    assert "can't start" in result.out


def test_an_executor_is_started_where_there_is_none(fresh: Shell) -> None:
    assert fresh("explain", "--workflow", "nap").code == 0


VIEWS = {
    "tags": "node:fast",
    "defaults": "stage_models.plan",
    "providers": "zai",
    "agents": "longer",
    "profiles": "hangs",
    "check": "warnings",
}


@pytest.mark.parametrize("view", VIEWS)
def test_each_view_is_a_table_and_data(shell: Shell, view: str) -> None:
    told = shell("task", "list", "--view", view, "--scope", "all")
    assert told.code == 0
    assert VIEWS[view] in told.out
    page = shell("task", "list", "--view", view, "--scope", "all", "--json").data
    assert page[view]


def test_a_tag_alone_is_told_with_its_scores(shell: Shell) -> None:
    assert "SCORE" in shell("task", "list", "--view", "tags", "--query", "node:docs").out
    assert "SCORE" not in shell("task", "list", "--view", "tags").out


def test_presets_may_be_none(shell: Shell) -> None:
    assert shell("task", "list", "--view", "presets").code == 0


def test_a_stored_spec_is_explained_with_its_own_choices(shell: Shell) -> None:
    flags = ["--type", "bug", "--title", "It hangs", "--workflow", "nap", "--stage-model", "wake=sonnet"]
    made = shell("spec", "create", *flags, "--json")
    spec_id = made.data["spec"]["id"]
    whole = shell("explain", "--spec", spec_id, "--json")
    assert whole.code == 0, whole.err
    started = shell("task", "start", "--kind", "spec", "--spec", spec_id, "--dry-run", "--json")
    shown = [(step["sent"], step["tier"]) for step in whole.data["run"]["steps"]]
    assert shown == [(step["sent"], step["tier"]) for step in started.data["run"]["steps"]]
    one = shell("explain", "--spec", spec_id, "--stage", "wake")
    assert "stage preference (wake): sonnet" in one.out
    gone = shell("explain", "--spec", "s_nothing")
    assert (gone.code, "s_nothing" in gone.err) == (2, True)
