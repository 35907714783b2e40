"""The hand-kept table of ends keeps its own rules."""

from __future__ import annotations

from datetime import date

from tui.catalog.retirements import retirements


def test_every_end_is_a_day_and_says_where_and_when_it_was_read() -> None:
    assert retirements()
    for row in retirements().values():
        assert date.fromisoformat(row.retires)
        assert date.fromisoformat(row.read) <= date(2026, 11, 20)
        assert row.source.strip()
