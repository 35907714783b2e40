"""Whether a run can start: the plan, the dry run and the start say the same, before anything runs."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from functools import cache
from pathlib import Path

import pytest

from tests.executor.conftest import CONFIG, LIMIT, House
from tui.agents.base import find_in_path
from tui.core.config_verbs import UpdateWorkflow
from tui.core.errors import MachineError
from tui.core.items import Explain
from tui.core.run import Run, RunStatus, StepStatus
from tui.core.run_verbs import Approve, ResolveAgain, Retry
from tui.core.spec_verbs import CreateSpec, StartSpec
from tui.core.verbs import List, SetEnvironment, Start, StartWorkflow
from tui.executor.readiness import Readiness

OWN = CONFIG.replace(
    "  anthropic: {kind: list}\n",
    "  anthropic: {kind: list}\n  shop: {kind: anthropic, base_url: 'http://127.0.0.1:9', api_key_env: SHOP_KEY, "
    "models: [{id: shop-1}]}\n",
).replace(
    "agents:\n",
    "agents:\n"
    "  ghost: {kind: claude, command: [no-such-agent-here]}\n"
    "  there: {kind: claude, command: [/bin/sh, -c, 'exit 7'], providers: [shop]}\n"
    "  tokened: {kind: rehearsal, rehearsal: {seconds: 0.1}, env: {TOKEN: $SHOP_TOKEN}}\n"
    "  codex: {kind: codex}\n",
)
OWN = OWN.replace(
    "profiles:\n",
    "profiles:\n  ghost: {agent: ghost}\n  there: {agent: there, model: shop/shop-1}\n  tokened: {agent: tokened}\n"
    "  codex: {agent: codex, model: agent-default}\n",
).replace(
    "workflows:\n",
    "workflows:\n"
    "  ghost: {specs: [chore], stages: [{name: plan, profile: quick}, {name: ok, type: approval}, "
    "{name: build, profile: quick, substeps: [{name: look}, {name: change}]}, {name: review, profile: ghost}]}\n"
    "  parts: {stages: [{name: plan, profile: ghost, substeps: [{name: look}, {name: change}]}]}\n"
    "  keyless: {stages: [{name: plan, profile: quick}, {name: build, profile: there}]}\n"
    "  tokened: {stages: [{name: plan, profile: tokened}]}\n"
    "  codex: {stages: [{name: plan, profile: codex}]}\n",
)
GHOST = 'Agent "ghost": the command "no-such-agent-here" was not found; install it'
KEY = 'Agent "there" needs the variable SHOP_KEY (providers.shop.api_key_env), and it is not set'


@pytest.fixture
def shop(house: House) -> House:
    house.locations.config_file.write_text(OWN)
    return house


async def planned(house: House, workflow: str) -> Run:
    project = str(house.project)
    page = await house.list("plan", requests=(StartWorkflow(workflow, project=project),))
    started = await house.executor.verbs.start(StartWorkflow(workflow, project=project, dry_run=True))
    assert started.run is not None
    assert [step.obstacles for step in page.plan[0].steps] == [step.obstacles for step in started.run.steps]
    return started.run


async def refused(house: House, request: Start) -> str:
    before = len((await house.list("runs")).tasks)
    with pytest.raises(MachineError) as caught:
        await house.executor.verbs.start(request)
    assert len((await house.list("runs")).tasks) == before
    return caught.value.message


@pytest.mark.parametrize(
    ("workflow", "at", "sentence"),
    [
        ("ghost", [4], GHOST),
        ("parts", [0, 1], GHOST),
        ("keyless", [1], KEY),
        ("tokened", [0], 'Agent "tokened" needs the variable SHOP_TOKEN (agents.tokened.env.TOKEN)'),
        ("codex", [0], 'Agents of kind "codex" can\'t run a step yet'),
    ],
)
async def test_the_plan_says_what_the_start_says(shop: House, workflow: str, at: list[int], sentence: str) -> None:
    plan = await planned(shop, workflow)
    assert [step.index for step in plan.steps if step.obstacles] == at
    assert plan.steps[at[0]].obstacles[0].message.startswith(sentence)
    message = await refused(shop, StartWorkflow(workflow, project=str(shop.project)))
    names = ", ".join(f"step {index + 1} ({plan.steps[index].name})" for index in at)
    assert message.startswith(f"{names}: {sentence}")
    assert message.endswith("Nothing was started"), "how to start anyway is for the client to say"


async def test_what_can_start_has_no_obstacles(shop: House) -> None:
    assert not any(step.obstacles for step in (await planned(shop, "gated")).steps)
    assert (await shop.run("one")).status is RunStatus.SUCCEEDED


@pytest.mark.parametrize(("workflow", "at", "sentence"), [("keyless", 1, KEY), ("codex", 0, "Agents of kind")])
async def test_started_anyway_it_fails_at_that_step_with_the_same_sentence(
    shop: House, workflow: str, at: int, sentence: str
) -> None:
    foreseen = (await planned(shop, workflow)).steps[at].obstacles[0].message
    run = await shop.run(workflow, start_anyway=True)
    assert run.status is RunStatus.FAILED
    assert [step.status for step in run.steps[:at]] == [StepStatus.SUCCEEDED] * at
    error = run.steps[at].error
    assert error is not None
    assert error.message == foreseen
    assert foreseen.startswith(sentence)


async def test_a_gate_comes_before_the_step_that_fails(shop: House) -> None:
    task_id = await shop.start("ghost", start_anyway=True)
    await shop.until(task_id, lambda run: run.status is RunStatus.WAITING_APPROVAL)
    await shop.executor.verbs.start(Approve(task_id))
    run = await shop.ended(task_id)
    assert run.status is RunStatus.FAILED
    assert run.steps[4].error is not None
    assert run.steps[4].error.message.startswith(GHOST)


async def test_what_was_mended_before_its_turn_runs(shop: House, tmp_path: Path) -> None:
    task_id = await shop.start("ghost", start_anyway=True)
    await shop.until(task_id, lambda run: run.status is RunStatus.WAITING_APPROVAL)
    agent = tmp_path / "agent"
    agent.write_text("#!/bin/sh\nexit 7\n")
    agent.chmod(0o755)
    shop.locations.config_file.write_text(OWN.replace("[no-such-agent-here]", f"[{agent}]"))
    await shop.executor.verbs.start(Approve(task_id))
    run = await shop.ended(task_id)
    assert run.steps[4].attempt is not None
    assert run.steps[4].error is not None
    assert "no-such-agent-here" not in run.steps[4].error.message


async def test_a_key_that_comes_later_is_announced_and_seen_by_the_next_plan(shop: House) -> None:
    assert (await planned(shop, "keyless")).steps[1].obstacles
    news = asyncio.ensure_future(anext(shop.executor.feed.events(None)))  # type: ignore[arg-type]
    await asyncio.sleep(0)  # it listens
    await shop.executor.verbs.start(SetEnvironment(values={"SHOP_KEY": "secret"}))
    assert (await asyncio.wait_for(news, LIMIT)).type == "settings"
    assert not any(step.obstacles for step in (await planned(shop, "keyless")).steps)


async def test_retries_ask_the_same(shop: House) -> None:
    task_id = (await shop.run("keyless", start_anyway=True)).task_id
    assert task_id is not None
    assert KEY in await refused(shop, Retry(task_id))
    assert KEY in await refused(shop, ResolveAgain(task_id))
    looked = await shop.executor.verbs.start(ResolveAgain(task_id, dry_run=True))
    assert looked.run is not None
    assert [bool(step.obstacles) for step in looked.run.steps] == [False, True]
    again = await shop.executor.verbs.start(Retry(task_id, start_anyway=True))
    assert (await shop.ended(again.task_id or "")).status is RunStatus.FAILED
    await shop.executor.verbs.start(SetEnvironment(values={"SHOP_KEY": "secret"}))
    mended = await shop.executor.verbs.start(Retry(task_id))
    run = await shop.ended(mended.task_id or "")
    assert run.steps[1].attempt is not None
    assert run.steps[1].obstacles == ()


async def test_a_spec_asks_the_same(shop: House) -> None:
    project = str(shop.project)
    created = await shop.executor.verbs.start(CreateSpec("chore", "Tidy", project=project, workflow="ghost"))
    assert created.spec is not None
    request = StartSpec(created.spec.id, project=project)
    page = await shop.executor.verbs.list(List("plan", project=project, specs=(request,)))
    assert page.plan[0].steps[-1].obstacles[0].message.startswith(GHOST)
    assert GHOST in await refused(shop, request)
    assert (await shop.executor.verbs.start(replace(request, start_anyway=True))).task_id is not None


@pytest.mark.parametrize(
    ("asked", "blocked"),
    [
        (Explain("ghost"), [False, False, False, False, True]),
        (Explain("ghost", stage="review"), [True]),
        (Explain("ghost", stage="plan"), [False]),
        (Explain(worker="there"), [True]),
        (Explain(stage="review", worker="ghost"), [True]),
    ],
)
async def test_an_explanation_says_it_too(shop: House, asked: Explain, blocked: list[bool]) -> None:
    (found,) = (await shop.list("explain", explain=(replace(asked, project=str(shop.project)),))).explain
    assert [bool(step.obstacles) for step in found.run.steps] == blocked


async def test_a_spec_being_written_says_it_at_the_stage(shop: House) -> None:
    request = CreateSpec("chore", "Tidy", project=str(shop.project), workflow="ghost", dry_run=True)
    stages = (await shop.executor.verbs.start(request)).stages
    assert [stage.name for stage in stages if stage.refusal] == ["review"]
    assert next(stage.refusal or "" for stage in stages if stage.refusal).startswith(GHOST)
    parts = (await shop.executor.verbs.start(replace(request, workflow="parts"))).stages
    assert [stage.name for stage in parts if stage.refusal] == ["plan"]
    fewer = (await shop.executor.verbs.start(replace(request, stages=("plan",)))).stages
    assert not any(stage.refusal for stage in fewer), "a stage that is off can't stand in the way"


async def test_defaults_being_edited_say_it_before_they_are_saved(shop: House) -> None:
    for workflow, blocked in (("ghost", [4]), ("parts", [0, 1]), ("keyless", [1])):
        run = (await shop.executor.verbs.start(UpdateWorkflow(workflow, dry_run=True))).run
        assert run is not None
        assert [step.index for step in run.steps if step.obstacles] == blocked


async def test_obstacles_are_in_the_journal_and_hold_no_value(shop: House) -> None:
    await shop.executor.verbs.start(SetEnvironment(values={"SHOP_TOKEN": "secret-value"}))
    run = await shop.run("keyless", start_anyway=True)
    assert run.steps[1].obstacles[0].message.startswith(KEY)
    assert "secret-value" not in repr(run)


async def test_one_request_looks_for_each_program_once(shop: House) -> None:
    looked: list[str] = []

    def find(program: str, path: str) -> str | None:
        looked.append(program)
        return find_in_path(program, path)

    ready = Readiness({}, shop.executor.verbs.views.user_env, cache(find))
    project = shop.executor.projects.of(str(shop.project))
    for _ in range(50):
        for name in ("ghost", "parts", "keyless"):
            run = (await shop.list("plan", requests=(StartWorkflow(name),))).plan[0]
            ready.checked(run, project)
    assert sorted(looked) == ["/bin/sh", "no-such-agent-here"]
