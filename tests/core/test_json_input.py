"""JSON of others: the same answer on every version of Python."""

from __future__ import annotations

import json

import pytest

from tui.core.json_input import DEEPEST, NestingError, read_json


@pytest.mark.parametrize("depth", [DEEPEST + 1, 1_000, 5_000, 200_000])
@pytest.mark.parametrize(("opening", "closing"), [("[", ""), ("[", "]"), ('{"a":', ""), ('[{"a":', "}]")])
def test_more_levels_than_the_limit_are_one_error(opening: str, closing: str, depth: int) -> None:
    text = opening * depth + ("0" + closing * depth if closing else "")
    for form in (text, text.encode()):
        with pytest.raises(NestingError, match="maps and lists are nested more than 100 deep"):
            read_json(form)


def test_as_many_levels_as_the_limit_are_read() -> None:
    text = "[" * DEEPEST + "]" * DEEPEST
    assert read_json(text) == json.loads(text)
    assert read_json(json.dumps([[[0]]] * 5_000)) == [[[0]]] * 5_000


@pytest.mark.parametrize("text", ["[" * 5_000, '"' + "[" * 5_000, "\\" + "{" * 5_000, '\\"' * 5_000 + "[" * 5_000])
def test_brackets_in_a_string_are_no_levels(text: str) -> None:
    assert read_json(json.dumps([text])) == [text]
    assert read_json(json.dumps({text: text}).encode()) == {text: text}


@pytest.mark.parametrize("text", ["", "{", "[1,]", '"' + "[" * 5_000, b"\xff", b'["\xff' + b"[" * 200 + b'"]'])
def test_what_is_no_json_is_a_value_error_and_not_called_deep(text: str | bytes) -> None:
    with pytest.raises(ValueError) as raised:
        read_json(text)
    assert not isinstance(raised.value, NestingError)


def test_a_caller_deep_in_calls_gets_an_answer_or_the_same_error() -> None:
    text = "[" * DEEPEST + "]" * DEEPEST

    def deep(levels: int) -> object:
        return deep(levels - 1) if levels else read_json(text)

    for levels in range(700, 990, 10):
        try:
            assert deep(levels) == json.loads(text)
        except (NestingError, RecursionError):  # the latter from ``deep`` itself
            break
