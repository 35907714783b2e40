"""How YAML is read: the values of version 1.2, and the lines."""

from __future__ import annotations

import io

import pytest
from ruamel.yaml import YAML

from tui.config.document import parse

SCALARS = [
    "no", "No", "off", "yes", "on", "y", "true", "True", "TRUE", "tRUE", "false", "null", "Null", "~",
    "010", "0o10", "0x1F", "12:30", "1:30:00", "2026-11-20", "1_000", "+5", "-5", "1.5", ".5", "5.", "1e3", "-1.5e-3",
    "1.2.3", "4.1", "e5", "+", "0", "00", "1a", "0o8", "0xG", "glm-5", "node:fast",
]  # fmt: skip
"""Written without quotes."""


@pytest.mark.parametrize("text", SCALARS)
def test_the_reader_reads_a_scalar_as_the_editor_does(text: str) -> None:
    editor = YAML(typ="safe", pure=True)
    editor.version = (1, 2)  # type: ignore[assignment]
    expected = editor.load(io.StringIO(f"a: {text}\n"))["a"]
    if not isinstance(expected, bool | int | float | str | None):
        expected = text  # a date is a text here

    found = parse(f"a: {text}\n", "f").data["a"]

    assert found == expected
    assert type(found) is type(expected)


@pytest.mark.parametrize("text", ["'010'", '"010"', '"no"', "'null'", "!!str 010", "|\n  010"])
def test_what_is_quoted_is_a_text(text: str) -> None:
    assert isinstance(parse(f"a: {text}\n", "f").data["a"], str)


@pytest.mark.parametrize("text", [".inf", "-.Inf", ".nan", "9" * 40, "1e999", "1" * 99 + ".5", "0x" + "f" * 100])
def test_a_number_that_json_can_not_hold_stays_a_text(text: str) -> None:
    assert parse(f"a: {text}\n", "f").data["a"] == text


def test_keys_are_texts() -> None:
    assert parse("1: a\nno: b\n2.5: c\n~: d\n", "f").data == {"1": "a", "no": "b", "2.5": "c", "~": "d"}


def test_every_value_knows_its_line() -> None:
    document = parse("a:\n  - x: 1\n    y: 2\n  -\n    z: 3\nb: 4\n", "f")

    assert document.line(("a",)) == 1
    assert document.line(("a", 0, "y")) == 3
    assert document.line(("a", 1, "z")) == 5
    assert document.line(("b",)) == 6
    assert document.line(("a", 1, "not there")) == 5
    assert not document.holds(("a", 1, "not there"))
    assert document.holds(("a", 1, "z"))


@pytest.mark.parametrize("text", ["", "\n", "# nothing\n", "---\n", "--- ~\n", "\ufeff# marked\n"])
def test_an_empty_file_says_nothing(text: str) -> None:
    assert parse(text, "f").data == {}


def test_an_alias_stands_for_a_copy() -> None:
    document = parse("a: &x {k: 1}\nb: *x\n", "f")

    assert document.data["b"] == {"k": 1}
    assert document.line(("b",)) == 2
