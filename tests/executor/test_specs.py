"""Specs from their writing to their runs, through the verbs, with real child processes."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest

from tests.executor.conftest import CONFIG, LIMIT, House
from tui.config.codec import read_request, write
from tui.config.trust import TrustStore
from tui.core.errors import ConflictError, ModeldeckError, NotFoundError, RequestError, ResolutionError, UntrustedError
from tui.core.run import RunStatus
from tui.core.spec import Spec
from tui.core.spec_verbs import CreateSpec, DeleteSpec, ImportSpecs, SpecItem, StartSpec, UpdateSpec
from tui.core.verbs import List, Started

MORE = """
command_models: {/patch: {base: sonnet, heavy: opus}}
presets: {economy: {plan: haiku, implement: sonnet}}
"""
FLOWS = """
  ticket:
    specs: [feature, bug, story]
    stages:
      - {name: plan, profile: quick, model: opus}
      - {name: ok, type: approval}
      - {name: build, profile: quick}
      - {name: review, profile: quick}
  quick-bug: {specs: [bug], stages: [{name: fix, profile: quick}]}
  patches: {specs: [patch], stages: [{name: fix, profile: quick, model: opus, command: /patch}]}
"""


@pytest.fixture
def specs(house: House) -> Person:
    house.locations.config_file.write_text(MORE + CONFIG + FLOWS)
    house.has_command("patch", "Patch it")
    return Person(house)


class Person:
    """Somebody who writes specs, as a client would: through the wire's types."""

    def __init__(self, house: House) -> None:
        self.house = house

    async def ask(self, request: Any) -> Started:
        whole = read_request(type(request), write(request))
        return await self.house.executor.verbs.start(whole)

    async def create(self, kind: Any = "feature", title: str = "A discount", **fields: Any) -> Spec:
        fields = {"project": str(self.house.project), **fields}
        spec = (await self.ask(CreateSpec(kind, title, **fields))).spec
        assert spec is not None
        return spec

    async def update(self, spec: Spec, **fields: Any) -> Spec:
        changed = (await self.ask(UpdateSpec(spec.id, spec.version, **fields))).spec
        assert changed == self.house.executor.journal.spec(spec.id)
        assert changed is not None
        return changed

    async def list(self, **fields: Any) -> tuple[SpecItem, ...]:
        page = await self.house.executor.verbs.list(List("specs", **fields))
        assert read_request(type(page), write(page)) == page
        return page.specs

    async def run(self, spec: Spec, **fields: Any) -> Any:
        started = await self.ask(StartSpec(spec.id, **fields))
        assert started.task_id is not None
        return await self.house.ended(started.task_id)


async def test_a_new_spec_is_stored_with_what_would_run(specs: Person) -> None:
    spec = await specs.create(text="Ten percent")
    assert spec.workflow == "ticket"
    assert spec.stage_models == {
        "plan": "opus",
        "build": "opus",
        "review": "sonnet",
        "test": "sonnet",
        "document": "sonnet",
        "clarify": "haiku",
        "merge": "haiku",
    }
    assert (spec.model_set, spec.version, spec.project) == ("heavy", 1, str(specs.house.project))
    assert (await specs.create("story", "Part", parent=spec.id)).model_set == "base"
    assert (await specs.list(ids=(spec.id,)))[0].stories == 1


async def test_choices_are_laid_one_over_the_other(specs: Person) -> None:
    spec = await specs.create(
        every_stage="haiku",
        preset="economy",
        stage_models={"Review": {"model": "opus", "effort": "high"}, "document": None},
        stage_efforts={"plan": "low"},
        fill=False,
    )
    assert spec.stage_models == {
        "plan": {"model": "haiku", "effort": "low"},
        "build": "sonnet",
        "review": {"model": "opus", "effort": "high"},
        "test": "haiku",
        "clarify": "haiku",
        "merge": "haiku",
    }


@pytest.mark.parametrize(("stage_models", "stored"), [(None, None), ({}, {})], ids=["no_map", "empty_map"])
async def test_no_map_and_an_empty_map_are_stored_as_such(specs: Person, stage_models: Any, stored: Any) -> None:
    spec = await specs.create(stage_models=stage_models, fill=False)
    assert spec.stage_models == stored
    (item,) = await specs.list()
    assert item.has_preferences is (stored is not None)


REFUSED = [
    ({"stage_models": {"plan": "opsu"}}, ResolutionError, 'plan: Model "opsu" not found', "stage_models"),
    ({"stage_models": {"plam": "opus"}}, RequestError, "Unknown stage 'plam'; there is plan, build", "stage_models"),
    ({"stage_models": {"build": "opus", "implement": "opus"}}, RequestError, "the stage 'build' twice", "stage_models"),
    ({"stage_models": {"plan": 7}}, ResolutionError, "A model is named by a text, not by 7", "stage_models"),
    ({"every_stage": "node:frobnicate"}, ResolutionError, "frobnicate", "stage_models"),
    ({"preset": "econmy"}, RequestError, "Unknown preset 'econmy'; there is economy", "preset"),
    ({"stages": ("plam",)}, RequestError, "Unknown stage 'plam'", "stages"),
    ({"stages": ("test",)}, RequestError, "Nothing would run", "stages"),
    ({"workflow": "tickt"}, RequestError, "Unknown workflow 'tickt'; there is ticket", "workflow"),
    ({"workflow": "quick-bug"}, RequestError, "serves bug; a feature is served by ticket", "workflow"),
    ({"kind": "bug"}, RequestError, "Several workflows serve a bug: ticket, quick-bug; choose one", "workflow"),
    ({"model_set": "hevy"}, RequestError, "Unknown model set 'hevy'; there is base, heavy", "model_set"),
    ({"title": " "}, RequestError, "needs a title", "title"),
    ({"parent": "s_9"}, NotFoundError, "There is no spec 's_9'", None),
]  # fmt: skip


@pytest.mark.parametrize(("fields", "kind", "sentence", "field"), REFUSED, ids=range(len(REFUSED)))
async def test_a_bad_entry_is_refused_with_what_would_do(
    specs: Person, fields: dict[str, Any], kind: type[ModeldeckError], sentence: str, field: str | None
) -> None:
    with pytest.raises(kind) as refused:
        await specs.create(**fields)
    assert sentence in refused.value.message
    assert field is None or refused.value.field == field
    assert await specs.list() == ()


async def test_a_dry_run_shows_what_would_be_stored_and_stores_nothing(specs: Person) -> None:
    shown = await specs.create(dry_run=True)
    assert (shown.id, shown.workflow) == ("", "ticket")
    assert await specs.list() == ()
    spec = await specs.create()
    (changed,) = [(await specs.ask(UpdateSpec(spec.id, 1, title="B", dry_run=True))).spec]
    assert changed is not None
    assert changed.title == "B"
    assert specs.house.executor.journal.spec(spec.id) == spec


async def test_a_dry_run_answers_the_stages_as_a_form_shows_them(specs: Person) -> None:
    shown = await specs.ask(
        CreateSpec("feature", "A", project=str(specs.house.project), stages=("plan",), dry_run=True)
    )
    assert [(one.name, one.selected, one.model, one.runs) for one in shown.stages[:3]] == [
        ("plan", True, "opus", True),
        ("build", False, "opus", True),
        ("review", False, "sonnet", True),
    ]


@pytest.mark.parametrize(
    ("stages", "waits"), [(None, True), (("plan", "build"), True), (("build",), False), (("build", "ok"), True)]
)
async def test_a_gate_is_shown_as_it_will_wait(specs: Person, stages: Any, waits: bool) -> None:
    spec = await specs.create(stages=stages)
    shown = (await specs.ask(UpdateSpec(spec.id, spec.version, dry_run=True))).stages
    assert next(one.selected for one in shown if one.name == "ok") is waits
    planned = (await specs.ask(StartSpec(spec.id, dry_run=True))).run
    assert planned is not None
    assert any(step.type == "approval" for step in planned.steps) is waits


async def test_what_many_specs_would_run_is_asked_in_one_call(specs: Person) -> None:
    spec, todo = await specs.create(), await specs.create("todo", "Later")
    request = List("plan", specs=(StartSpec(spec.id), StartSpec(todo.id), StartSpec("s_none")))
    page = await specs.house.executor.verbs.list(read_request(List, write(request)))
    first, refused, unknown = page.plan
    assert (first.spec_id, first.steps[0].asked) == (spec.id, "opus")
    assert refused.error is not None
    assert "No workflow serves a todo" in refused.error.message
    assert unknown.error is not None
    assert "There is no spec 's_none'" in unknown.error.message


async def test_runs_are_found_by_state_verdict_and_model(specs: Person) -> None:
    spec = await specs.create("bug", "Wrong total", workflow="quick-bug")
    run = await specs.run(spec)
    step = run.steps[0]

    async def found(**fields: Any) -> list[str | None]:
        request = read_request(List, write(List("runs", **fields)))
        return [one.task_id for one in (await specs.house.executor.verbs.list(request)).tasks]

    assert await found(ids=(run.task_id,)) == [run.task_id]
    assert await found(ids=("r_none",)) == []
    wanted = {"status": (run.status,), "verdict": step.verdict, "models": (step.sent,), "workflow": "quick-bug"}
    assert await found(**wanted) == [run.task_id]
    assert await found(models=("nobody/none",)) == []
    with pytest.raises(RequestError, match="at most 50 models"):
        await found(models=("a/b",) * 51)


async def test_an_edit_changes_what_it_names_and_nothing_else(specs: Person) -> None:
    spec = await specs.create(stage_models={"plan": "haiku"}, fill=False, stages=("plan", "implement"))
    assert spec.stages == ("plan", "build")
    named = await specs.update(spec, title="Another", stage_models={"review": "sonnet"})
    assert (named.title, named.version) == ("Another", 2)
    assert named.stage_models == {"plan": "haiku", "review": "sonnet"}
    chosen = await specs.update(named, stages=("all",), stage_efforts={"plan": "high"})
    assert (chosen.stages, chosen.stage_models) == (
        None,
        {"plan": {"model": "haiku", "effort": "high"}, "review": "sonnet"},
    )
    taken = await specs.update(chosen, stage_models={"plan": None}, workflow="quick-bug", type="bug")
    assert (taken.stage_models, taken.workflow) == ({"review": "sonnet"}, "quick-bug")


@pytest.mark.parametrize(("reset", "stored"), [("empty", {}), ("none", None), ("filled", "opus")])
async def test_preferences_are_reset_on_purpose(specs: Person, reset: Any, stored: Any) -> None:
    spec = await specs.create(stage_models={"plan": "haiku"})
    changed = await specs.update(spec, reset=reset)
    models = changed.stage_models
    assert (models["plan"] if isinstance(models, dict) and models else models) == stored


async def test_the_second_writer_is_told_sees_both_and_loses_nothing(specs: Person) -> None:
    spec = await specs.create()
    outcomes = await asyncio.gather(
        specs.ask(UpdateSpec(spec.id, 1, title="Mine")),
        specs.ask(UpdateSpec(spec.id, 1, title="Theirs")),
        return_exceptions=True,
    )
    written = [one for one in outcomes if isinstance(one, Started)]
    (told,) = [one for one in outcomes if isinstance(one, ConflictError)]
    assert len(written) == 1
    assert written[0].spec is not None
    assert told.stored is not None
    assert told.stored["title"] == written[0].spec.title
    with pytest.raises(ConflictError, match="you saw version 1, stored is version 2"):
        await specs.ask(DeleteSpec(spec.id, 1))
    await specs.ask(DeleteSpec(spec.id, 2))
    with pytest.raises(NotFoundError):
        await specs.ask(UpdateSpec(spec.id, 2, title="Again"))


async def test_every_change_reaches_those_who_listen(specs: Person) -> None:
    spec = await specs.create()
    await specs.update(spec, title="B")
    await specs.ask(DeleteSpec(spec.id, 2))
    other = await specs.create(title="C")
    seen = []
    async with asyncio.timeout(LIMIT):
        async for event in specs.house.executor.feed.events(0):
            seen.append((event.type, event.spec_id, event.spec.title if event.spec else None))
            if event.spec_id == other.id:
                break
    assert seen == [("spec", spec.id, None)] * 3 + [("spec", other.id, "C")]


# --- runs -------------------------------------------------------------------------------------------------------------


async def test_a_run_of_a_spec_takes_its_stages_with_its_preferences(specs: Person) -> None:
    spec = await specs.create(stage_models={"implement": "haiku"}, stages=("implement", "review"), text="Ten percent")
    run = await specs.run(spec)
    assert (run.status, run.kind, run.spec_id, run.title) == (RunStatus.SUCCEEDED, "spec", spec.id, "A discount")
    assert run.input == "A discount\n\nTen percent"
    assert [(step.index, step.stage, step.asked, step.tier) for step in run.steps] == [
        (0, "build", "haiku", "stage preference"),
        (1, "review", "sonnet", "stage preference"),
    ]
    (item,) = await specs.list()
    assert (item.status, item.task_id, item.verdict) == ("succeeded", run.task_id, "unproven")
    assert specs.house.executor.journal.trace(run.task_id)[0].stage == "build"


async def test_what_is_chosen_for_a_run_is_for_that_run_and_says_what_it_replaces(specs: Person) -> None:
    spec = await specs.create(stages=("plan", "implement"))
    planned = await specs.ask(StartSpec(spec.id, model="haiku", step_models={"2": "sonnet"}, dry_run=True))
    assert planned.note == "2 stored preferences are replaced for this run: plan, build"
    assert planned.run is not None
    assert [(step.type, step.asked, step.tier) for step in planned.run.steps] == [
        ("agent", "haiku", "step override"),
        ("approval", None, "agent default"),
        ("agent", "sonnet", "step override"),
    ]
    preset = await specs.ask(StartSpec(spec.id, preset="economy", dry_run=True))
    assert preset.note == planned.note
    assert (await specs.ask(StartSpec(spec.id, dry_run=True))).note is None
    assert specs.house.executor.journal.spec(spec.id) == spec
    with pytest.raises(ResolutionError, match="the workflow has 3 steps"):
        await specs.ask(StartSpec(spec.id, step_models={"3": "haiku"}))


async def test_a_patch_is_one_step_by_its_command(specs: Person) -> None:
    spec = await specs.create("patch", "A typo")
    assert spec.stage_models is None
    run = await specs.run(spec)
    (step,) = run.steps
    assert (step.stage, step.asked, step.tier) == ("patch", "sonnet", "command map")
    assert step.command is not None
    assert (step.command.name, step.command.text) == ("/patch", "Patch it")


PATCH_CHOICES = [
    {"every_stage": "opus"},
    {"preset": "economy"},
    {"stage_models": {"fix": "opus"}},
    {"stage_efforts": {"fix": "high"}},
]


@pytest.mark.parametrize("choice", PATCH_CHOICES, ids=lambda choice: next(iter(choice)))
async def test_models_for_the_stages_of_a_patch_are_refused(specs: Person, choice: dict[str, Any]) -> None:
    (field,) = choice
    with pytest.raises(RequestError, match=r"A patch is one step without stages.*when it is started") as refused:
        await specs.create("patch", "A typo", **choice)
    assert refused.value.field == field
    spec = await specs.create("patch", "A typo", stage_models={})
    assert spec.stage_models is None
    with pytest.raises(RequestError, match="A patch is one step without stages"):
        await specs.update(spec, **choice)
    with pytest.raises(RequestError, match="leave out the reset"):
        await specs.update(spec, reset="filled")
    assert (await specs.update(spec, reset="none", title="Another typo")).stage_models is None


async def test_a_spec_that_becomes_a_patch_loses_its_stage_models_and_says_so(specs: Person) -> None:
    spec = await specs.create()
    assert spec.stage_models
    done = await specs.ask(UpdateSpec(spec.id, spec.version, type="patch"))
    assert done.spec is not None
    assert done.spec.stage_models is None
    assert (
        done.note == "a patch is one step without stages, so it stores no models for stages; those that it had "
        "are removed"
    )


async def test_an_imported_patch_leaves_its_stage_models_behind_and_says_so(specs: Person) -> None:
    document = [{"type": "patch", "title": "A typo", "stage_models": {"plan": "opus"}}]
    (imported,) = (await specs.ask(ImportSpecs(document))).imported
    assert imported.spec is not None
    assert imported.spec.stage_models is None
    assert "not stored" in " ".join(imported.notes)


async def test_a_todo_that_nothing_serves_is_kept_and_says_what_it_needs(specs: Person) -> None:
    spec = await specs.create("todo", "Some day")
    assert spec.workflow is None
    with pytest.raises(RequestError, match=r"No workflow serves a todo; choose one with: modeldeck spec edit s_"):
        await specs.ask(StartSpec(spec.id))
    chosen = await specs.update(spec, workflow="three")
    assert (await specs.run(chosen)).status is RunStatus.SUCCEEDED


async def test_a_story_tells_its_agents_what_it_is_part_of(specs: Person) -> None:
    whole = await specs.create(text="Ten percent")
    story = await specs.create("story", "The label", parent=whole.id, stages=("plan",), text="Say so")
    run = (await specs.ask(StartSpec(story.id, dry_run=True))).run
    assert run is not None
    assert run.input == "The label\n\nSay so\n\nThis is a story of: A discount\n\nTen percent"


async def test_nothing_runs_in_a_folder_that_is_not_trusted(specs: Person, tmp_path: Path) -> None:
    strange = tmp_path / "strange"
    strange.mkdir()
    (strange / ".modeldeck.yaml").write_text(
        "workflows: {theirs: {specs: [chore], stages: [{name: plan, profile: quick}]}}"
    )
    spec = await specs.create(project=str(strange))
    assert spec.workflow == "ticket"
    with pytest.raises(UntrustedError, match="is not trusted"):
        await specs.ask(StartSpec(spec.id))
    with pytest.raises(UntrustedError, match="is not trusted"):
        await specs.create("chore", project=str(strange), workflow="theirs")
    assert (await specs.create("chore", project=str(strange))).workflow is None
    TrustStore(specs.house.locations.trust).trust(strange)
    assert (await specs.create("chore", project=str(strange))).workflow == "theirs"


# --- old and odd ------------------------------------------------------------------------------------------------------

OLD = [
    {"title": "Both", "type": "feature", "orchestrator_state": {
        "workflow": {"stageModelPreferences": {"plan": "haiku", "teleport": "opus"}},
        "stageModelPreferences": {"plan": "opus", "review": "gpt-4"}}},
    {"title": "Odd", "type": "epic", "stage_models": "opus", "priority": [1, {"a": None}], "workflow": "gone"},
    "no spec",
]  # fmt: skip


async def test_an_import_keeps_everything_and_tells_what_is_odd(specs: Person) -> None:
    done = await specs.ask(ImportSpecs(OLD, project=str(specs.house.project)))
    both, odd, none = done.imported
    assert (none.spec, none.notes) == (None, ("it is a text, not a map with a spec's fields",))
    assert both.spec is not None
    assert odd.spec is not None
    assert specs.house.executor.journal.spec(both.spec.id) == both.spec
    assert both.spec.orchestrator_state == OLD[0]["orchestrator_state"]  # type: ignore[index]
    assert any("teleport: there is no such stage" in note for note in both.notes)
    assert any('review: Model "gpt-4" not found' in note for note in both.notes)
    assert odd.spec.extra == {"type": "epic", "priority": [1, {"a": None}]}
    assert any("its workflow 'gone' is not there" in note for note in odd.notes)
    (item,) = await specs.list(ids=(both.spec.id,))
    assert [(stage.name, stage.model) for stage in item.stages if stage.model] == [
        ("plan", "haiku"),
        ("review", "gpt-4"),
        ("teleport", "opus"),
    ]


async def test_an_edit_of_an_old_spec_destroys_nothing(specs: Person) -> None:
    both, odd, _ = (await specs.ask(ImportSpecs(OLD, project=str(specs.house.project)))).imported
    assert both.spec is not None
    assert odd.spec is not None
    named = await specs.update(both.spec, title="Named", workflow="ticket")
    assert (named.orchestrator_state, named.stage_models) == (both.spec.orchestrator_state, None)
    planned = await specs.update(named, stage_models={"build": "sonnet"})
    assert planned.stage_models == {"plan": "haiku", "teleport": "opus", "review": "gpt-4", "build": "sonnet"}
    assert planned.orchestrator_state == both.spec.orchestrator_state
    run = (await specs.ask(StartSpec(planned.id, dry_run=True))).run
    assert run is not None
    assert [step.asked for step in run.steps] == ["haiku", None, "sonnet", "sonnet"]
    assert any("gpt-4" in warning for warning in run.steps[3].warnings)
    mended = await specs.update(odd.spec, stage_models={"plan": "opus"})
    assert mended.stage_models == {"plan": "opus"}
    assert mended.extra == {**odd.spec.extra, "stage_models": "opus"}


async def test_a_spec_whose_folder_has_gone_can_still_be_seen_and_edited(specs: Person, tmp_path: Path) -> None:
    folder = tmp_path / "gone"
    folder.mkdir()
    spec = await specs.create(project=str(folder))
    folder.rmdir()
    assert (await specs.update(spec, title="B")).project == str(folder)
    assert (await specs.list(ids=(spec.id,)))[0].spec.title == "B"
    with pytest.raises(RequestError, match="can't be opened"):
        await specs.ask(StartSpec(spec.id))


async def test_lists_are_filtered_and_paged(specs: Person, tmp_path: Path) -> None:
    other = tmp_path / "other"
    other.mkdir()
    for number in range(3):
        await specs.create("todo", f"Note {number}")
    await specs.create(project=str(other), title="Elsewhere")
    here = {"project": str(specs.house.project)}
    assert [item.spec.title for item in await specs.list(**here)] == ["Note 2", "Note 1", "Note 0"]
    assert [item.spec.title for item in await specs.list(spec_type="feature")] == ["Elsewhere"]
    assert [item.spec.title for item in await specs.list(query="note 1")] == ["Note 1"]
    page = await specs.house.executor.verbs.list(List("specs", limit=2))
    assert page.next is not None
    assert len(await specs.list(after=page.next)) == 2
    with pytest.raises(RequestError, match="limit must be from 1 to 500"):
        await specs.list(limit=0)
