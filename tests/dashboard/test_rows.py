"""Small pieces: rows, words, stray keys, a lost line, a shadow of cells."""

from __future__ import annotations

import os
import pty
from datetime import timedelta

import pyte
import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len
from rich.color import ColorSystem
from rich.segment import Segment
from rich.style import Style
from textual.strip import Strip

from tests.dashboard.conftest import Hands
from tests.dashboard.fake import NOW
from tui.core.run import TERMINAL_RUN
from tui.dashboard.cells import Looks, Shadow
from tui.dashboard.face import drop_down
from tui.dashboard.glyphs import ascii_twin, speaks_utf8
from tui.dashboard.lost_line import LostLine
from tui.dashboard.row import Row, fit, middle, wrap
from tui.dashboard.stray import Stray
from tui.dashboard.words import ENDED, clock, dollars, selector, span, tokens

texts = st.text(st.sampled_from("ab c漢🙂é—"), max_size=30)


@given(texts, st.integers(5, 20))
def test_fitted_and_cut_text_is_never_wider_than_its_place(text: str, width: int) -> None:
    assert cell_len(fit(text, width)) == width
    assert cell_len(middle(text, width)) <= width
    assert Row(text).add(text, "dim").cut(width).width <= width
    assert all(cell_len(line) <= width for line in wrap(text, width))


def test_ids_are_cut_in_the_middle_and_titles_at_the_end() -> None:
    assert middle("anthropic/claude-opus-4-8", 16) == "anthropi…pus-4-8"
    assert fit("Create a specification", 10) == "Create a …"


def test_a_selector_goes_without_its_provider_before_it_is_cut() -> None:
    reference = "anthropic/claude-haiku-5-5"
    assert [selector(reference, width) for width in (26, 16, 9)] == [reference, "claude-haiku-5-5", "clau…-5-5"]
    assert drop_down(reference).text == "[ claude-haiku-5-5 ▾]"
    assert [selector("agent-default", width) for width in (13, 7)] == ["agent-default", "agent"]


@pytest.mark.parametrize(
    ("ago", "told"),
    [(5, "5s ago"), (180, "3m ago"), (7200, "12:05"), (90_000, "19 Nov 13:05")],
    ids=["seconds", "minutes", "hours", "days"],
)
def test_times_are_relative_within_the_hour(ago: int, told: str) -> None:
    assert clock((NOW - timedelta(seconds=ago)).isoformat(), NOW) == told


def test_spans_sizes_and_prices() -> None:
    assert span("2026-11-20T14:00:00.000Z", "2026-11-20T14:00:41.000Z", NOW) == "0m41"
    assert span("2026-11-20T12:00:00.000Z", None, NOW) == "2h05m"
    assert span("nonsense", None, NOW) == ""
    assert [tokens(number) for number in (None, 200_000, 1_000_000)] == ["?", "200k", "1M"]
    assert [dollars(amount) for amount in (None, 3, 15, 0.25)] == ["?", "3.00", "15", "0.25"]


def test_a_stray_key_costs_nothing() -> None:
    hands = Hands()
    stray = Stray(hands)
    assert not stray.confirmed("cancel a")
    assert not stray.confirmed("cancel b")
    assert stray.confirmed("cancel b")
    assert not stray.confirmed("cancel b")
    assert not stray.doubled("start")
    assert stray.doubled("start")
    hands.seconds += 1
    assert not stray.doubled("start")


@pytest.mark.parametrize(
    ("env", "utf8"),
    [
        ({"LANG": "en_GB.UTF-8"}, True),
        ({"LANG": "en_GB.utf8"}, True),
        ({"LC_ALL": "C", "LANG": "en_GB.UTF-8"}, False),
        ({"LC_CTYPE": "C.UTF-8", "LANG": "C"}, True),
        ({}, False),
    ],
    ids=["lang", "spelling", "all-wins", "ctype-wins", "nothing"],
)
def test_the_locale_tells_whether_signs_can_be_shown(env: dict[str, str], utf8: bool) -> None:
    assert speaks_utf8(env) is utf8


def test_twins_are_ascii_and_as_wide() -> None:
    text = "✓ ▶ ✗ · ┃ → ▾ ★ ● ○ … ─ │ ◀ — 漢"
    assert ascii_twin(text).isascii()
    assert len(ascii_twin(text)) == len(text)


def test_a_terminal_that_hung_up_is_noticed() -> None:
    master, terminal = pty.openpty()
    watch = LostLine(terminal)
    assert not watch.gone()
    os.close(master)
    assert watch.gone()
    os.close(terminal)


STYLES = [Style(), Style(bold=True), Style(color="red"), Style(bgcolor="blue", color="red"), Style(reverse=True)]
segments = st.lists(st.tuples(texts, st.sampled_from(STYLES)), max_size=5)
frames = st.lists(st.lists(st.tuples(st.integers(0, 30), segments), min_size=3, max_size=3), min_size=1, max_size=4)


@given(frames)
def test_writing_what_differs_shows_what_writing_everything_shows(
    drawn: list[list[tuple[int, list[tuple[str, Style]]]]],
) -> None:
    looks = Looks(ColorSystem.TRUECOLOR)
    shadow = Shadow(40, 3, erase=True)
    kept, whole = pyte.Screen(40, 3), pyte.Screen(40, 3)
    blank = Strip([Segment(" " * 40, Style())])
    written = shadow.update((y, 0, looks.cells(blank)) for y in range(3))
    pyte.Stream(kept).feed(written)
    state = [looks.cells(blank) for _ in range(3)]
    for frame in drawn:
        pieces = []
        for y, (wanted, parts) in enumerate(frame):
            # No widget begins in the middle of another's wide character.
            x = wanted if state[y][wanted][0] else 0
            strip = Strip([Segment(text, style) for text, style in parts]).crop(0, 40 - x)
            cells = looks.cells(strip)
            end = x + len(cells)
            if end < 40 and state[y][end][0] == "":
                continue
            pieces.append((y, x, cells))
            state[y][x:end] = cells
        pyte.Stream(kept).feed(shadow.update(pieces))
    pyte.Stream(whole).feed(Shadow(40, 3, erase=False).update((y, 0, cells) for y, cells in enumerate(state)))
    assert kept.display == whole.display


def test_a_run_has_ended_in_the_same_states_as_in_core() -> None:
    assert {str(state) for state in TERMINAL_RUN} == ENDED
