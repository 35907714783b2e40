"""Was it really that model?"""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tui.core.evidence import Grade, same_model, verdict

SAME = [
    ("claude-opus-4-8", "claude-opus-4-8"),
    ("GLM-5", "glm-5"),
    ("claude-haiku-4-5", "claude-haiku-4-5-20251001"),
    ("gpt-5.5", "GPT-5.5-2026-04-01"),
    ("claude-3-7-sonnet-latest", "claude-3-7-sonnet"),
]
OTHER = [
    ("claude-opus-4-8", "claude-opus-4-7"),
    ("claude-haiku-4-5-20251001", "claude-haiku-4-5-20251002"),
    ("claude-haiku-4-5-20251001", "claude-haiku-4-5-latest"),
    ("gpt-5.5-2026-04-01", "gpt-5.5-20260401"),
    ("model-20250101", "model-20250101-20250202"),
    ("model", "model-v2"),
    ("model", "model-12345678"),
    ("model", "model-20251399"),
    ("claude-opus-4", "claude-opus-4-8"),
    ("model", "vendor/model"),
    ("model", ""),
]


@pytest.mark.parametrize(("one", "other"), SAME)
def test_case_and_a_date_on_one_side_make_no_difference(one: str, other: str) -> None:
    assert same_model(one, other)
    assert same_model(other, one)


@pytest.mark.parametrize(("one", "other"), OTHER)
def test_anything_else_is_another_model(one: str, other: str) -> None:
    assert not same_model(one, other)
    assert not same_model(other, one)


@given(st.text(max_size=30), st.text(max_size=30))
def test_the_order_of_two_ids_makes_no_difference(one: str, other: str) -> None:
    assert same_model(one, other) == same_model(other, one)
    assert same_model(one, one)


@pytest.mark.parametrize(
    ("sent", "answered", "grade", "expected"),
    [
        ("m", (), None, "none"),
        ("m", ("m",), "A", "confirmed"),
        ("m", ("m-20250101",), "B", "confirmed"),
        ("m", ("m",), "C", "unproven"),
        ("m", ("x",), "C", "unproven"),
        ("m", (), "D", "unproven"),
        ("m", (), "A", "unproven"),
        ("m", ("x",), "A", "differs"),
        ("m", ("m", "x"), "A", "differs"),
        ("m", ("m-20250101", "m-20250202"), "A", "confirmed"),
        (None, ("m",), "A", "observed"),
        (None, ("m",), "C", "unproven"),
        (None, (), None, "none"),
    ],
)
def test_only_an_answer_proves_who_answered(
    sent: str | None, answered: tuple[str, ...], grade: Grade | None, expected: str
) -> None:
    assert verdict(sent, answered, grade) == expected
