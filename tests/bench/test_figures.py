"""The bench's own rules; what it measures is no test."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.bench.figures import Figure, UnmeasuredError, table
from tests.bench.house import environment
from tests.bench.terminal import DOWN, Terminal


@pytest.mark.parametrize(
    ("figure", "verdict"),
    [
        (Figure("no limit", 1000.0, "ms"), ""),
        (Figure("at the limit", 0.6, "s", limit=0.6), "ok"),
        (Figure("over it", 0.61, "s", limit=0.6), "OVER"),
        (Figure("ratio", 300.0, "ms", 200.0, limit=1.8, limited="ratio"), "ok"),
        (Figure("ratio over", 400.0, "ms", 200.0, limit=1.8, limited="ratio"), "OVER"),
        (Figure("ratio without a control", 1.0, "ms", limit=1.8, limited="ratio"), "OVER"),
        (Figure("none at all", 0.0, "", 40.0, limit=0.0), "ok"),
    ],
)
def test_a_limit_is_for_the_figure_or_for_its_ratio(figure: Figure, verdict: str) -> None:
    assert figure.verdict == verdict
    assert figure.ok is (verdict != "OVER")


def test_the_table_shows_figure_control_ratio_and_limit() -> None:
    text = table([Figure("a start", 300.0, "ms", 200.0, "a hello", 1.8, "ratio"), Figure("wakes", 2.0, "", limit=0.0)])
    assert text.splitlines()[1].split()[2:9] == ["300", "ms", "200", "ms", "1.50", "1.8", "x"]
    assert text.splitlines()[2].split() == ["wakes", "2", "0", "OVER"]


def test_an_unknown_measure_is_refused_with_those_there_are() -> None:
    argv = (sys.executable, "-m", "tests.bench", "strat")
    done = subprocess.run(argv, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 2
    assert "no measure 'strat'; there are start, imports" in done.stderr


def test_the_terminal_tells_when_something_was_complete_and_what_a_key_brought(tmp_path: Path) -> None:
    script = (
        r"stty -echo -icanon; printf '\033]0;title\007\033[?2026$pone'; printf ' two'; read x; printf three; read x"
    )
    with Terminal(("/bin/sh", "-c", script), environment(tmp_path)) as terminal:
        assert 0 < terminal.complete("one", "two") < 60
        assert terminal.text().startswith("one two")
        reaction = terminal.press(b"\n")
        assert reaction is not None
        assert reaction.size == len("three")
        assert terminal.text().startswith("one twothree")


def test_a_screen_that_never_comes_is_told_with_what_there_is(tmp_path: Path) -> None:
    with (
        Terminal(("/bin/sh", "-c", "echo only this"), environment(tmp_path)) as terminal,
        pytest.raises(UnmeasuredError, match="much more never were on the screen together, which shows: only this"),
    ):
        terminal.complete("much more")


def test_a_key_that_nobody_hears_is_none(tmp_path: Path) -> None:
    with Terminal(("/bin/sh", "-c", "stty -echo -icanon; echo up; sleep 60"), environment(tmp_path)) as it:
        it.complete("up")
        assert it.press(DOWN) is None
