"""Ids sort by time, are short, and are fit to be file names."""

from __future__ import annotations

import os
import re

from hypothesis import given
from hypothesis import strategies as st

from tui.core.ids import new_attempt_id, new_run_id

NOW = 1_795_000_000_000
MOMENTS = st.integers(0, 2**45 - 1)


def no_chance(count: int) -> bytes:
    return bytes(count)


@given(MOMENTS, MOMENTS)
def test_ids_sort_as_their_moments_do(one: int, other: int) -> None:
    assert (new_run_id(one, no_chance) < new_run_id(other, no_chance)) == (one < other)


@given(st.integers(0), st.binary(min_size=4, max_size=4))
def test_an_id_is_short_and_safe_as_a_file_name(moment: int, chance: bytes) -> None:
    assert re.fullmatch(r"r_[0-9a-hjkmnp-tv-z]{15}", new_run_id(moment, lambda _: chance))
    assert re.fullmatch(r"a_[0-9a-hjkmnp-tv-z]{15}", new_attempt_id(moment, lambda _: chance))


def test_ids_of_one_moment_differ_by_chance() -> None:
    assert len({new_run_id(NOW, os.urandom) for _ in range(1000)}) == 1000


def test_what_chance_gives_is_used_in_full() -> None:
    assert new_run_id(0, no_chance) == "r_000000000000000"
    assert new_run_id(0, lambda count: b"\xff" * count) == "r_000000000zzzzzz"
