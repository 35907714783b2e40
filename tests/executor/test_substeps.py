"""Substeps from a plan to a run: steps of their own, which go with their stage where they name no model."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.executor.conftest import CONFIG, House
from tui.config.locations import PROJECT_FILE
from tui.core.errors import RequestError
from tui.core.items import Explain
from tui.core.run import Run
from tui.core.run_verbs import ResolveAgain, Retry
from tui.core.spec import Spec
from tui.core.spec_verbs import CreateSpec, StartSpec, UpdateSpec
from tui.core.verbs import List, StartWorkflow

FLOW = """
  phased:
    specs: [feature]
    stages:
      - name: plan
        profile: quick
        model: opus
        prompt: Of the plan.
        substeps:
          - {name: explore, model: haiku, prompt: Look around.}
          - {name: decide, command: /decide}
      - {name: ok, type: approval}
      - {name: build, profile: quick, model: sonnet}
  breaks:
    stages:
      - {name: plan, profile: quick, substeps: [{name: explore, model: haiku}, {name: decide}]}
      - {name: build, profile: fails, model: sonnet, substeps: [{name: try}]}
  curious: {stages: [{name: plan, profile: quick, interactive: true}, {name: build, profile: real, interactive: true}]}
presets: {cheap: {plan: sonnet}, apart: {plan/explore: sonnet}}
"""
REAL = "\nprofiles:\n  real: {agent: claude}\n"


@pytest.fixture(autouse=True)
def flow(house: House) -> None:
    house.locations.config_file.write_text(CONFIG.replace("\nprofiles:\n", REAL) + FLOW)
    house.has_command("decide", "Decide")


async def planned(house: House, workflow: str = "phased", **fields: Any) -> Run:
    request = StartWorkflow(workflow, project=str(house.project), dry_run=True, **fields)
    run = (await house.executor.verbs.start(request)).run
    assert run is not None
    return run


def sent(run: Run) -> list[str | None]:
    return [step.sent.partition("/")[2] if step.sent else None for step in run.steps]


async def models(house: House, **fields: Any) -> list[str | None]:
    return [name.split("-")[1] if name else None for name in sent(await planned(house, **fields))]


async def test_a_plan_counts_substeps_and_gates_as_steps(house: House) -> None:
    run = await planned(house)

    assert [(step.index, step.name, step.stage) for step in run.steps] == [
        (0, "plan/explore", "plan"),
        (1, "plan/decide", "plan"),
        (2, "ok", "ok"),
        (3, "build", "build"),
    ]
    assert [step.prompt for step in run.steps[:2]] == ["Of the plan.\n\nLook around.", "Of the plan."]
    assert [step.command.text if step.command else None for step in run.steps[:2]] == [None, "Decide"]


async def test_a_choice_for_the_stage_leaves_a_substep_the_model_that_it_names(house: House) -> None:
    assert await models(house) == ["haiku", "opus", None, "sonnet"]
    assert await models(house, preset="cheap") == ["haiku", "sonnet", None, "sonnet"]
    assert await models(house, preset="apart") == ["sonnet", "opus", None, "sonnet"]
    assert await models(house, step_models={"0": "sonnet", "3": "opus"}) == ["sonnet", "opus", None, "opus"]
    assert await models(house, model="opus") == ["opus", "opus", None, "opus"]


async def test_a_run_does_them_in_order_and_hands_over_from_one_to_the_next(house: House) -> None:
    run = await house.run("breaks")

    assert [(step.name, step.status) for step in run.steps] == [
        ("plan/explore", "succeeded"),
        ("plan/decide", "succeeded"),
        ("build/try", "failed"),
    ]


async def test_a_retry_and_a_new_resolution_keep_what_each_step_is(house: House) -> None:
    run = await house.run("breaks")
    for request in (Retry(run.task_id or ""), ResolveAgain(run.task_id or "")):
        started = await house.executor.verbs.start(request)
        again = await house.ended(started.task_id or "")

        assert [(step.name, step.part) for step in again.steps] == [(step.name, step.part) for step in run.steps]
        assert [step.status for step in again.steps] == ["succeeded", "succeeded", "failed"]


async def test_a_substep_or_all_of_a_stage_can_be_explained(house: House) -> None:
    questions = (
        Explain("phased", stage="plan/explore"),
        Explain("phased", stage="plan"),
        Explain("phased", stages={"plan/decide": "haiku"}),
        Explain("phased", stages={"plan": "sonnet"}),
    )
    one, whole, decide, both = (await house.list("explain", explain=questions)).explain

    assert [step.name for step in one.run.steps] == ["plan/explore"]
    assert one.run.steps[0].reason == "stage default (plan/explore): haiku -> anthropic/claude-haiku-5-5"
    assert [step.name for step in whole.run.steps] == ["plan/explore", "plan/decide"]
    assert [step.tier for step in decide.run.steps if step.sent] == ["stage default", "step override", "stage default"]
    assert [step.tier for step in both.run.steps if step.sent] == ["step override", "step override", "stage default"]
    with pytest.raises(RequestError, match="Unknown stage 'plan/explode'; did you mean 'plan/explore'"):
        await house.list("explain", explain=(Explain("phased", stage="plan/explode"),))


async def test_a_card_tells_the_stages_with_their_parts(house: House) -> None:
    (item,) = [one for one in (await house.list("workflows")).workflows if one.name == "phased"]

    assert [(stage.name, stage.part) for stage in item.stages] == [
        ("plan", "explore"),
        ("plan", "decide"),
        ("ok", None),
        ("build", None),
    ]


async def test_a_foreign_files_substeps_are_listed_without_what_a_terminal_would_obey(house: House) -> None:
    foreign = house.project.parent / "foreign"
    foreign.mkdir()
    stage = '{name: plan, profile: quick, substeps: [{name: "x\\e[31m\\u009b1m[/]\\ny"}]}'
    (foreign / PROJECT_FILE).write_text(f"workflows: {{theirs: {{stages: [{stage}]}}}}\n")
    request = StartWorkflow("theirs", project=str(foreign), dry_run=True)

    run = (await house.executor.verbs.start(request)).run

    assert run is not None
    assert run.steps[0].name == "plan/x[/] y"


async def test_an_interactive_step_says_so_and_where_its_agent_cannot_ask(house: House) -> None:
    plan, build = (await planned(house, "curious")).steps

    assert (plan.interactive, plan.warnings) == (True, ())
    assert build.warnings == ("the agent claude can't ask anything, so it goes on without an answer",)


# --- specs ------------------------------------------------------------------------------------------------------------


async def spec(house: House, **fields: Any) -> Spec:
    request = CreateSpec("feature", "A discount", project=str(house.project), **fields)
    stored = (await house.executor.verbs.start(request)).spec
    assert stored is not None
    return stored


async def spec_run(house: House, stored: Spec, **fields: Any) -> tuple[Run, str | None]:
    started = await house.executor.verbs.start(StartSpec(stored.id, dry_run=True, **fields))
    assert started.run is not None
    return started.run, started.note


async def test_a_new_spec_stores_what_a_substep_would_run(house: House) -> None:
    stored = await spec(house)

    assert isinstance(stored.stage_models, dict)
    assert [stored.stage_models.get(name) for name in ("plan", "plan/explore", "plan/decide")] == [
        "opus",
        "haiku",
        None,
    ]


async def test_a_preference_for_the_stage_leaves_a_substep_the_model_that_it_names(house: House) -> None:
    run, _ = await spec_run(house, await spec(house, stage_models={"plan": "sonnet"}, fill=False))

    assert [(step.name, step.tier) for step in run.steps[:2]] == [
        ("plan/explore", "stage default"),
        ("plan/decide", "stage preference"),
    ]
    run, _ = await spec_run(house, await spec(house, stage_models={"Plan/Explore": "sonnet"}, fill=False))
    assert [step.tier for step in run.steps[:2]] == ["stage preference", "stage default"]


async def test_selecting_a_stage_selects_its_substeps(house: House) -> None:
    run, _ = await spec_run(house, await spec(house, stages=("plan",)))
    assert [step.name for step in run.steps] == ["plan/explore", "plan/decide", "ok"]

    run, _ = await spec_run(house, await spec(house, stages=("build",)))
    assert [step.name for step in run.steps] == ["build"]

    with pytest.raises(RequestError, match="Unknown stage 'plan/explore'"):
        await spec(house, stages=("plan/explore",))


async def test_a_form_shows_a_substep_that_can_be_chosen_for_with_the_stage_that_it_follows(house: House) -> None:
    stored = await spec(house, stages=("build",))
    (item,) = (await house.executor.verbs.list(List("specs", ids=(stored.id,)))).specs

    rows = [(row.name, row.model, row.selected, row.runs, row.follows) for row in item.stages[:3]]
    assert rows == [
        ("plan", "opus", False, True, None),
        ("plan/explore", "haiku", False, True, "plan"),
        ("build", "sonnet", True, True, None),
    ]
    assert not [row.note for row in item.stages if row.note]


async def test_a_choice_for_a_substep_is_judged_as_it_is_entered(house: House) -> None:
    stored = await spec(house)
    with pytest.raises(Exception, match=r"plan/explore: .*nothing-9"):
        await house.executor.verbs.start(
            UpdateSpec(stored.id, stored.version, stage_models={"plan/explore": "nothing-9"})
        )
    with pytest.raises(RequestError, match="Unknown stage 'plan/decide'"):
        await house.executor.verbs.start(UpdateSpec(stored.id, stored.version, stage_models={"plan/decide": "opus"}))


async def test_a_model_for_one_run_says_whose_preferences_it_replaces(house: House) -> None:
    run, note = await spec_run(house, await spec(house), model="opus")

    assert {step.tier for step in run.steps if step.sent} == {"step override"}
    assert note == "3 stored preferences are replaced for this run: plan/explore, plan, build"


async def test_what_is_stored_of_stages_stays_where_a_workflow_gets_substeps(house: House) -> None:
    stored = await spec(house, stage_models={"plan": "haiku", "build": "haiku"}, fill=False)
    file = house.locations.config_file
    file.write_text(file.read_text().replace("build, profile: quick, model: sonnet}", "build, profile: quick}"))
    text = (
        Path(file)
        .read_text()
        .replace("{name: build, profile: quick}", "{name: build, profile: quick, substeps: [{name: a}]}")
    )
    file.write_text(text)

    run, _ = await spec_run(house, stored)

    assert [(step.name, step.tier) for step in run.steps if step.sent] == [
        ("plan/explore", "stage default"),
        ("plan/decide", "stage preference"),
        ("build/a", "stage preference"),
    ]
