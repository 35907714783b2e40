"""The whole program under a terminal, by keys alone, and what it leaves behind: nothing."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cli.conftest import Shell
from tests.system.terminal import LIMIT, PROGRAM, Terminal, of_folder

LARGE, SMALL = (100, 30), (80, 24)
DEMO = (*PROGRAM, "demo")


@pytest.fixture
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a home, and with what is temporary; its path is short enough for a socket."""
    folder = tmp_path_factory.mktemp("d")
    for name in ("home", "tmp", "work"):
        (folder / name).mkdir()
    return folder


def person(place: Path, **more: str) -> dict[str, str]:
    """The variables of somebody who logs in at ``place``. Each process of theirs can be told by ``TMPDIR``."""
    return {"HOME": str(place / "home"), "TMPDIR": str(place / "tmp"), "PATH": os.environ["PATH"]} | more


def demo(place: Path, size: tuple[int, int] = LARGE, **more: str) -> Terminal:
    return Terminal(DEMO, cwd=place / "work", env=person(place, **more), columns=size[0], rows=size[1])


def nothing_is_left(place: Path) -> None:
    """No process of the demo, no file of it anywhere."""
    limit = time.monotonic() + LIMIT
    while left := of_folder(str(place)):
        assert time.monotonic() < limit, f"processes are left: {left}"
        os.sched_yield()
    assert [path for path in place.rglob("*") if path.is_file()] == []
    assert list((place / "tmp").iterdir()) == []


def card(screen: str, title: str) -> str:
    """The three rows of the card with this title; empty where it is not on the screen."""
    lines = screen.splitlines()
    found = (number for number, line in enumerate(lines) if re.match(rf"[┃ ] {re.escape(title)}", line))
    at = next(found, len(lines))
    return "\n".join(lines[at : at + 3])


def connected(terminal: Terminal) -> str:
    """The deck is there, and every card knows its model."""
    return terminal.until(
        lambda screen: "● connected" in screen and "Create a spec" in screen and "asking …" not in screen
    )


def start(terminal: Terminal, title: str, text: str = "") -> str:
    """From the deck: start the focused card with a text; gives the run screen as soon as a step runs."""
    terminal.insist("s", f'Start "{title}"')
    terminal.until("a rehearsal: no model runs, nothing is spent")
    terminal.press(text)
    terminal.until(text)
    terminal.insist("enter", lambda screen: "running" in screen and " step " in screen)
    return terminal.until(lambda screen: re.search(r"^ ▶ \w+", screen, re.MULTILINE) is not None)


def find(terminal: Terminal, title: str) -> None:
    """Leave only the cards that match, and be on the first."""
    terminal.press("/")
    terminal.until("part of a title")
    terminal.press(title, "enter")
    terminal.until(f"┃ {title}")
    terminal.until(lambda screen: "start" in screen.splitlines()[-1])  # the keys are the deck's again


def cancel(terminal: Terminal) -> str:
    """Press ``x`` until it was asked, and once more."""
    terminal.insist("x", "x again ends this run")
    return terminal.insist("x", "- cancelled")


@pytest.mark.parametrize("size", [LARGE, SMALL], ids=["100x30", "80x24"])
def test_the_demo_by_keys_alone(place: Path, size: tuple[int, int]) -> None:
    with demo(place, size) as terminal:
        deck = connected(terminal)
        assert "anthropic/claude-opus-5-5" in card(deck, "Create a spec")
        assert "stage default (plan): opus" in card(deck, "Create a spec")
        bug = card(deck, "Fix a bug")

        terminal.press("j")
        terminal.until("┃ Fix a bug")
        terminal.press("up")
        terminal.until("┃ Create a spec")

        terminal.press("m")
        terminal.until('Model for "Create a spec"')
        terminal.press("haiku-5-5")
        terminal.until("run model: anthropic/claude-haiku-5-5")
        terminal.press("enter")
        terminal.until_gone('Model for "Create a spec"')
        picked = "run model: anthropic/claude-haiku-5-5"
        deck = terminal.until(lambda screen: picked in card(screen, "Create a spec"))
        assert "→ anthropic/claude-haiku-5-5" in card(deck, "Create a spec")
        assert "opus" not in card(deck, "Create a spec")
        assert card(deck, "Fix a bug") == bug

        start(terminal, "Create a spec", "a coupon that can be used once")
        run = terminal.until(lambda screen: " ✓ plan" in screen and " ▶ impl" in screen)
        plan = next(line for line in run.splitlines() if line.startswith(" ✓ plan"))
        assert "claude-haiku-5-5" in plan
        assert "rehearsal" in plan
        assert "unproven" in plan
        assert "confirmed" not in run
        terminal.press("k")
        terminal.until("a coupon that can be used once")  # what the agent was given, in what it wrote
        cancel(terminal)

        terminal.press("escape")
        terminal.until(lambda screen: "- cancelled" in card(screen, "Create a spec"))
        run = start(terminal, "Create a spec")
        terminal.press("w")
        terminal.until(lambda screen: re.search(r"run model +won", screen) is not None)
        terminal.press("escape")
        terminal.until(lambda screen: "Why this model" not in screen and "x cancel" in screen)
        terminal.press("3")
        terminal.until(lambda screen: "running" in screen and "cancelled" in screen)
        terminal.press("q")
        assert terminal.ended() == 0
        terminal.is_clean()
    nothing_is_left(place)


def test_a_name_that_is_pasted_with_its_line_end_is_the_model_that_is_taken(place: Path) -> None:
    """Over a slow line letters and enter arrive at once: nothing but what was typed may be taken."""
    with demo(place) as terminal:
        connected(terminal)
        for name in ("claude-sonnet-5-5", "claude-haiku-5-5", "claude-opus-4-8"):
            terminal.press("m")
            terminal.until('Model for "Create a spec"')
            terminal.press(f"anthropic/{name}\r")
            terminal.until_gone('Model for "Create a spec"')
            terminal.until(f"run model: anthropic/{name}")
        terminal.press("q")
        assert terminal.ended() == 0
    nothing_is_left(place)


def test_letters_right_behind_the_filters_key_start_nothing(place: Path) -> None:
    """``s`` is a key of the deck, and ``/story`` may come in one piece."""
    with demo(place) as terminal:
        connected(terminal)
        terminal.press("/story\r")
        terminal.until("┃ Add a story")
        terminal.press("3")
        terminal.until("no runs yet")
        terminal.press("q")
        assert terminal.ended() == 0
    nothing_is_left(place)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP], ids=["term", "hup"])
def test_a_signal_restores_the_terminal_and_ends_what_the_demo_started(place: Path, number: signal.Signals) -> None:
    with demo(place) as terminal:
        connected(terminal)
        start(terminal, "Create a spec")
        assert len(of_folder(str(place))) > 2
        terminal.signal(number)
        assert terminal.ended() == 128 + number
        terminal.is_clean()
    nothing_is_left(place)


def test_a_demo_that_is_killed_leaves_nothing_either(place: Path) -> None:
    with demo(place) as terminal:
        connected(terminal)
        start(terminal, "Create a spec")
        assert len(of_folder(str(place))) > 2
        terminal.signal(signal.SIGKILL)
        assert terminal.ended() == -signal.SIGKILL
    nothing_is_left(place)


def test_a_lost_line_ends_the_demo_and_what_it_started(place: Path) -> None:
    with demo(place) as terminal:
        connected(terminal)
        start(terminal, "Create a spec")
        terminal.hang_up()
        assert terminal.ended() != 0
    nothing_is_left(place)


def test_a_signal_before_the_first_frame_leaves_nothing(place: Path) -> None:
    with demo(place) as terminal:
        terminal.until(lambda _: any((place / "tmp").iterdir()))
        terminal.signal(signal.SIGTERM)
        assert terminal.ended() == 128 + signal.SIGTERM
        terminal.is_clean()
    nothing_is_left(place)


def test_a_small_window_says_so_and_a_large_one_shows_the_deck_again(place: Path) -> None:
    with demo(place) as terminal:
        connected(terminal)
        terminal.resize(50, 15)
        terminal.until(lambda screen: "too small" in screen and "Fix a bug" not in screen)
        terminal.resize(*LARGE)
        terminal.until("Fix a bug")
        connected(terminal)
        terminal.press("ctrl+c")
        assert terminal.ended() == 0
        terminal.is_clean()
    nothing_is_left(place)


def test_ctrl_z_gives_the_shell_its_terminal_back_for_a_while(place: Path) -> None:
    shell = ("/bin/bash", "--norc", "--noprofile", "-i")
    with Terminal(shell, cwd=place / "work", env=person(place, PS1="ready> ", HISTFILE="/dev/null")) as terminal:
        terminal.until("ready>")
        terminal.press(" ".join(DEMO), "enter")
        connected(terminal)
        terminal.press("ctrl+z")
        terminal.until("Stopped")
        before = len(terminal.raw)
        assert terminal.modes[1049] is False
        assert terminal.modes[25] is True
        assert terminal.kitty == 0
        terminal.press("fg", "enter")
        terminal.until(lambda _: b"Fix a bug" in terminal.raw[before:])  # painted anew
        connected(terminal)
        terminal.press("q")
        terminal.until(lambda _: terminal.modes[1049] is False and not of_demo(place))
        terminal.press("exit", "enter")
        assert terminal.ended() == 0
        terminal.is_clean()
    nothing_is_left(place)


def of_demo(place: Path) -> list[str]:
    return [command for command in of_folder(str(place)).values() if command.endswith("tui demo ")]


@pytest.mark.parametrize("term", ["dumb", ""], ids=["dumb", "none"])
def test_a_terminal_that_can_not_draw_gets_no_escapes(place: Path, term: str) -> None:
    with demo(place, TERM=term) as terminal:
        assert terminal.ended() == 2
        assert "needs a terminal" in terminal.screen
        assert b"\x1b" not in terminal.raw
    nothing_is_left(place)


@pytest.mark.parametrize("stream", ["stdin", "stdout"])
def test_half_a_terminal_is_none(place: Path, stream: str) -> None:
    """The other two are a terminal, as in ``modeldeck demo | less``."""
    sign = {"stdin": "</dev/null", "stdout": "| cat"}[stream]
    command = ("/bin/bash", "-c", f"set -o pipefail; {' '.join(DEMO)} {sign}")
    with Terminal(command, cwd=place / "work", env=person(place)) as terminal:
        assert terminal.ended() == 2
        assert "needs a terminal" in terminal.screen
        assert b"\x1b" not in terminal.raw
    nothing_is_left(place)


def test_with_stderr_in_a_file_the_terminal_is_drawn_on_all_the_same(place: Path) -> None:
    log = place / "tmp" / "log"
    command = ("/bin/sh", "-c", f"exec {' '.join(DEMO)} 2>{log}")
    with Terminal(command, cwd=place / "work", env=person(place)) as terminal:
        connected(terminal)
        terminal.press("q")
        assert terminal.ended() == 0
    assert log.read_bytes() == b""
    log.unlink()
    nothing_is_left(place)


# The person's own deck ------------------------------------------------------------------------------------------------


@pytest.fixture
def own(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shell]:
    """A person's own files, a trusted project, and no executor yet."""
    shell = Shell(tmp_path_factory.mktemp("own"))
    assert shell("trust", "--yes").code == 0
    yield shell
    shell.close()


def of_own(shell: Shell) -> Terminal:
    return Terminal(PROGRAM, cwd=shell.project, env=shell.env | {"TERM": "xterm-256color"})


def test_what_was_started_goes_on_without_the_dashboard_and_is_found_by_the_next(own: Shell) -> None:
    with of_own(own) as terminal:
        terminal.until(lambda screen: "● connected" in screen and "asking …" not in screen)
        find(terminal, "stay")
        start(terminal, "stay", "for as long as it takes")
        terminal.press("q")
        assert terminal.ended() == 0
        terminal.is_clean()

    (run,) = own("task", "list", "--view", "tasks", "--json").data["tasks"]
    assert run["status"] == "running"
    executor = json.loads(own("executor", "status", "--json").out)["pid"]
    assert executor in of_folder(str(own.state))

    with of_own(own) as terminal:
        terminal.until(lambda screen: "● connected" in screen and "1 running" in screen)
        terminal.until(lambda screen: "running" in card(screen, "stay"))
        find(terminal, "stay")
        terminal.press("enter")
        terminal.until(lambda screen: run["task_id"] in screen and " ▶ stay" in screen)
        cancel(terminal)
        terminal.signal(signal.SIGTERM)
        assert terminal.ended() == 128 + signal.SIGTERM
        terminal.is_clean()

    assert own("executor", "status", "--json").data["pid"] == executor
    assert own("executor", "stop").code == 0
    assert of_folder(str(own.state)) == {}


def test_the_deck_of_yesterday_is_there_while_the_executor_starts(own: Shell) -> None:
    with of_own(own) as terminal:
        terminal.until(lambda screen: "● connected" in screen and "asking …" not in screen)
        terminal.press("q")
        assert terminal.ended() == 0
    assert own("executor", "stop").code == 0

    with of_own(own) as terminal:
        terminal.until("Take a nap")
        connected_later = terminal.until("● connected")
        assert "as of" not in connected_later
        terminal.press("q")
        assert terminal.ended() == 0
    assert re.search(rb"as of \d\d", terminal.raw)


@pytest.mark.parametrize("how", ["dumb", "pipe"])
def test_where_nothing_can_be_drawn_the_deck_is_a_plain_list(own: Shell, how: str) -> None:
    if how == "pipe":
        done = subprocess.run(PROGRAM, cwd=own.project, env=own.env, capture_output=True, check=False, timeout=LIMIT)
        code, printed = done.returncode, done.stdout
    else:
        with Terminal(PROGRAM, cwd=own.project, env=own.env) as terminal:
            code, printed = terminal.ended(), terminal.raw
    assert code == 0
    assert b"Take a nap" in printed
    assert b"\x1b" not in printed
