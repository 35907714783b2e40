"""What the form of a spec tells and does, over a real executor."""

from __future__ import annotations

from textual.pilot import Pilot
from textual.widgets import Input

from tests.dashboard.conftest import screen_text, until
from tests.dashboard.inhouse import InHouse
from tests.dashboard.test_spec_place import edited, formed, line_of, onto, opened, stored, written
from tests.dashboard.test_spec_place import inside as inside  # noqa: PLC0414  # the fixture
from tests.executor.conftest import house as house  # noqa: PLC0414  # the fixture
from tui.core.spec_verbs import ImportSpecs, UpdateSpec
from tui.dashboard.screens.create import CreateMenu
from tui.dashboard.screens.spec_form import SpecForm
from tui.dashboard.screens.specs import Specs

PRESETS = "presets: {thrift: {plan: haiku, build: sonnet}, mine: {plan: haiku, build: haiku, review: haiku}}\n"


def configure(inside: InHouse, more: str, before: str = "") -> None:
    """Put ``more`` into the configuration, in place of ``before`` or at its end."""
    config = inside.house.locations.config_file
    text = config.read_text()
    config.write_text(text.replace(before, more) if before else text + more)


def models(form: SpecForm) -> list[str | None]:
    """What each stage of the workflow would run as."""
    return [form.draft.choice(stage)[0] for stage in form.draft.agents if stage.runs]


async def test_each_preset_is_laid_over_what_would_run_not_over_what_was_picked_before(inside: InHouse) -> None:
    configure(inside, PRESETS, "presets: {economy: {plan: haiku, build: sonnet}}\n")
    async with opened(inside) as pilot:
        await pilot.press("n", *"Codes", "enter")
        form = await formed(pilot)
        await until(pilot, lambda: set(form.presets) >= {"thrift", "mine"}, "the presets")
        usual = models(form)
        assert usual[0] == "opus"
        await onto(pilot, form, "plan")
        await pilot.press("m", *"sonnet", "enter")
        await until(pilot, lambda: form.draft.touched, "the person's own pick")

        async def laid(name: str) -> None:
            for _ in (None, *form.presets):
                await pilot.press("p")
                if name in (form.filing.wanted, form.draft.in_force):
                    break

        await laid("mine")
        await until(pilot, lambda: models(form) == ["haiku", "haiku", "haiku"], "the preset over the pick")
        await laid("thrift")
        await until(pilot, lambda: models(form) == ["haiku", "sonnet", usual[2]], "the other one, and nothing of mine")
        await onto(pilot, form, "plan")
        await pilot.press("m", *"opus", "enter")
        await until(pilot, lambda: models(form) == ["opus", "sonnet", usual[2]], "one that differs after")
        await pilot.press("s")
        await until(pilot, lambda: stored(inside), "the spec")
        assert (stored(inside)[0].stage_models or {})["plan"] == "opus"


async def test_a_preset_over_a_stored_spec_begins_from_what_is_stored(inside: InHouse) -> None:
    configure(inside, PRESETS, "presets: {economy: {plan: haiku, build: sonnet}}\n")
    await written(inside, stage_models={"review": "opus"})
    async with opened(inside) as pilot:
        await until(pilot, lambda: "A discount" in screen_text(pilot), "the card")
        await pilot.press("enter")
        form = await formed(pilot)
        await onto(pilot, form, "preset")
        while "mine" not in (form.filing.wanted, form.draft.in_force):
            await pilot.press("space")
        await until(pilot, lambda: models(form) == ["haiku", "haiku", "haiku"], "the preset")
        while "thrift" not in (form.filing.wanted, form.draft.in_force):
            await pilot.press("space")
        await until(pilot, lambda: models(form) == ["haiku", "sonnet", "opus"], "the other one over what is stored")
        await pilot.press("s")
        await until(pilot, lambda: stored(inside)[0].version == 2, "the change")
        sent = [one for one in inside.asked if isinstance(one, UpdateSpec) and not one.dry_run]
        assert [one.stage_models for one in sent] == [{"plan": "haiku"}]


async def test_a_title_that_is_come_to_by_a_key_is_written_on_not_written_over(inside: InHouse) -> None:
    await written(inside)
    async with opened(inside) as pilot:
        await until(pilot, lambda: "A discount" in screen_text(pilot), "the card")
        await pilot.press("enter")
        form = await formed(pilot)
        await pilot.press("tab", *"s!")
        assert form.query_one("#title", Input).value == "A discounts!"


def warned(pilot: Pilot[None]) -> list[str]:
    """The messages that hang over the screen."""
    return [told.message for told in pilot.app._notifications]


async def test_one_s_own_save_is_not_told_as_somebody_else_s(inside: InHouse) -> None:
    await written(inside)
    async with opened(inside) as pilot:
        await until(pilot, lambda: "A discount" in screen_text(pilot), "the card")
        place = pilot.app.screen
        await pilot.press("enter")
        form = await formed(pilot)
        await onto(pilot, form, "plan")
        await pilot.press("m", *"haiku", "enter")
        await until(pilot, lambda: form.draft.touched, "the change")
        await pilot.press("S")
        await until(pilot, lambda: 'Start "feature · A discount"' in screen_text(pilot), "what it runs")
        await until(pilot, lambda: place._tickets[0].item.spec.version == 2, "the news of it")  # type: ignore[attr-defined]
        await pilot.pause()
        assert warned(pilot) == []


async def test_a_stage_tells_its_workflow_s_own_model_apart_also_where_it_has_parts(inside: InHouse) -> None:
    stages = "{name: plan, model: sonnet, substeps: [{name: explore, model: haiku}, {name: decide}]}"
    configure(inside, f"  parted: {{specs: [chore], stages: [{stages}, {{name: build}}]}}\n")
    async with opened(inside) as pilot:
        await pilot.press("n", *"Parts", "enter")
        form = await formed(pilot)
        form.draft.turn(kind="chore")
        form.changed()
        await until(pilot, lambda: "└ explore" in screen_text(pilot), "the part")
        assert "[ sonnet" in line_of(pilot, "[x] plan")
        assert [" workflow " in line_of(pilot, name) for name in ("[x] plan", "└ explore")] == [True, True]
        assert "stage table" in line_of(pilot, "[x] build")


async def test_where_a_workflow_has_to_be_chosen_no_stages_are_shown_whichever_way_one_came_there(
    inside: InHouse,
) -> None:
    async with opened(inside) as pilot:
        await pilot.press("n", *"Wrong", "enter")
        form = await formed(pilot)
        await onto(pilot, form, "plan")
        await pilot.press("space")
        await onto(pilot, form, "type")
        await pilot.press("space")
        await until(pilot, lambda: "Several workflows serve a bug" in screen_text(pilot), "the question")
        assert "plan" not in screen_text(pilot)
        await onto(pilot, form, "workflow")
        await pilot.press("space")
        await until(pilot, lambda: "[ ] plan" in screen_text(pilot), "the stages, one of them off as before")
        assert "[x] build" in screen_text(pilot)


async def test_a_spec_without_a_workflow_shows_the_one_that_serves_its_type(inside: InHouse) -> None:
    await inside.start(ImportSpecs([{"type": "feature", "title": "Old"}], project=str(inside.house.project)))
    assert stored(inside)[0].workflow is None
    async with opened(inside) as pilot:
        await until(pilot, lambda: "feature · Old" in screen_text(pilot), "the card")
        await pilot.press("enter")
        form = await formed(pilot)
        await until(pilot, lambda: "[ ticket" in line_of(pilot, "workflow  "), "the one that serves")
        assert "serves a feature" in line_of(pilot, "workflow  ")
        assert "[x] build" in screen_text(pilot)
        assert "no workflow" not in screen_text(pilot)
        assert not form.draft.changed
        await pilot.press("tab", *"!", "tab", "tab", "s")
        await until(pilot, lambda: stored(inside)[0].title == "Old!", "the change")
        assert stored(inside)[0].workflow is None
        await until(pilot, lambda: "feature · Old!" in screen_text(pilot), "the card")
        pilot.app.desk.stray.clock.seconds += 2  # type: ignore[attr-defined]
        await pilot.press("enter")
        form = await formed(pilot)
        await until(pilot, lambda: "[x] build" in screen_text(pilot), "its stages")
        await onto(pilot, form, "build")
        await pilot.press("m", *"haiku", "enter")
        await until(pilot, lambda: "yours" in line_of(pilot, "build"), "the choice")
        pilot.app.desk.stray.clock.seconds += 2  # type: ignore[attr-defined]
        await pilot.press("s")
        await until(pilot, lambda: stored(inside)[0].version == 3, "the choice, stored")
        assert (stored(inside)[0].workflow, stored(inside)[0].stage_models) == ("ticket", {"build": "haiku"})


async def test_while_one_writes_the_footer_tells_the_keys_that_work_there(inside: InHouse) -> None:
    async with opened(inside, (80, 24)) as pilot:
        await pilot.press("n", *"Codes")
        form = await formed(pilot)
        footer = screen_text(pilot).splitlines()[-1]
        assert ("f2 save" in footer, "f5 start" in footer, "s save" in footer) == (True, True, False)
        await pilot.press("tab", "tab")
        await until(pilot, lambda: "s save" in screen_text(pilot).splitlines()[-1], "the letters, in the lines")
        await pilot.press("tab", "f5")
        await until(pilot, lambda: 'Start "feature · Codes"' in screen_text(pilot), "what starting it runs")
        assert form.draft.title == "Codes"


async def test_the_form_says_what_it_is_and_whose_story(inside: InHouse) -> None:
    await written(inside, "The [b]whole[/b]")
    async with opened(inside, (80, 24)) as pilot:
        await until(pilot, lambda: "whole" in screen_text(pilot), "the card")
        await pilot.press("c", *"Part", "enter")
        form = await formed(pilot)
        await until(pilot, lambda: 'New story of "The [b]whole[/b]"' in screen_text(pilot), "whose it is")
        await onto(pilot, form, "type")
        await pilot.press("space")
        await until(pilot, lambda: "New feature" in screen_text(pilot), "the other type")
        assert "New feature of" not in screen_text(pilot)
        await pilot.press("escape", "escape")
        await until(pilot, lambda: pilot.app.screen is not form, "the place")
        await pilot.press("enter")
        await formed(pilot)
        await until(pilot, lambda: f"Feature {stored(inside)[0].id}" in screen_text(pilot), "the stored one")


async def test_a_new_bug_begins_its_lines_with_the_workflow_that_is_asked_for(inside: InHouse) -> None:
    async with opened(inside) as pilot:
        await pilot.press("full_stop")
        await until(pilot, lambda: isinstance(pilot.app.screen, CreateMenu), "the menu")
        await pilot.press("j", "enter")
        form = await formed(pilot)
        await pilot.press(*"Wrong", "enter")
        await until(pilot, lambda: "New bug" in screen_text(pilot), "what it is")
        await until(pilot, lambda: form.menu.item and form.menu.item.name == "workflow", "what is asked for")
        await pilot.press("space")
        await until(pilot, lambda: "[x] build" in screen_text(pilot), "its stages")


async def test_lines_that_are_out_of_sight_are_counted_at_the_edge(inside: InHouse) -> None:
    async with opened(inside, (80, 24)) as pilot:
        await pilot.press("n", *"Codes", "enter")
        form = await formed(pilot)
        hidden = form.menu.row_count() - form.menu.size.height
        assert hidden > 0
        await until(pilot, lambda: f"more lines: {hidden} below" in screen_text(pilot), "what is below")
        await onto(pilot, form, "parent")
        await until(pilot, lambda: f"more lines: {hidden} above" in screen_text(pilot), "what is above")


async def test_what_was_just_stored_is_focused(inside: InHouse) -> None:
    for number in range(3):
        await written(inside, f"Thing {number}")
    async with opened(inside) as pilot:
        await until(pilot, lambda: "Thing 0" in screen_text(pilot), "the cards")
        await pilot.press("end", "n", *"Codes", "enter")
        await formed(pilot)
        place = pilot.app.screen_stack[-2]
        assert isinstance(place, Specs)
        assert place.ticket is not None
        assert place.ticket.title == "feature · Thing 0"
        await pilot.press("s")
        await until(pilot, lambda: place.ticket and place.ticket.title == "feature · Codes", "the new card")
        await pilot.press("j")
        assert place.ticket.title == "feature · Thing 2"


async def test_the_word_of_another_writer_goes_with_the_save(inside: InHouse) -> None:
    spec = await written(inside)
    async with opened(inside) as pilot:
        form = await edited(pilot)
        await inside.start(UpdateSpec(spec.id, 1, title="Theirs"))
        await until(pilot, lambda: "Somebody else stored version 2" in " ".join(warned(pilot)), "the word")
        await pilot.press("s")
        await until(pilot, lambda: stored(inside)[0].version == 3, "the change")
        await until(pilot, lambda: pilot.app.screen is not form, "the place")
        assert warned(pilot) == []


async def test_the_first_frame_of_the_form_has_its_size_and_its_lines(inside: InHouse) -> None:
    frames: list[list[str]] = []
    async with opened(inside, (80, 24)) as pilot:

        def displayed() -> None:
            lines = screen_text(pilot).splitlines()
            if any("New feature" in line for line in lines):
                frames.append(lines)

        pilot.app.post_display_hook = displayed  # type: ignore[method-assign]  # Textual's own hook for tests
        await pilot.press("n", *"Codes")
        await formed(pilot)
        assert {line[0] for frame in frames for line in frame if "New feature" in line} == {"┌"}
        assert "workflow" in "".join(frames[0])
        assert "esc back" in frames[0][-1]
