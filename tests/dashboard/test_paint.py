"""What goes over the line: the same screen as by the stock way, in far fewer bytes; nothing when nothing changes."""

from __future__ import annotations

import os
import signal
import statistics
import termios

import pytest

from tests.dashboard.terminal import Terminal
from tui.dashboard.burst import GAP

PROGRAM = "tests.dashboard.program"
DOWN, PAGE_DOWN, END, ESCAPE = "\x1b[B", "\x1b[6~", "\x1b[F", "\x1b"
DECK = "m model"
WALK = (
    ("j", DECK),
    (DOWN, DECK),
    (PAGE_DOWN, DECK),
    ("]", "run model: opus"),
    ("m", "Model for"),
    ("gpt", "openai/gpt-5.5"),
    (DOWN, "as written"),
    (ESCAPE, DECK),
    ("s", "What shall it do?"),
    ("wide 漢字 🙂 text", "text"),
    (ESCAPE, "again throws away"),
    (ESCAPE, DECK),
    ("w", "Why this model:"),
    (ESCAPE, DECK),
    ("?", "Keys"),
    (ESCAPE, DECK),
    (END, "Workflow 39"),
    ("2", "No specs here yet"),
    ("3", "no runs yet"),
    ("4", "$ in/out per M"),
    ("1", DECK),
    ("/", "part of a title"),
    ("flow 1", "Workflow 11"),
    ("\r", DECK),
    ("\x0c", DECK),
)
"""Keys, and what they bring to the screen."""


def both_show_the_same(one: Terminal, other: Terminal, when: str) -> None:
    one.settle(0.2)
    other.settle(0.05)

    def same() -> bool:
        other.read(0.05)
        return one.cells() == other.cells()

    one.until(same, f"the same screen {when}; the other is\n{other.text}")


@pytest.mark.parametrize("look", [{}, {"NO_COLOR": "1"}], ids=["colours", "none"])
def test_both_ways_of_painting_show_the_same_screen_after_every_key(look: dict[str, str]) -> None:
    with (
        Terminal(PROGRAM, "40", env=look) as cells,
        Terminal(PROGRAM, "40", env={**look, "MODELDECK_PAINT": "stock"}) as stock,
    ):
        for terminal in (cells, stock):
            terminal.shows("connected")
            terminal.settle()
        assert cells.cells() == stock.cells()
        for keys, brings in WALK:
            for terminal in (cells, stock):
                terminal.send(keys)
                terminal.shows(brings)
            both_show_the_same(cells, stock, f"after {keys!r}")
        for terminal in (cells, stock):
            terminal.resize(90, 30)
        both_show_the_same(cells, stock, "after a resize")
        assert len(cells.written) * 2 < len(stock.written)


@pytest.mark.parametrize("size", [(80, 24), (120, 40)], ids=["80x24", "120x40"])
def test_a_key_on_three_hundred_cards_writes_less_than_a_kilobyte(size: tuple[int, int]) -> None:
    with Terminal(PROGRAM, "300", size=size) as terminal:
        terminal.shows("connected")
        terminal.settle()
        counts = [terminal.press("j") for _ in range(24)]
        assert statistics.median(counts) < 500
        assert statistics.mean(counts) < 1000


def test_nothing_is_written_while_nothing_changes() -> None:
    with Terminal(PROGRAM, "5") as terminal:
        terminal.shows("connected")
        terminal.settle(1.0)
        assert terminal.settle(3.0) == 0


def test_quitting_leaves_the_terminal_as_it_was() -> None:
    with Terminal(PROGRAM, "5") as terminal:
        terminal.shows("connected")
        terminal.press("q")
        assert terminal.ends() == 0
        assert terminal.modes_left_on() == set()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP], ids=["term", "hup"])
def test_a_signal_leaves_the_terminal_as_it_was(number: signal.Signals) -> None:
    with Terminal(PROGRAM, "5") as terminal:
        terminal.shows("connected")
        os.kill(terminal.pid, number)
        assert terminal.ends() == 128 + number
        assert terminal.modes_left_on() == set()
        assert termios.tcgetattr(terminal.master)[3] & termios.ECHO


def test_after_a_suspension_the_whole_screen_is_painted_anew() -> None:
    with Terminal(PROGRAM, "5") as terminal:
        terminal.shows("connected")
        terminal.settle()
        before = terminal.text
        os.write(terminal.master, b"\x1a")
        pid, status = os.waitpid(terminal.pid, os.WUNTRACED)
        assert pid == terminal.pid
        assert os.WIFSTOPPED(status)
        terminal.settle()
        terminal.screen.reset()
        os.kill(terminal.pid, signal.SIGCONT)
        terminal.shows("connected")
        terminal.settle()
        assert terminal.text == before


def test_what_is_typed_right_behind_a_key_that_opens_a_dialog_is_not_lost() -> None:
    with Terminal(PROGRAM, "5") as terminal:
        terminal.shows("connected")
        terminal.settle()
        terminal.send("mnode:fast\r")
        terminal.shows("run model: node:fast")
        terminal.send("jsmend the cart, please")
        terminal.shows('Start "Workflow 1"')
        terminal.shows("mend the cart, please")
        terminal.settle(2 * GAP)  # the picker's keys and the start are not typed in one go
        terminal.send("\r")
        terminal.until(lambda: "Workflow 1 · r_0001" in terminal.text, "the run")
