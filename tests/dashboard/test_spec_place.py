"""The place of specs, its form and the menu, over a real executor."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from textual.pilot import Pilot

from tests.dashboard.conftest import ENV, Hands, connected, screen_text, until
from tests.dashboard.inhouse import InHouse
from tests.executor.conftest import House
from tests.executor.conftest import house as house  # noqa: PLC0414  # the fixture
from tui.core.resolution import Attachment
from tui.core.spec import Spec
from tui.core.spec_verbs import CreateSpec, DeleteSpec, UpdateSpec
from tui.core.verbs import List
from tui.dashboard.app import ModeldeckApp
from tui.dashboard.screens.create import CreateMenu
from tui.dashboard.screens.run import RunScreen
from tui.dashboard.screens.spec_form import SpecForm


@pytest.fixture
def inside(house: House) -> InHouse:
    return InHouse(house)


async def written(inside: InHouse, title: str = "A discount", **fields: object) -> Spec:
    request = CreateSpec("feature", title, project=str(inside.house.project), **fields)  # type: ignore[arg-type]
    spec = (await inside.start(request)).spec
    assert spec is not None
    return spec


def stored(inside: InHouse) -> list[Spec]:
    return list(inside.house.executor.journal.specs(limit=50)[0])


@asynccontextmanager
async def opened(inside: InHouse, size: tuple[int, int] = (120, 40)) -> AsyncIterator[Pilot[None]]:
    app = ModeldeckApp(inside.house.project, lambda: inside, env=ENV, clock=Hands())
    async with app.run_test(size=size, notifications=True) as pilot:
        await connected(pilot)
        await pilot.press("2")
        await until(pilot, lambda: "Specs" in type(pilot.app.screen).__name__, "the place")
        yield pilot


async def formed(pilot: Pilot[None]) -> SpecForm:
    await until(pilot, lambda: isinstance(pilot.app.screen, SpecForm), "the form")
    form = pilot.app.screen
    assert isinstance(form, SpecForm)
    await until(pilot, lambda: form.draft.stages or "choose one" in screen_text(pilot), "what would run")
    await pilot.pause()
    return form


async def onto(pilot: Pilot[None], form: SpecForm, name: str) -> None:
    """By keys to the line of that name."""
    while form.menu.item is not None and form.menu.item.name != "type":
        await pilot.press("k")
    while form.menu.item is not None and form.menu.item.name != name:
        await pilot.press("j")


async def edited(pilot: Pilot[None]) -> SpecForm:
    """The form of the one spec, in which another model was picked for its plan."""
    await until(pilot, lambda: "A discount" in screen_text(pilot), "the card")
    await pilot.press("enter")
    form = await formed(pilot)
    await onto(pilot, form, "plan")
    await pilot.press("m", *"haiku", "enter")
    await until(pilot, lambda: form.draft.touched, "my choice")
    return form


def line_of(pilot: Pilot[None], text: str) -> str:
    return next((line for line in screen_text(pilot).splitlines() if text in line), "")


async def test_a_spec_that_no_workflow_serves_says_how_to_choose_one_here(inside: InHouse) -> None:
    config = inside.house.locations.config_file
    config.write_text(config.read_text().replace("specs: [feature, bug, story]", "specs: [feature, bug]"))
    await inside.start(CreateSpec("story", "As a guest I pay", project=str(inside.house.project)))
    async with opened(inside, (80, 24)) as pilot:
        told = "No workflow serves a story: enter on its card, then choose one"
        await until(pilot, lambda: told in screen_text(pilot), "why it can't run")
        assert "modeldeck spec" not in screen_text(pilot)


async def test_a_card_tells_what_its_first_stage_would_run_as_asked_in_one_call(inside: InHouse) -> None:
    for number in range(3):
        await written(inside, f"Discount {number}", stage_models={"plan": "haiku"})
    async with opened(inside) as pilot:
        await until(pilot, lambda: "stage preference (plan): haiku" in screen_text(pilot), "the reason")
        shown = screen_text(pilot)
        assert shown.index("feature · Discount 2") < shown.index("feature · Discount 0")
        assert "4 stages · ticket · new, never run" in shown
        plans = [one for one in inside.asked if isinstance(one, List) and one.specs]
        assert [len(one.specs) for one in plans] == [3]


async def test_a_spec_is_started_through_its_plan(inside: InHouse) -> None:
    await written(inside)
    async with opened(inside) as pilot:
        await until(pilot, lambda: "stage preference" in screen_text(pilot), "the plan")
        await pilot.press("s")
        await until(pilot, lambda: 'Start "feature · A discount"' in screen_text(pilot), "the dialog")
        assert "What shall it do?" not in screen_text(pilot)
        pilot.app.desk.stray.clock.seconds += 2  # type: ignore[attr-defined]
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(pilot.app.screen, RunScreen), "the run")
        await until(pilot, lambda: "waits for approval" in screen_text(pilot), "the gate")
        await pilot.press("escape")
        await until(pilot, lambda: "? waits for approval" in line_of(pilot, "ticket"), "the state on the card")


async def test_a_spec_is_deleted_when_asked_twice(inside: InHouse) -> None:
    await written(inside)
    async with opened(inside) as pilot:
        await until(pilot, lambda: "A discount" in screen_text(pilot), "the card")
        await pilot.press("d")
        await until(pilot, lambda: "d again deletes" in screen_text(pilot), "the question")
        assert stored(inside)
        await pilot.press("d")
        await until(pilot, lambda: "No specs here yet" in screen_text(pilot), "the empty place")
        assert [one for one in inside.asked if isinstance(one, DeleteSpec)]


async def test_specs_are_filtered_by_words_and_type_by_the_executor_and_paged(inside: InHouse) -> None:
    for number in range(60):
        await written(inside, f"Thing {number}")
    await inside.start(CreateSpec("todo", "Note", project=str(inside.house.project)))
    async with opened(inside, (80, 24)) as pilot:
        await until(pilot, lambda: "todo · Note" in screen_text(pilot), "the newest")
        await pilot.press("end")
        await until(pilot, lambda: len(pilot.app.screen._tickets) == 61, "the second page")  # type: ignore[attr-defined]
        await pilot.press("end")
        await until(pilot, lambda: "Thing 0" in screen_text(pilot), "the oldest")
        await pilot.press("slash", *"thing 58", "enter")
        await until(pilot, lambda: "Thing 58" in screen_text(pilot), "the one")
        assert 'only: "thing 58"   1' in screen_text(pilot)
        await pilot.press("escape", "f", "f", "f", "f", "f")
        await until(pilot, lambda: "only: todo   1" in screen_text(pilot), "the todos")


async def test_what_somebody_else_writes_comes_in_live(inside: InHouse) -> None:
    async with opened(inside) as pilot:
        await until(pilot, lambda: "No specs here yet" in screen_text(pilot), "the empty place")
        await written(inside, "From elsewhere")
        await until(pilot, lambda: "From elsewhere" in screen_text(pilot), "the new card")


async def test_a_new_spec_is_filled_with_what_would_run_and_stored_as_it_was_shown(inside: InHouse) -> None:
    async with opened(inside) as pilot:
        await pilot.press("n", *"Codes", "tab", *"Enter a code", "tab")
        form = await formed(pilot)
        await until(pilot, lambda: "[ opus" in line_of(pilot, "[x] plan"), "the workflow's own")
        assert "workflow" in line_of(pilot, "[x] plan")
        assert "stage table" in line_of(pilot, "[x] review")
        shown = {stage.name: stage.model for stage in form.draft.agents}
        await pilot.press("s")
        await until(pilot, lambda: stored(inside), "the spec")
        (spec,) = stored(inside)
        assert (spec.type, spec.title, spec.text, spec.workflow, spec.stages) == (
            "feature",
            "Codes",
            "Enter a code",
            "ticket",
            None,
        )
        assert spec.stage_models == shown
        await until(pilot, lambda: "feature · Codes" in screen_text(pilot), "the card")


async def test_a_stage_that_is_off_keeps_its_choice_disabled_not_hidden(inside: InHouse) -> None:
    async with opened(inside) as pilot:
        await pilot.press("n", *"Codes", "tab", "tab")
        form = await formed(pilot)
        await onto(pilot, form, "build")
        await pilot.press("m", *"haiku", "enter")
        await until(pilot, lambda: "yours" in line_of(pilot, "build"), "the choice")
        await pilot.press("space")
        await until(pilot, lambda: "( haiku" in line_of(pilot, "[ ] build"), "off")
        assert "off, kept" in line_of(pilot, "build")
        await pilot.press("m")
        await pilot.pause()
        assert pilot.app.screen is form
        pilot.app.desk.stray.clock.seconds += 1  # type: ignore[attr-defined]
        await pilot.press("space")
        await until(pilot, lambda: "[ haiku" in line_of(pilot, "[x] build"), "on again")
        await pilot.press("space", "s")
        await until(pilot, lambda: stored(inside), "the spec")
        (spec,) = stored(inside)
        assert spec.stage_models["build"] == "haiku"  # type: ignore[index]
        assert spec.stages is not None
        assert "build" not in spec.stages


async def test_preset_apply_to_all_and_reset_fill_every_stage_and_each_can_differ_after(inside: InHouse) -> None:
    async with opened(inside) as pilot:
        await pilot.press("n", *"Codes", "tab", "tab")
        form = await formed(pilot)

        def models() -> dict[str, str | None]:
            return {stage.name: form.draft.choice(stage)[0] for stage in form.draft.agents if stage.runs}

        await pilot.press("p")
        await until(pilot, lambda: models() == {"plan": "haiku", "build": "sonnet", "review": "sonnet"}, "the preset")
        await onto(pilot, form, "plan")
        await pilot.press("a")
        await until(pilot, lambda: models() == dict.fromkeys(["plan", "build", "review"], "haiku"), "all alike")
        await onto(pilot, form, "review")
        await pilot.press("m", *"opus", "enter")
        await until(pilot, lambda: models()["review"] == "opus", "one differs")
        await pilot.press("backspace")
        await until(pilot, lambda: models() == {"plan": "opus", "build": "sonnet", "review": "sonnet"}, "the reset")


async def test_where_several_workflows_serve_a_type_one_is_asked_for(inside: InHouse) -> None:
    async with opened(inside) as pilot:
        await pilot.press("n", *"Wrong", "tab", "tab")
        form = await formed(pilot)
        await onto(pilot, form, "type")
        await pilot.press("space")
        await until(
            pilot, lambda: "Several workflows serve a bug: ticket, quick-bug" in screen_text(pilot), "the question"
        )
        assert "choose" in line_of(pilot, "workflow  ")
        await onto(pilot, form, "workflow")
        await pilot.press("space", "space")
        await until(pilot, lambda: "[x] fix" in screen_text(pilot), "the other's stages")
        assert "Several workflows" not in screen_text(pilot)
        await pilot.press("s")
        await until(pilot, lambda: stored(inside), "the spec")
        assert (stored(inside)[0].type, stored(inside)[0].workflow) == ("bug", "quick-bug")


async def test_what_the_executor_refuses_stands_at_its_field_and_nothing_closes(inside: InHouse) -> None:
    async with opened(inside) as pilot:
        await pilot.press("n", "tab", "tab")
        form = await formed(pilot)
        await pilot.press("s")
        await until(pilot, lambda: "A spec needs a title" in screen_text(pilot), "the title's complaint")
        await pilot.press(*"Codes", "enter")
        await until(pilot, lambda: "A spec needs a title" not in screen_text(pilot), "its end")
        form.draft.choose("plan", "opsu")
        form.changed()
        await until(pilot, lambda: 'Model "opsu" not found' in screen_text(pilot), "the stage's complaint")
        lines = screen_text(pilot).splitlines()
        at = next(i for i, line in enumerate(lines) if "[x] plan" in line)
        assert "not found" in lines[at + 1]
        assert not stored(inside)


async def test_an_edit_shows_what_was_saved_and_sends_what_changed_alone(inside: InHouse) -> None:
    await written(inside, stage_models={"plan": "haiku"}, stages=("plan", "build"))
    async with opened(inside) as pilot:
        await until(pilot, lambda: "A discount" in screen_text(pilot), "the card")
        await pilot.press("enter")
        form = await formed(pilot)
        assert "[ haiku" in line_of(pilot, "[x] plan")
        assert "stored" in line_of(pilot, "[x] plan")
        assert "[ ] review" in screen_text(pilot)
        await onto(pilot, form, "build")
        await pilot.press("m", *"opus", "enter")
        await until(pilot, lambda: "yours" in line_of(pilot, "build"), "the choice")
        await pilot.press("s")
        await until(pilot, lambda: stored(inside)[0].version == 2, "the change")
        sent = [one for one in inside.asked if isinstance(one, UpdateSpec) and not one.dry_run]
        assert [(one.title, one.stages, one.stage_models) for one in sent] == [(None, None, {"build": "opus"})]


async def test_the_second_writer_sees_both_and_loses_nothing(inside: InHouse) -> None:
    spec = await written(inside, text="old")
    async with opened(inside) as pilot:
        form = await edited(pilot)
        await inside.start(UpdateSpec(spec.id, 1, title="Theirs", text="new", stage_models={"plan": "sonnet"}))
        await pilot.press("s")
        await until(pilot, lambda: "plan: stored meanwhile is 'sonnet'" in screen_text(pilot), "both")
        assert "[ haiku" in line_of(pilot, "[x] plan")
        assert (form.draft.title, form.draft.text) == ("Theirs", "new")
        pilot.app.desk.stray.clock.seconds += 2  # type: ignore[attr-defined]
        await pilot.press("s")
        await until(pilot, lambda: stored(inside)[0].version == 3, "the change")
        (now,) = stored(inside)
        assert (now.title, now.text, now.stage_models["plan"]) == ("Theirs", "new", "haiku")  # type: ignore[index]


async def test_theirs_is_taken_by_a_key(inside: InHouse) -> None:
    spec = await written(inside)
    async with opened(inside) as pilot:
        await until(pilot, lambda: "A discount" in screen_text(pilot), "the card")
        await pilot.press("enter")
        form = await formed(pilot)
        await pilot.press("tab", *"!", "tab", "tab")
        await inside.start(UpdateSpec(spec.id, 1, title="Theirs"))
        await pilot.press("s")
        await until(pilot, lambda: form.draft.theirs == {"title": "Theirs"}, "both")
        await pilot.press("y")
        await until(pilot, lambda: form.draft.title == "Theirs", "theirs")
        assert not form.draft.changed


async def test_leaving_a_changed_form_asks_and_letters_in_fields_are_no_keys(inside: InHouse) -> None:
    async with opened(inside, (80, 24)) as pilot:
        await pilot.press("n", *"s j k m")
        form = await formed(pilot)
        assert form.draft.title == "s j k m"
        await pilot.press("escape")
        await until(pilot, lambda: "throws away" in screen_text(pilot), "the question")
        await pilot.press("escape")
        await until(pilot, lambda: pilot.app.screen is not form, "the place")
        assert not stored(inside)


async def test_the_menu_has_four_actions_each_with_its_model_for_this_time_alone(inside: InHouse) -> None:
    async with opened(inside) as pilot:
        await pilot.press("1", "full_stop")
        await until(pilot, lambda: isinstance(pilot.app.screen, CreateMenu), "the menu")
        shown = screen_text(pilot)
        assert [one in shown for one in ("Create a spec", "Create a bug", "Create a todo", "Add a story")] == [True] * 4
        await pilot.press("j", "j", "j", "m", *"haiku", "enter")
        await until(pilot, lambda: "[ haiku" in line_of(pilot, "Add a story"), "the model")
        assert "inherit" in line_of(pilot, "Create a bug")
        await pilot.press("enter")
        form = await formed(pilot)
        assert form.draft.type == "story"
        await until(pilot, lambda: "[ haiku" in line_of(pilot, "[x] review"), "the model of every stage")
        await pilot.press(*"As a guest", "enter", "s")
        await until(pilot, lambda: type(pilot.app.screen).__name__ == "Workflows", "the deck")
        assert [(spec.type, set(spec.stage_models.values())) for spec in stored(inside)] == [("story", {"haiku"})]  # type: ignore[union-attr]
        await until(pilot, lambda: any("2 shows it" in told.message for told in pilot.app._notifications), "the news")
        pilot.app.desk.stray.clock.seconds += 9  # type: ignore[attr-defined]
        await pilot.press("full_stop")
        await until(pilot, lambda: isinstance(pilot.app.screen, CreateMenu), "the menu again")
        assert "inherit" in line_of(pilot, "Add a story")


async def test_files_the_set_the_folder_and_whose_story_it_is_are_written_in_the_form(inside: InHouse) -> None:
    above = await written(inside, "The whole")
    (inside.house.project / "shot.png").write_bytes(b"")
    elsewhere = inside.house.project.parent / "other"
    elsewhere.mkdir()
    async with opened(inside, (80, 24)) as pilot:
        await pilot.press("n", *"Part", "enter")
        form = await formed(pilot)
        await until(pilot, lambda: form.filing.sets == ("base", "heavy"), "the sets")
        await onto(pilot, form, "model_set")
        await pilot.press("space")
        await until(pilot, lambda: "[ base" in line_of(pilot, "model set"), "the other set")
        await onto(pilot, form, "attachments")
        await pilot.press("enter", *"nosuch.md", "enter")
        await until(pilot, lambda: "There is no file nosuch.md" in screen_text(pilot), "the refusal at its line")
        await pilot.press("enter", *"shot.png", "enter")
        await until(pilot, lambda: "[ shot.png" in line_of(pilot, "files"), "the file")
        assert "There is no file" not in screen_text(pilot)
        await onto(pilot, form, "project")
        await pilot.press("enter", "ctrl+u", *"../other", "enter")
        await until(pilot, lambda: "other" in line_of(pilot, "folder"), "the folder")
        await onto(pilot, form, "parent")
        await pilot.press("enter")
        await until(pilot, lambda: "The whole" in screen_text(pilot), "the specs to choose from")
        await pilot.press("j", "enter")
        await until(pilot, lambda: "[ The whole" in line_of(pilot, "story of"), "whose story it is")
        await pilot.press("s")
        await until(pilot, lambda: len(stored(inside)) == 2, "the spec")
        part = stored(inside)[0]
        assert (part.model_set, part.parent, part.project) == ("base", above.id, str(elsewhere))
        assert [(one.path, one.type) for one in part.attachments] == [(str(inside.house.project / "shot.png"), "image")]


async def test_an_edit_of_fields_shows_what_was_saved_and_sends_what_changed_alone(inside: InHouse) -> None:
    above = await written(inside, "The whole")
    (inside.house.project / "notes.md").write_text("")
    files = (Attachment(str(inside.house.project / "notes.md")),)
    await written(inside, "Part", parent=above.id, attachments=files, model_set="base")
    async with opened(inside) as pilot:
        await until(pilot, lambda: "Part" in screen_text(pilot), "the card")
        await pilot.press("home", "enter")
        form = await formed(pilot)
        await until(pilot, lambda: "[ The whole" in line_of(pilot, "story of"), "whose story it is")
        assert "[ notes.md" in line_of(pilot, "files")
        assert "[ base" in line_of(pilot, "model set")
        assert not form.draft.changed
        await onto(pilot, form, "parent")
        await pilot.press("enter")
        await until(pilot, lambda: "nobody's story" in screen_text(pilot), "the specs to choose from")
        await pilot.press("home", "enter")
        await until(pilot, lambda: "[ nobody" in line_of(pilot, "story of"), "nobody's")
        await pilot.press("s")
        await until(pilot, lambda: stored(inside)[0].version == 2, "the change")
        sent = [one for one in inside.asked if isinstance(one, UpdateSpec) and not one.dry_run]
        assert [(one.parent, one.attachments, one.model_set, one.project) for one in sent] == [("", None, None, None)]
        assert stored(inside)[0].parent is None


async def test_the_parts_of_a_stage_are_switched_with_it_and_have_models_of_their_own(inside: InHouse) -> None:
    stages = "{name: plan, profile: quick, substeps: [{name: look, model: haiku}, {name: write}]}"
    config = inside.house.locations.config_file
    config.write_text(config.read_text() + f"  parted: {{specs: [chore], stages: [{stages}, {{name: build}}]}}\n")
    async with opened(inside) as pilot:
        await pilot.press("n", *"Parts", "enter")
        form = await formed(pilot)
        form.draft.turn(kind="chore")
        form.changed()
        await until(pilot, lambda: "└ look" in screen_text(pilot), "the part")
        await onto(pilot, form, "plan/look")
        await pilot.press("space")
        await until(pilot, lambda: "[ ] plan" in screen_text(pilot), "the stage, off with its parts")
        assert "( haiku" in line_of(pilot, "└ look")
        await pilot.press("s")
        await until(pilot, lambda: stored(inside), "the spec")
        assert "plan" not in (stored(inside)[0].stages or ())


async def test_a_patch_tells_that_it_has_no_stages_and_a_stage_without_a_choice_that_it_inherits(
    inside: InHouse,
) -> None:
    await inside.start(CreateSpec("patch", "Mend it", project=str(inside.house.project)))
    async with opened(inside) as pilot:
        await until(pilot, lambda: "patch · Mend it" in screen_text(pilot), "the card")
        await pilot.press("enter")
        await until(pilot, lambda: "a patch is one step without stages" in screen_text(pilot), "the sentence")
        assert "[x] plan" not in screen_text(pilot)
        await pilot.press("escape")
        await written(inside, "Bare", fill=False)
        await until(pilot, lambda: "feature · Bare" in screen_text(pilot), "the other's card")
        await pilot.press("home", "enter")
        await formed(pilot)
        await until(pilot, lambda: "inherits" in line_of(pilot, "[x] build"), "what it has not chosen")


async def test_an_action_of_the_menu_is_stored_and_started_with_its_model_in_one_go(inside: InHouse) -> None:
    async with opened(inside) as pilot:
        await pilot.press("1", "full_stop")
        await until(pilot, lambda: isinstance(pilot.app.screen, CreateMenu), "the menu")
        await pilot.press("m", *"sonnet", "enter")
        await until(pilot, lambda: "[ sonnet" in line_of(pilot, "Create a spec"), "the model")
        await pilot.press("enter")
        form = await formed(pilot)
        await pilot.press(*"Gift cards", "enter", "S")
        await until(pilot, lambda: 'Start "feature · Gift cards"' in screen_text(pilot), "what it runs")
        await until(pilot, lambda: "[ sonnet" in line_of(pilot, "1 plan"), "with the model")
        pilot.app.desk.stray.clock.seconds += 2  # type: ignore[attr-defined]
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(pilot.app.screen, RunScreen), "the run")
        assert form not in pilot.app.screen_stack
        (spec,) = stored(inside)
        run = next(iter(pilot.app.desk.state.runs.values()))  # type: ignore[attr-defined]
        assert (run.spec_id, run.steps[0].asked) == (spec.id, "sonnet")


async def test_a_model_for_a_run_of_a_spec_leaves_what_is_stored(inside: InHouse) -> None:
    spec = await written(inside)
    async with opened(inside) as pilot:
        await until(pilot, lambda: "stage preference" in screen_text(pilot), "the plan")
        await pilot.press("m", *"haiku", "enter")
        await until(pilot, lambda: 'Start "feature · A discount"' in screen_text(pilot), "the dialog")
        await until(pilot, lambda: "[ haiku" in line_of(pilot, "run model"), "the pick")
        pilot.app.desk.stray.clock.seconds += 2  # type: ignore[attr-defined]
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(pilot.app.screen, RunScreen), "the run")
        run = next(iter(pilot.app.desk.state.runs.values()))  # type: ignore[attr-defined]
        assert run.choices.model == "haiku"
        assert stored(inside) == [spec]
