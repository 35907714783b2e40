"""Old and odd specs are read without an error, and nothing of them is lost."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from tui.core.catalog import Catalog, Model, Provider
from tui.core.errors import ResolutionError
from tui.core.resolution import ResolutionRequest
from tui.core.resolver import resolve
from tui.core.settings import Settings, Workflow
from tui.core.spec import SPEC_TYPES, STAGES, Spec, choices_of, part_of, preference, preferences
from tui.core.spec_entry import editable
from tui.core.spec_reading import read_specs

SCALARS = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8)
KEYS = st.sampled_from(
    ["type", "title", "name", "text", "description", "attachments", "project", "workflow", "stages", "stage_models",
     "model_set", "orchestrator_state", "stageModelPreferences", "plan", "build", "implement", "model",
     "effort", "specs"]
) | st.text(max_size=4)  # fmt: skip
WORDS = st.sampled_from([*SPEC_TYPES, "Feature ", "epic", "opus", "inherit", "node:fast", "", " "])
JSON = st.recursive(
    SCALARS | WORDS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(KEYS, inner, max_size=5),
    max_leaves=25,
)
ITEMS = st.dictionaries(KEYS, JSON, max_size=8)


def as_stored(value: object) -> object:
    """A field's value as JSON has it."""
    if isinstance(value, tuple):
        return [as_stored(one) for one in value]
    return {"path": value.path, "type": value.type} if hasattr(value, "path") else value


@given(document=JSON | ITEMS | st.lists(ITEMS, max_size=4))
@settings(max_examples=300, deadline=None)
def test_the_reader_never_raises(document: object) -> None:
    found = read_specs(document)
    assert [one.index for one in found] == list(range(len(found)))
    for one in found:
        assert one.spec is not None or one.notes


@given(item=ITEMS)
@example(item={"title": 7, "description": "A title", "type": None})
@example(item={"stage_models": None, "orchestrator_state": None})
@settings(max_examples=300, deadline=None)
def test_every_key_is_kept_with_its_value(item: dict[str, Any]) -> None:
    (found,) = read_specs([item])
    spec = found.spec
    assert spec is not None
    for key, value in item.items():
        kept = spec.extra[key] if key in spec.extra else as_stored(getattr(spec, key))
        assert (kept, type(kept)) == (value, type(value))


@given(item=ITEMS)
@settings(max_examples=200, deadline=None)
def test_whatever_was_read_can_be_shown_changed_and_resolved(item: dict[str, Any]) -> None:
    spec = read_specs([item])[0].spec
    assert spec is not None
    preferences(spec)
    whole = replace(spec, stage_models=editable(spec))
    assert [preference(whole, stage) for stage in STAGES] == [preference(spec, stage) for stage in STAGES]
    part_of(Workflow(), spec)
    for stage in ("plan", "implement"):
        preference(spec, stage)
        try:
            resolve(ResolutionRequest("step", stage=stage, spec=choices_of(spec)), Settings(), CATALOG)
        except ResolutionError as error:
            assert error.message


CATALOG = Catalog((Provider("anthropic", source="config", models=(Model("claude-opus-4-8"),)),))

LEGACY = {"plan": "opus", "test": 7}


@pytest.mark.parametrize(
    ("document", "titles"),
    [
        ({"title": "One"}, ["One"]),
        ([{"title": "One"}, {"name": "Two"}], ["One", "Two"]),
        ({"specs": [{"title": "One"}]}, ["One"]),
        ({"title": "One", "specs": [1]}, ["One"]),
        ({"description": "\n First line \nsecond"}, ["First line"]),
        ({}, ["Untitled"]),
        ([], []),
    ],
)
def test_one_spec_a_list_or_a_map_of_them(document: object, titles: list[str]) -> None:
    assert [one.spec.title for one in read_specs(document) if one.spec] == titles


@pytest.mark.parametrize(
    "state",
    [{"workflow": {"stageModelPreferences": LEGACY}}, {"stageModelPreferences": LEGACY}],
    ids=["under_workflow", "beside_it"],
)
def test_the_legacy_shapes_speak_from_where_they_are(state: dict[str, Any]) -> None:
    spec = read_specs({"title": "Old", "orchestrator_state": state})[0].spec
    assert spec is not None
    assert (spec.orchestrator_state, spec.stage_models) == (state, None)
    assert preference(spec, "plan") == "opus"


def test_what_is_odd_is_told() -> None:
    found = read_specs([{"type": "epic", "title": "A", "stage_models": [], "stages": "plan"}, 7, None])
    assert found[0].notes == (
        "its type is 'epic'; it is read as a todo (there is feature, bug, chore, patch, todo, story)",
        "its stages is a text, which it can't be; it is kept as it came",
        "its stage_models is a list, not a map; it is kept, and read as empty",
    )
    assert (found[1].spec, found[1].notes) == (None, ("it is a number, not a map with a spec's fields",))
    assert found[2].notes == ("it is nothing, not a map with a spec's fields",)


def test_what_nobody_can_send_is_not_read() -> None:
    deep: Any = "end"
    for _ in range(100):
        deep = {"a": deep}
    assert read_specs([deep])[0].spec is None
    assert isinstance(read_specs([{"title": "A"}])[0].spec, Spec)
