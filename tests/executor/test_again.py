"""Retrying with another model: what is chosen for single steps, what stays, and what the new run says of it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.executor.conftest import CONFIG, House
from tui.config.codec import read_request, write
from tui.core.errors import ConflictError, ModeldeckError, RequestError, ResolutionError
from tui.core.resolution import Attachment
from tui.core.run import Run, RunStatus, Step, StepStatus
from tui.core.run_verbs import ResolveAgain, Retry
from tui.core.spec_verbs import CreateSpec, StartSpec, UpdateSpec
from tui.core.verbs import Started

FLOWS = """
  falls:
    specs: [feature]
    stages:
      - {name: plan, profile: quick, model: opus}
      - {name: build, profile: fails, model: opus}
      - {name: review, profile: quick, model: sonnet}
  gate: {stages: [{name: plan, profile: fails}, {name: ok, type: approval}, {name: build, profile: quick}]}
"""


@pytest.fixture(autouse=True)
def flows(house: House) -> None:
    house.locations.config_file.write_text(CONFIG + FLOWS)


async def ask(house: House, request: Any) -> Started:
    return await house.executor.verbs.start(read_request(type(request), write(request)))


async def retried(house: House, request: Any) -> Run:
    started = await ask(house, request)
    assert started.task_id is not None
    return await house.ended(started.task_id)


def configure(house: House, old: str, new: str) -> None:
    config = house.locations.config_file
    assert old in config.read_text()
    config.write_text(config.read_text().replace(old, new))


async def test_a_retry_with_another_model_changes_that_step_alone_and_says_what_it_had(house: House) -> None:
    before = await house.run("falls")
    configure(house, "name: review, profile: quick, model: sonnet", "name: review, profile: quick, model: haiku")
    request = Retry(before.task_id or "", step_models={"1": "haiku"})
    shown = await ask(house, Retry(before.task_id or "", step_models={"1": "haiku"}, dry_run=True))
    assert (shown.task_id, shown.before) == (None, before)
    run = await retried(house, request)

    assert shown.run is not None
    assert [(step.sent, step.reason) for step in shown.run.steps] == [(step.sent, step.reason) for step in run.steps]
    assert run.steps[0] == before.steps[0]
    changed = run.steps[1]
    assert (changed.asked, changed.tier, changed.status) == ("haiku", "step override", "failed")
    assert changed.reason == (f"step override (1): haiku -> anthropic/claude-haiku-5-5; before: {before.steps[1].sent}")
    assert (run.steps[2].sent, run.steps[2].reason) == (before.steps[2].sent, before.steps[2].reason)
    assert run.choices.step_models == {"1": "haiku"}
    traces = house.executor.journal.trace(run.task_id or "")
    old = house.executor.journal.trace(before.task_id or "")
    assert [rows.index for rows in traces] == [0, 1, 2]
    assert (traces[0], traces[2]) == (old[0], old[2])
    assert any(row.tier == "step override" and row.said == "haiku" for row in traces[1].rows)
    assert len(house.executor.journal.live_runs()) == 0


async def test_an_effort_alone_keeps_the_stored_model(house: House) -> None:
    before = await house.run("falls")
    configure(house, "name: build, profile: fails, model: opus", "name: build, profile: fails, model: haiku")
    run = await retried(house, Retry(before.task_id or "", step_models={"1": {"effort": "high"}}))
    assert (run.steps[1].sent, run.steps[1].effort) == (before.steps[1].sent, "high")
    assert (run.steps[1].reason or "").endswith(f"; before: {before.steps[1].sent}")
    assert run.steps[2].effort is None


async def test_a_second_retry_does_not_repeat_what_the_first_one_changed(house: House) -> None:
    before = await house.run("falls")
    first = await retried(house, Retry(before.task_id or "", step_models={"1": "haiku"}))
    second = await retried(house, Retry(first.task_id or ""))
    assert "before" in (first.steps[1].reason or "")
    assert second.steps[1].sent == first.steps[1].sent
    assert second.steps[1].reason == "step override (1): haiku -> anthropic/claude-haiku-5-5"


async def test_a_blank_entry_picks_nothing(house: House) -> None:
    before = await house.run("falls")
    run = await retried(house, Retry(before.task_id or "", step_models={"1": " ", "2": None}))
    assert [step.reason for step in run.steps] == [step.reason for step in before.steps]


@pytest.mark.parametrize("kind", [Retry, ResolveAgain])
@pytest.mark.parametrize(
    ("step_models", "error", "says"),
    [
        ({"0": "haiku"}, RequestError, r"step 1 \(plan\) is done and stays as it is; .* step 2 \(build\), step 3 "),
        ({"3": "haiku"}, RequestError, "'3'; a key is the index of a step, from 0 to 2"),
        ({"build": "haiku"}, RequestError, "'build'; a key is the index"),
        ({"-1": "haiku"}, RequestError, "'-1'; a key is the index"),
        ({"1": "no-such-model"}, ResolutionError, r"step 2 \(build\): .*no-such-model"),
        ({"1": ["haiku"]}, ResolutionError, r"step 2 \(build\): "),
        ({"1": "haiku", "01": "opus"}, RequestError, r"names step 2 \(build\) twice"),
    ],
)  # fmt: skip
async def test_a_wrong_choice_starts_nothing(
    house: House, kind: Any, step_models: dict[str, Any], error: type[ModeldeckError], says: str
) -> None:
    before = await house.run("falls")
    with pytest.raises(error, match=says):
        await ask(house, kind(before.task_id or "", step_models=step_models))
    assert [run.task_id for run in (await house.list("runs")).tasks] == [before.task_id]


async def test_a_gate_has_no_model_to_choose(house: House) -> None:
    before = await house.run("gate")
    with pytest.raises(RequestError, match=r"step 2 \(ok\) is an approval gate and has no model; .* step 1 \(plan\), "):
        await ask(house, Retry(before.task_id or "", step_models={"1": "haiku"}))


async def test_a_run_that_succeeded_has_no_step_to_choose_for(house: House) -> None:
    before = await house.run("three")
    with pytest.raises(ConflictError, match="nothing is left"):
        await ask(house, Retry(before.task_id or "", step_models={"1": "haiku"}))


async def test_choosing_again_keeps_earlier_choices_and_the_trace_of_what_is_done(house: House) -> None:
    before = await house.run("falls", step_models={"0": "sonnet", "2": "opus"})
    configure(house, "name: plan, profile: quick, model: opus", "name: plan, profile: quick, model: haiku")
    run = await retried(house, ResolveAgain(before.task_id or "", step_models={"1": "haiku"}))
    assert [(step.asked, step.tier) for step in run.steps] == [
        ("sonnet", "step override"),
        ("haiku", "step override"),
        ("opus", "step override"),
    ]
    assert run.choices.step_models == {"0": "sonnet", "1": "haiku", "2": "opus"}
    assert "before" not in (run.steps[2].reason or "")
    kept, old = (house.executor.journal.trace(one.task_id or "", 0) for one in (run, before))
    assert kept == old, "what is done was chosen then, not now"


async def test_a_workflow_with_other_steps_takes_no_choice_but_a_plain_retry(house: House) -> None:
    before = await house.run("falls")
    configure(house, "{name: review, profile: quick, model: sonnet}", "{name: check, profile: quick}")
    with pytest.raises(ConflictError, match=r"'falls', has other steps now.*; start a new run"):
        await ask(house, Retry(before.task_id or "", step_models={"1": "haiku"}))
    run = await retried(house, Retry(before.task_id or ""))
    assert [step.stage for step in run.steps] == ["plan", "build", "review"]


async def test_a_spec_is_retried_with_the_files_that_the_run_had(house: House, tmp_path: Path) -> None:
    picture = tmp_path / "screen.png"
    picture.write_bytes(b"png")
    created = await ask(house, CreateSpec("feature", "A discount", project=str(house.project), fill=False))
    assert created.spec is not None
    before = await retried(house, StartSpec(created.spec.id))
    assert before.status is RunStatus.FAILED
    files = (Attachment(str(picture), "image"),)
    await ask(house, UpdateSpec(created.spec.id, created.spec.version, attachments=files))
    run = await retried(house, Retry(before.task_id or "", step_models={"1": "haiku"}))
    assert run.attachments == ()
    assert run.steps[1].warnings == before.steps[1].warnings
    assert (run.steps[1].tier, run.steps[1].status) == ("step override", StepStatus.FAILED)
    assert run.kind == "spec"


@pytest.mark.parametrize(("stage", "says"), [("plan", "step 3 (plan)"), ("step 3", "step 3")])
def test_steps_are_counted_from_one_in_sentences(stage: str, says: str) -> None:
    assert Step(2, stage).numbered == says
