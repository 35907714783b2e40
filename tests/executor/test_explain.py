"""What would run and why, for every way to ask; it never differs from the plan."""

from __future__ import annotations

import pytest

from tests.executor.conftest import House
from tui.core.errors import RequestError
from tui.core.items import Explain, Explained
from tui.core.resolution import Attachment, SpecChoices
from tui.core.verbs import StartWorkflow

CONFIG = """
presets: {cheap: {plan: haiku, review: "node:docs"}}
command_models: {/fix: {base: sonnet, heavy: opus}}
"""


@pytest.fixture(autouse=True)
def presets(house: House) -> None:
    file = house.locations.config_file
    file.write_text(file.read_text() + CONFIG)


async def explain(house: House, *questions: Explain) -> tuple[Explained, ...]:
    return (await house.list("explain", explain=questions)).explain


CHOICES = [
    {},
    {"model": "sonnet"},
    {"preset": "cheap"},
    {"model": "sonnet", "preset": "cheap", "step_models": {"1": "haiku"}},
    {"model": {"model": "opus", "effort": "high"}},
    {"preset": "cheep"},
    {"step_models": {"7": "haiku"}},
    {"model": "opsu"},
    {"attachments": (Attachment("/tmp/x.png", "image"),), "model": "haiku"},
]


@pytest.mark.parametrize("fields", CHOICES, ids=str)
@pytest.mark.parametrize("workflow", ["three", "gated"])
async def test_the_explained_plan_is_that_of_a_dry_run(house: House, workflow: str, fields: dict[str, object]) -> None:
    (found,) = await explain(house, Explain(workflow=workflow, **fields))  # type: ignore[arg-type]
    request = StartWorkflow(workflow, project=str(house.project), dry_run=True, **fields)  # type: ignore[arg-type]
    assert found.run == (await house.executor.verbs.start(request)).run
    assert [rows.index for rows in found.trace] == [step.index for step in found.run.steps]
    page = await house.list("trace", requests=(request,))
    assert found.trace == page.trace


async def test_one_stage_is_a_step_of_that_plan(house: House) -> None:
    whole, one = await explain(house, Explain("three"), Explain("three", stage="implement"))
    assert one.run.steps == whole.run.steps[1:2]
    assert one.trace == whole.trace[1:2]
    assert [row.number for row in one.trace[0].rows][:14] == list(range(1, 15))


async def test_a_stage_may_be_asked_for_by_its_twin(house: House) -> None:
    whole, one = await explain(house, Explain("gated"), Explain("gated", stage="implement"))
    assert whole.run.steps[2].stage == "build"
    assert one.run.steps == whole.run.steps[2:]


async def test_another_worker_stands_in_for_those_of_the_stages(house: House) -> None:
    (found,) = await explain(house, Explain("gated", worker="slow"))
    assert [step.agent for step in found.run.steps] == ["slow", None, "slow"]


async def test_a_worker_alone_is_a_task_of_one_step(house: House) -> None:
    (found,) = await explain(house, Explain(worker="slow", model="node:docs", effort=None))
    (step,) = found.run.steps
    assert (found.run.kind, found.run.workflow, step.agent, step.tier) == ("worker", "slow", "slow", "message override")
    assert len(found.trace[0].rows[0].candidates) > 1


async def test_a_stage_outside_any_workflow_reads_the_tables(house: House) -> None:
    spec = SpecChoices(type="feature", stage_models={})
    (found,) = await explain(house, Explain(stage="review", spec=spec, worker="slow"))
    (step,) = found.run.steps
    assert (step.asked, step.tier, step.agent) == ("sonnet", "stage table", "slow")


async def test_a_spec_brings_its_preferences(house: House) -> None:
    spec = SpecChoices(type="feature", stage_models={"plan": "haiku", "build": "sonnet"})
    (found,) = await explain(house, Explain("three", spec=spec))
    assert [(step.asked, step.tier) for step in found.run.steps] == [
        ("haiku", "stage preference"),
        ("sonnet", "stage preference"),
        ("sonnet", "stage table"),
    ]


async def test_with_a_spec_a_model_is_an_override_of_every_step(house: House) -> None:
    spec = SpecChoices(type="feature", stage_models={"plan": "haiku"})
    (found,) = await explain(house, Explain("three", spec=spec, model="opus", step_models={"2": "haiku"}))
    assert [(step.asked, step.tier) for step in found.run.steps] == [
        ("opus", "step override"),
        ("opus", "step override"),
        ("haiku", "step override"),
    ]


async def test_a_choice_by_stage_is_an_override_of_its_steps(house: House) -> None:
    before, after = await explain(
        house,
        Explain("three"),
        Explain("three", stages={"review": "haiku", "plan": "sonnet"}, step_models={"0": "opus"}),
    )
    assert [step.asked for step in after.run.steps] == ["opus", before.run.steps[1].asked, "haiku"]
    assert [step.tier for step in after.run.steps][::2] == ["step override", "step override"]


async def test_a_picture_asks_for_vision(house: House) -> None:
    (found,) = await explain(house, Explain(worker="slow", attachments=(Attachment("/tmp/x.png", "image"),)))
    assert found.run.attachments
    assert found.run.steps[0].sent is not None


async def test_nothing_is_stored(house: House) -> None:
    await explain(house, Explain("three"), Explain(worker="slow"))
    assert (await house.list("runs")).tasks == ()


async def test_an_untrusted_folder_is_answered_too(house: House) -> None:
    (house.project / ".modeldeck.yaml").write_text("workflows: {theirs: {stages: [{name: plan, profile: quick}]}}\n")
    (found,) = await explain(house, Explain("theirs"))
    (step,) = found.run.steps
    assert step.stage == "plan"
    assert step.error is not None
    assert step.error.code == "untrusted"


BAD = [
    (Explain("thre"), "Unknown workflow", "three"),
    (Explain("three", stage="reveiw"), "Unknown stage", "review"),
    (Explain("three", stages={"reveiw": "haiku"}), "Unknown stage", "review"),
    (Explain(worker="slwo"), "Unknown profile", "slow"),
    (Explain("three", worker="slwo"), "Unknown profile", "slow"),
    (Explain(worker="slow", spec=SpecChoices(type="bug")), "spec says something of a workflow's stages", None),
    (Explain(worker="slow", stages={"plan": "haiku"}), "stages says something", None),
    (Explain(worker="slow", step_models={"0": "haiku"}), "step_models says something", None),
    (Explain("three", stage="\x1b[31mred\n"), "Unknown stage 'red'", None),
    (Explain("x" * 10_000), "Unknown workflow", None),
]


@pytest.mark.parametrize(("question", "says", "near"), BAD, ids=range(len(BAD)))
async def test_a_wrong_question_gets_a_sentence(house: House, question: Explain, says: str, near: str | None) -> None:
    with pytest.raises(RequestError, match=says) as error:
        await explain(house, question)
    assert near is None or near in error.value.suggestions
    assert len(str(error.value)) < 400


async def test_no_question_is_told(house: House) -> None:
    with pytest.raises(RequestError, match="put them into explain"):
        await explain(house)
