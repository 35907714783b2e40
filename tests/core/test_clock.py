"""Times are texts that sort."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tui.core.clock import SystemClock, iso

MOMENTS = st.integers(0, 4_102_444_800_000)


@pytest.mark.parametrize(
    ("milliseconds", "text"),
    [
        (0, "1970-01-01T00:00:00.000Z"),
        (1_795_165_200_007, "2026-11-20T09:00:00.007Z"),
        (999, "1970-01-01T00:00:00.999Z"),
    ],
    ids=["zero", "with_milliseconds", "no_rounding_up"],
)
def test_a_moment_is_told_in_utc_with_milliseconds(milliseconds: int, text: str) -> None:
    assert iso(milliseconds) == text


@given(MOMENTS, MOMENTS)
def test_the_texts_sort_as_the_moments_do(one: int, other: int) -> None:
    assert (iso(one) < iso(other)) == (one < other)


def test_the_machines_clock_tells_one_time_in_both_forms() -> None:
    clock = SystemClock()
    before, text, after = clock.milliseconds(), clock.utc_now(), clock.milliseconds()
    assert iso(before) <= text <= iso(after)
    assert clock.monotonic() <= clock.monotonic()
