"""Layers become one: maps key by key, everything else replaces."""

from __future__ import annotations

from copy import deepcopy

from hypothesis import given
from hypothesis import strategies as st

from tui.config.document import Data
from tui.config.merge import merged

KEYS = st.sampled_from("abcd")
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=3),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=3),
    max_leaves=12,
)
MAPS = st.dictionaries(KEYS, VALUES, max_size=4)


@given(MAPS)
def test_an_empty_layer_changes_nothing(layer: dict[str, Data]) -> None:
    assert merged(layer, {}) == layer
    assert merged({}, layer) == layer


@given(MAPS, MAPS)
def test_neither_layer_is_changed(below: dict[str, Data], above: dict[str, Data]) -> None:
    before = deepcopy((below, above))
    merged(below, above)
    assert (below, above) == before


@given(MAPS, MAPS)
def test_each_key_has_one_source(below: dict[str, Data], above: dict[str, Data]) -> None:
    result = merged(below, above)

    assert result.keys() == below.keys() | above.keys()
    for key, value in result.items():
        if key not in above:
            assert value == below[key]
        elif not (isinstance(above[key], dict) and isinstance(below.get(key), dict)):
            assert value == above[key]
        elif not above[key]:
            assert value == {}
        else:
            assert value == merged(below[key], above[key])  # type: ignore[arg-type]


@given(MAPS, MAPS)
def test_a_layer_laid_on_twice_is_laid_on_once(below: dict[str, Data], above: dict[str, Data]) -> None:
    once = merged(below, above)
    assert merged(once, above) == once


def test_the_example_of_the_rule() -> None:
    below: dict[str, Data] = {"aliases": {"a": "1", "b": "2"}, "favourites": ["x"], "presets": {"p": {"plan": "opus"}}}
    above: dict[str, Data] = {"aliases": {"b": "3"}, "favourites": ["y"], "presets": {}}

    assert merged(below, above) == {"aliases": {"a": "1", "b": "3"}, "favourites": ["y"], "presets": {}}
