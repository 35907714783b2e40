"""Which stages of a spec run, what each prefers, and what may be entered."""

from __future__ import annotations

from typing import Any

import pytest

from tui.core.errors import RequestError
from tui.core.settings import Settings, Stage, Workflow
from tui.core.spec import Spec, part_of, preference, preferences, selects, usual_set
from tui.core.spec_entry import (
    editable,
    of_preset,
    selection,
    stages_for,
    title_of,
    too_deep,
    what_would_run,
    with_choice,
    with_effort,
    workflow_for,
)


def spec(**fields: Any) -> Spec:
    return Spec(**{"id": "s_1", "type": "feature", "title": "A discount", **fields})


def gate(name: str) -> Stage:
    return Stage(name, type="approval")


BUILD = Workflow(
    (
        Stage("plan", model="opus"),
        gate("ok"),
        Stage("build", effort="high"),
        Stage("review", model="inherit"),
        gate("go"),
    )
)
SETTINGS = Settings(
    stage_models={"plan": "haiku", "implement": "sonnet", "review": {"model": "haiku", "effort": "low"}},
    presets={"economy": {"plan": "haiku", "implement": "haiku"}},
)


def names(part: Workflow) -> list[str]:
    return [stage.name for stage in part.stages]


@pytest.mark.parametrize(
    ("stages", "run"),
    [
        (None, ["plan", "ok", "build", "review", "go"]),
        (("review", "plan"), ["plan", "ok", "review", "go"]),
        (("implement",), ["build"]),
        (("implement", "ok"), ["ok", "build"]),
        (("test", "review"), ["review", "go"]),
        (("test",), []),
        ((), []),
    ],
)
def test_selected_stages_run_in_the_workflows_order_with_the_gate_of_each(
    stages: tuple[str, ...] | None, run: list[str]
) -> None:
    assert names(part_of(BUILD, spec(stages=stages))) == run


def test_a_gate_at_the_start_stays() -> None:
    assert names(part_of(Workflow((gate("go"), Stage("plan"))), spec(stages=("plan",)))) == ["go", "plan"]


def test_a_patch_is_one_step_without_a_stage_or_a_stages_model() -> None:
    first = Stage("fix", profile="quick", model="opus", effort="high", command="/patch", prompt="Fix it")
    (only,) = part_of(Workflow((gate("ok"), first, Stage("test"))), spec(type="patch", stages=("test",))).stages
    assert only == Stage(profile="quick", command="/patch", prompt="Fix it")


def test_a_feature_is_heavy_and_all_else_is_base() -> None:
    assert (usual_set("feature"), usual_set("bug"), usual_set("story")) == ("heavy", "base", "base")


@pytest.mark.parametrize(
    ("fields", "stage", "said"),
    [
        ({"stage_models": {"plan": "opus"}}, "plan", "opus"),
        ({"stage_models": {"build": "opus"}}, "implement", "opus"),
        ({"stage_models": {"build": "opus", "implement": "haiku"}}, "implement", "haiku"),
        ({"stage_models": {"plan": " "}}, "plan", None),
        ({"stage_models": "opus"}, "plan", None),
        ({}, "plan", None),
        ({"orchestrator_state": {"stageModelPreferences": {"plan": "opus"}}}, "plan", "opus"),
        ({"orchestrator_state": {"stageModelPreferences": {"plan": "opus"}}, "stage_models": {}}, "plan", None),
        ({"orchestrator_state": [1]}, "plan", None),
        ({"type": "patch", "stage_models": {"plan": "opus"}}, "plan", "opus"),
    ],
)
def test_what_a_stage_prefers(fields: dict[str, Any], stage: str, said: object) -> None:
    assert preference(spec(**fields), stage) == said


def test_no_map_and_an_empty_map_are_two_things() -> None:
    assert preferences(spec()) is None
    assert preferences(spec(stage_models={})) is not None


def test_a_twin_is_selected_too() -> None:
    assert selects(spec(stages=("build",)), "implement")
    assert not selects(spec(stages=("build",)), "merge")


# --- entry ------------------------------------------------------------------------------------------------------------

FLOWS = {
    "first": Workflow((Stage("plan"),), specs=("feature",)),
    "second": Workflow((Stage("plan"),), specs=("feature", "bug")),
    "any": Workflow((Stage("plan"),)),
}


def test_the_one_workflow_that_serves_a_type_is_taken() -> None:
    assert workflow_for("bug", None, FLOWS) == "second"
    assert workflow_for("bug", "any", FLOWS) == "any"
    assert workflow_for("todo", None, FLOWS) is None


@pytest.mark.parametrize(
    ("kind", "chosen", "sentence", "suggested"),
    [
        ("feature", None, "Several workflows serve a feature: first, second; choose one", ("first", "second")),
        ("bug", "secnd", "Unknown workflow 'secnd'; there is second", ("second",)),
        ("bug", "first", "The workflow 'first' serves feature; a bug is served by second", ("second",)),
        ("todo", "first", "The workflow 'first' serves feature; no workflow serves a todo", ()),
    ],
)
def test_a_workflow_that_will_not_do_is_told_with_those_that_will(
    kind: Any, chosen: str | None, sentence: str, suggested: tuple[str, ...]
) -> None:
    with pytest.raises(RequestError) as refused:
        workflow_for(kind, chosen, FLOWS)
    assert refused.value.message == sentence
    assert refused.value.suggestions == suggested


def test_the_stages_that_may_be_named_are_the_workflows_and_the_usual_ones() -> None:
    assert stages_for(BUILD) == ("plan", "build", "review", "test", "document", "clarify", "merge")
    assert stages_for(None)[:2] == ("plan", "implement")


@pytest.mark.parametrize(
    ("written", "chosen"),
    [
        (["Implement ", "PLAN"], ("plan", "build")),
        (["sdlc"], ("plan", "build", "review", "test", "document")),
        (["SDLC", "merge"], ("plan", "build", "review", "test", "document", "merge")),
        (["plan", "all"], None),
        (["plan", "plan", "ok"], ("plan", "ok")),
    ],
)
def test_a_selection_is_put_into_the_stages_own_names(written: list[str], chosen: tuple[str, ...] | None) -> None:
    assert selection(written, BUILD) == chosen


def test_a_selection_with_an_unknown_stage_or_nothing_to_run_is_refused() -> None:
    with pytest.raises(RequestError, match=r"Unknown stage 'plam'; there is plan, build, review, test") as refused:
        selection(["plam"], BUILD)
    assert refused.value.suggestions[0] == "plan"
    for nothing in ([], ["test"], ["ok"]):
        with pytest.raises(RequestError, match="Nothing would run: none of the stages plan, build, review is selected"):
            selection(nothing, BUILD)


def test_a_form_is_filled_with_the_workflows_model_or_else_the_stage_tables() -> None:
    assert what_would_run(BUILD, SETTINGS) == {
        "plan": "opus",
        "build": {"model": "sonnet", "effort": "high"},
        "review": {"model": "haiku", "effort": "low"},
    }


def test_a_preset_speaks_for_the_stages_that_it_names_and_their_twins() -> None:
    assert of_preset("economy", stages_for(BUILD), SETTINGS) == {"plan": "haiku", "build": "haiku"}
    with pytest.raises(RequestError, match="Unknown preset 'econmy'; there is economy"):
        of_preset("econmy", (), SETTINGS)


def test_a_change_begins_from_the_legacy_preferences_stage_by_stage() -> None:
    state = {
        "workflow": {"stageModelPreferences": {"plan": "opus", "build": "haiku", "test": ""}},
        "stageModelPreferences": {"plan": "sonnet", "implement": "sonnet", "test": "sonnet", "odd": 7},
    }
    merged = editable(spec(orchestrator_state=state))
    assert {name: merged[name] for name in ("plan", "build", "odd")} == {"plan": "opus", "build": "haiku", "odd": 7}
    changed = spec(stage_models=merged)
    assert [preference(changed, stage) for stage in ("implement", "test")] == [
        preference(spec(orchestrator_state=state), stage) for stage in ("implement", "test")
    ]


def test_one_choice_replaces_the_twins_and_leaves_the_rest() -> None:
    base = {"build": "opus", "odd": [1]}
    assert with_choice(base, "implement", "haiku") == {"odd": [1], "implement": "haiku"}
    assert with_choice(base, "implement", None) == {"odd": [1]}


def test_a_choice_stays_in_its_place() -> None:
    base = {"plan": "opus", "build": "sonnet", "review": "haiku"}
    assert list(with_choice(base, "implement", "haiku").items())[1] == ("implement", "haiku")
    assert list(with_choice(base, "plan", "haiku")) == ["plan", "build", "review"]
    assert list(with_choice(base, "test", "haiku"))[-1] == "test"
    assert with_effort({"plan": "opus"}, "plan", "high") == {"plan": {"model": "opus", "effort": "high"}}
    assert with_effort({"plan": {"model": "opus", "effort": "high"}}, "plan", None) == {"plan": "opus"}
    assert with_effort({}, "plan", "high") == {"plan": {"effort": "high"}}


def test_a_title_is_one_line_that_says_something() -> None:
    assert title_of("  A\n discount\x1b[31m ") == "A discount"
    assert len(title_of("x" * 900)) == 200
    with pytest.raises(RequestError, match="needs a title"):
        title_of(" \n ")


def test_what_is_nested_too_deeply_is_noticed() -> None:
    deep: list[Any] = []
    for _ in range(200_000):
        deep = [deep]
    assert too_deep(deep)
    assert not too_deep([{"a": [1]}] * 1000)
    while deep:  # taken apart by hand: freeing it all at once is its own test of the interpreter
        deep = deep[0]
