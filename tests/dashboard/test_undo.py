"""Undo of choices that replace others at once: in the form of a spec, the start dialog, the editor and the deck."""

from __future__ import annotations

import pytest
from textual.pilot import Pilot

from tests.dashboard.conftest import Hands, connected, make, screen_text, until
from tests.dashboard.inhouse import InHouse
from tests.dashboard.test_spec_form import PRESETS, configure, models
from tests.dashboard.test_spec_place import formed, line_of, onto, stored, written
from tests.dashboard.test_spec_place import inside as inside  # noqa: PLC0414  # the fixture
from tests.dashboard.test_spec_place import opened as specs_opened
from tests.dashboard.test_start import Stepwise
from tests.dashboard.test_start import stepwise as stepwise  # noqa: PLC0414  # the fixture
from tests.dashboard.test_workflow_editor import PARTS, config, editor, flat, picked
from tests.dashboard.test_workflow_editor import opened as deck_opened
from tests.executor.conftest import House
from tests.executor.conftest import house as house  # noqa: PLC0414  # the fixture
from tui.core.config_verbs import StageDefault, UpdateWorkflow
from tui.core.spec_verbs import UpdateSpec
from tui.dashboard.screens.picker import Picker
from tui.dashboard.screens.spec_form import SpecForm
from tui.dashboard.screens.start import StartDialog
from tui.dashboard.screens.workflow_editor import WorkflowEditor


@pytest.fixture
def parts(house: House) -> InHouse:
    """An executor with the workflow whose defaults are edited."""
    inside = InHouse(house)
    file = house.locations.config_file
    file.write_text(file.read_text() + PARTS)
    return inside


async def new_spec(pilot: Pilot[None]) -> SpecForm:
    """An empty form of a feature, with the keys on its lines."""
    await pilot.press("n", *"Codes", "enter")
    form = await formed(pilot)
    await until(pilot, lambda: set(form.presets) >= {"thrift", "mine"}, "the presets")
    await onto(pilot, form, "plan")
    return form


def shown_preset(pilot: Pilot[None]) -> str:
    return line_of(pilot, "all stages").partition("[")[2].split("]")[0].split()[0]


async def laid(pilot: Pilot[None], form: SpecForm, name: str) -> None:
    for _ in (None, *form.presets):
        if name in (form.filing.wanted, form.draft.in_force):
            break
        await pilot.press("p")
    await until(pilot, lambda: form.draft.in_force == name, "the preset in force")
    await until(pilot, lambda: shown_preset(pilot) == name, "the preset on its row")


async def test_a_preset_is_shown_while_every_stage_has_it_and_u_gives_the_own_choices_back(inside: InHouse) -> None:
    configure(inside, PRESETS, "presets: {economy: {plan: haiku, build: sonnet}}\n")
    async with specs_opened(inside) as pilot:
        form = await new_spec(pilot)
        form.draft.choose("review", "opus")
        form.changed()
        own = models(form)
        await laid(pilot, form, "mine")
        assert models(form) == ["haiku", "haiku", "haiku"]
        await onto(pilot, form, "review")
        form.draft.choose("review", "sonnet")
        form.changed()
        await until(pilot, lambda: shown_preset(pilot) == "none", "no preset, as one stage differs")
        await pilot.press("u")
        await until(pilot, lambda: shown_preset(pilot) == "mine", "the preset again")
        await pilot.press("u")
        await until(pilot, lambda: shown_preset(pilot) == "none", "no preset")
        await until(pilot, lambda: models(form) == own, "the own choices")
        assert form.draft.touched == {"review": ("opus", None)}


async def test_past_the_last_preset_come_the_own_choices(inside: InHouse) -> None:
    configure(inside, PRESETS, "presets: {economy: {plan: haiku, build: sonnet}}\n")
    async with specs_opened(inside) as pilot:
        form = await new_spec(pilot)
        form.draft.choose("review", "opus")
        for name in form.presets:
            await laid(pilot, form, name)
        await pilot.press("p")
        await until(pilot, lambda: shown_preset(pilot) == "none", "no preset")
        assert form.draft.touched == {"review": ("opus", None)}


async def test_one_choice_for_all_stages_and_a_reset_are_taken_back_one_by_one(inside: InHouse) -> None:
    async with specs_opened(inside) as pilot:
        await pilot.press("n", *"Codes", "enter")
        form = await formed(pilot)
        await onto(pilot, form, "plan")
        await pilot.press("u")
        assert form.draft.history == []
        pilot.app.desk.stray.clock.seconds += 1  # type: ignore[attr-defined]
        form.draft.choose("review", "opus")
        form.changed()
        before = models(form)
        await pilot.press("a")
        assert len(set(models(form))) == 1
        await pilot.press("backspace")
        assert form.draft.touched == {}
        await pilot.press("u", "u")
        await until(pilot, lambda: models(form) == before, "the choices before")


async def test_another_type_is_taken_back_with_the_choices_that_went_with_it(inside: InHouse) -> None:
    async with specs_opened(inside) as pilot:
        await pilot.press("n", *"Codes", "enter")
        form = await formed(pilot)
        await onto(pilot, form, "type")
        form.draft.choose("build", "haiku")
        await pilot.press("space")
        assert (form.draft.type, form.draft.touched) == ("bug", {})
        await pilot.press("u")
        await until(pilot, lambda: not form.draft.stale, "its stages")
        assert (form.draft.type, form.draft.workflow) == ("feature", "ticket")
        assert form.draft.touched == {"build": ("haiku", None)}


async def test_undo_never_brings_back_what_another_writer_replaced(inside: InHouse) -> None:
    spec = await written(inside)
    async with specs_opened(inside) as pilot:
        await until(pilot, lambda: "A discount" in screen_text(pilot), "the card")
        await pilot.press("enter")
        form = await formed(pilot)
        form.draft.choose("review", "opus")
        await inside.start(UpdateSpec(spec.id, 1, model_set="heavy"))
        await until(pilot, lambda: form.draft.base and form.draft.base.version == 2, "theirs")
        assert not form.draft.undo()
        assert form.draft.model_set == "heavy"


async def test_a_save_right_behind_an_undo_stores_nothing_of_the_preset(inside: InHouse) -> None:
    configure(inside, PRESETS, "presets: {economy: {plan: haiku, build: sonnet}}\n")
    async with specs_opened(inside) as pilot:
        form = await new_spec(pilot)
        usual = {stage.name: stage.model for stage in form.draft.agents if stage.runs}
        await laid(pilot, form, "mine")
        await until(pilot, lambda: not form.draft.stale, "the check with the preset")
        form.action_undo()
        form.action_save()
        await until(pilot, lambda: stored(inside), "the spec")
        models_of = stored(inside)[0].stage_models or {}
        assert {name: models_of.get(name) for name in usual} == usual


# --- the start dialog -------------------------------------------------------------------------------------------------


async def test_each_choice_before_a_start_is_taken_back_one_by_one(stepwise: Stepwise, hands: Hands) -> None:
    app = make(stepwise, clock=hands)
    async with app.run_test(size=(120, 40)) as pilot:
        await connected(pilot)
        await pilot.press("S")
        await until(pilot, lambda: isinstance(app.screen, StartDialog), "the dialog")
        dialog = app.screen
        assert isinstance(dialog, StartDialog)
        await pilot.press("u")
        first = dialog._request
        hands.seconds += 1
        await pilot.press("m", *"haiku", "enter")
        await until(pilot, lambda: dialog._request.model == "haiku", "the whole run")
        await pilot.press("p")
        assert dialog._request.preset == "economy"
        await until(pilot, lambda: "preset economy" in screen_text(pilot), "the preset")
        await until(pilot, lambda: "u undo" in screen_text(pilot).splitlines()[-1], "the key")
        await pilot.press("u")
        assert (dialog._request.preset, dialog._request.model) == (None, "haiku")
        await until(pilot, lambda: "preset none" in screen_text(pilot), "no preset")
        await pilot.press("u")
        assert dialog._request == first


# --- the editor and the deck ------------------------------------------------------------------------------------------


async def test_changes_in_the_editor_are_taken_back_one_by_one(parts: InHouse) -> None:
    async with deck_opened(parts) as pilot:
        screen = await editor(pilot)
        await picked(pilot, *"sonnet")
        await picked(pilot, *"opus")
        await pilot.press("backspace")
        assert screen.defaults.touched == {}
        for model in ("opus", "sonnet"):
            await pilot.press("u")
            assert screen.defaults.touched == {0: (model, None)}
        await pilot.press("u")
        assert screen.defaults.touched == {}
        assert screen.defaults.history == []


async def test_saved_defaults_are_taken_back_on_the_deck_one_save_after_the_other(parts: InHouse) -> None:
    before = config(parts).read_text()
    async with deck_opened(parts) as pilot:
        for model in ("sonnet", "opus"):
            await editor(pilot)
            await picked(pilot, *model)
            await pilot.press("s")
            await until(pilot, lambda: not isinstance(pilot.app.screen, WorkflowEditor), "the deck")
            pilot.app.desk.stray.clock.seconds += 2  # type: ignore[attr-defined]
        assert "u on the deck puts back what was there" in flat(pilot)
        await until(pilot, lambda: "u undo" in screen_text(pilot).splitlines()[-1], "the key")
        await pilot.press("u")
        await until(pilot, lambda: "{name: look, model: sonnet}" in config(parts).read_text(), "the first save")
        await until(pilot, lambda: len(pilot.app.desk.written) == 1, "its answer")  # type: ignore[attr-defined]
        pilot.app.desk.stray.clock.seconds += 2  # type: ignore[attr-defined]
        await pilot.press("u")
        await until(pilot, lambda: config(parts).read_text() == before, "what was there")


async def test_a_default_for_all_stages_is_not_written_over_a_change_that_was_not_shown(parts: InHouse) -> None:
    async with deck_opened(parts, "Ticket") as pilot:
        await pilot.press("m", *"haiku")
        await until(pilot, lambda: isinstance(pilot.app.screen, Picker), "the list")
        await pilot.pause()
        await pilot.press("ctrl+d")
        await until(pilot, lambda: "the default of 3 stages" in screen_text(pilot), "the question")
        other = UpdateWorkflow("ticket", {0: StageDefault("sonnet")}, project=str(parts.house.project))
        await parts.house.executor.verbs.start(other)
        card = pilot.app.desk.state.card  # type: ignore[attr-defined]
        await until(pilot, lambda: card("ticket").item.stages[0].model == "sonnet", "the other change, known here")
        await pilot.press("ctrl+d")
        await until(pilot, lambda: "changed since you looked at it" in flat(pilot), "why nothing was written")
        assert "{name: plan, profile: quick, model: sonnet}" in config(parts).read_text()
