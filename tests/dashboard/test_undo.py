"""Undo of choices that replace others at once: in the form of a spec, the start dialog, the editor and the deck."""

from __future__ import annotations

from textual.pilot import Pilot

from tests.dashboard.conftest import screen_text, until
from tests.dashboard.inhouse import InHouse
from tests.dashboard.test_spec_form import PRESETS, configure, models
from tests.dashboard.test_spec_place import formed, line_of, onto, stored, written
from tests.dashboard.test_spec_place import inside as inside  # noqa: PLC0414  # the fixture
from tests.dashboard.test_spec_place import opened as specs_opened
from tests.executor.conftest import house as house  # noqa: PLC0414  # the fixture
from tui.core.spec_verbs import UpdateSpec
from tui.dashboard.screens.spec_form import SpecForm


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
