"""What is read from a model id."""

from __future__ import annotations

import pytest

from tui.core.resolver.ids import date, stem, version, words


@pytest.mark.parametrize(
    ("model", "expected"),
    [
        ("claude-opus-4-8", (4, 8)),
        ("claude-opus-4-10", (4, 10)),
        ("claude-opus-4-20260514", (4,)),
        ("claude-opus-4-2026-05-14", (4,)),
        ("claude-3-5-haiku-latest", (3, 5)),
        ("glm-4.6v", (4, 6)),
        ("glm-4-9b", (4,)),
        ("glm-4-32b-0414", (4,)),
        ("claude-opus-5-128k", (5,)),
        ("claude-v2.1", (2, 1)),
        ("claude-opus-4.0", (4,)),
        ("codestral", ()),
        ("", ()),
    ],
)
def test_version_is_the_first_number_that_is_neither_date_nor_size(model: str, expected: tuple[int, ...]) -> None:
    assert version(model) == expected


@pytest.mark.parametrize(
    ("folded", "expected"),
    [
        ("tide-20260131", "tide"),
        ("tide-2026-01-31", "tide"),
        ("tide-latest", "tide"),
        ("tide-20260131-latest", "tide-20260131"),
        ("tide", None),
        ("tide-v2", None),
        ("tide-20261399", None),
        ("tide-12345678", None),
        ("tide20260131", None),
    ],
)
def test_stem_is_without_date_or_latest_and_nothing_else(folded: str, expected: str | None) -> None:
    assert stem(folded) == expected


def test_date_is_the_last_one() -> None:
    assert date("tide-20260131-v1") == "20260131"
    assert date("tide-2026-01-31") == "20260131"
    assert date("tide-4-8") == ""


def test_words_are_split_at_all_that_is_no_letter_or_digit() -> None:
    assert words("Claude_Opus-4.8:fast") == {"claude", "opus", "4", "8", "fast"}
