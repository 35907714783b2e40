"""``modeldeck trust|untrust``: what is said of a folder, and of a file in it that can't be used."""

from __future__ import annotations

import os

import pytest

from tests.cli.conftest import Shell
from tests.disk import without_roots_power
from tests.system.terminal import PROGRAM, Terminal

QUESTION = "so that all of this may run? [y/N]"


def test_a_folder_whose_file_is_broken_is_trusted_with_a_word_on_it(fresh: Shell) -> None:
    (fresh.project / ".modeldeck.yaml").write_text("workflows:\n  x: {stagges: []}\n")
    for flags in (("--show",), ("--yes",)):
        told = fresh("trust", *flags)
        assert told.code == 0
        assert "Its configuration has an error, so nothing of that file is in force:" in told.err
        assert ".modeldeck.yaml:2: unknown key 'stagges' in workflows.x" in told.err
        assert "stagges" in fresh("trust", *flags, "--json").data["problem"]
    (fresh.project / ".modeldeck.yaml").write_text("default_model: haiku\n")
    told = fresh("trust", "--yes")
    assert (told.code, told.err) == (0, "")
    assert fresh("trust", "--yes", "--json").data["problem"] is None


def test_a_trust_that_was_taken_back_does_not_read_as_one_that_never_was(fresh: Shell) -> None:
    assert "it was never trusted" in fresh("trust", "--show").out
    fresh("trust", "--yes")
    fresh("untrust")
    for told in (fresh("trust", "--show").out, fresh("task", "start", "nap").err):
        assert "never trusted" not in told
        assert "its trust was taken back" in told


@pytest.mark.parametrize(("flags", "where"), [((), "Without a terminal"), (("--json",), "With --json")])
def test_nothing_is_trusted_where_nobody_can_be_asked(fresh: Shell, flags: tuple[str, ...], where: str) -> None:
    refused = fresh("trust", *flags, stdin="y\n")
    assert refused.code == 2
    assert f"{where} nobody can be asked: look at the list (--show), then add --yes" in refused.err
    assert fresh("trust", "--show", "--json").data["trusted"] is False


def test_show_and_yes_do_not_go_together(fresh: Shell) -> None:
    assert fresh("trust", "--show", "--yes").code == 2
    assert fresh("trust", "--show", "--json").data["trusted"] is False


@pytest.mark.parametrize(("answer", "code", "trusted"), [("y", 0, True), ("n", 1, False), ("", 1, False)])
def test_what_a_folder_would_run_is_shown_before_the_question(
    fresh: Shell, answer: str, code: int, trusted: bool
) -> None:
    (fresh.project / ".mcp.json").write_text('{"mcpServers": {"x": {"command": "canary"}}}')
    with Terminal((*PROGRAM, "trust"), cwd=fresh.project, env=fresh.env | {"TERM": "xterm"}) as terminal:
        asked = terminal.until(QUESTION)
        assert ".mcp.json starts or contacts the server x: canary" in asked
        terminal.press(*answer, "enter")
        assert terminal.ended() == code
    assert fresh("trust", "--show", "--json").data["trusted"] is trusted


def test_a_folder_that_changes_while_it_is_shown_is_not_trusted(fresh: Shell) -> None:
    with Terminal((*PROGRAM, "trust"), cwd=fresh.project, env=fresh.env | {"TERM": "xterm"}) as terminal:
        terminal.until(QUESTION)
        (fresh.project / ".mcp.json").write_text('{"mcpServers": {"x": {"command": "canary"}}}')
        terminal.press("y", "enter")
        terminal.until("look at it again, then trust")
        assert terminal.ended() == 2
    assert fresh("trust", "--show", "--json").data["trusted"] is False


DIRTY = "a\x1b]52;c;x\x07b\x7fc\x9b31md\u202ee\u2066f\u200eg\u2028h\ufeffi"


def test_json_carries_control_and_bidi_characters_as_escapes_and_exactly(fresh: Shell) -> None:
    folder = fresh.project.with_name(DIRTY.replace("\x1b", ""))
    folder.mkdir()
    for args in (("trust", "--show", str(folder)), ("trust", "--yes", str(folder)), ("untrust", str(folder))):
        as_json, as_text = fresh(*args, "--json"), fresh(*args)
        assert as_json.data["folder"] == str(folder)
        for text in (as_json.out, as_text.out, as_text.err):
            assert all(letter.isprintable() or letter == "\n" for letter in text), ascii(text)
    for args in (("task", "start", "--workflow", DIRTY), ("spec", "show", DIRTY), ("trust", "--x" + DIRTY), (DIRTY,)):
        for flags in ((), ("--json",)):
            failed = fresh(*args, *flags)
            assert failed.code != 0
            assert all(letter.isprintable() or letter == "\n" for letter in failed.out + failed.err), ascii(failed.err)


@pytest.mark.parametrize("command", [("trust", "--yes"), ("untrust",)], ids=["trust", "untrust"])
def test_a_state_folder_that_is_read_only_gets_a_sentence(fresh: Shell, command: tuple[str, ...]) -> None:
    fresh.state.mkdir(mode=0o700)
    fresh.state.chmod(0o500)
    try:
        refused = fresh(*command, before=without_roots_power)
    finally:
        fresh.state.chmod(0o700)
    assert refused.code == 1
    assert (refused.err.count("\n"), "Traceback" in refused.err) == (1, False)
    assert "The lock" in refused.err
    assert "Permission denied" in refused.err


@pytest.mark.parametrize(
    ("name", "command"), [("trust.lock", ("trust", "--yes")), ("executor.lock", ("executor", "run"))]
)
@pytest.mark.parametrize("kind", ["link", "fifo"])
def test_a_lock_that_is_no_file_gets_a_sentence(fresh: Shell, name: str, command: tuple[str, ...], kind: str) -> None:
    fresh.state.mkdir(mode=0o700)
    lock, target = fresh.state / name, fresh.state / "target"
    if kind == "link":
        lock.symlink_to(target)
    else:
        os.mkfifo(lock)
    refused = fresh(*command)
    assert refused.code == 1
    assert (refused.err.count("\n"), "Traceback" in refused.err) == (1, False)
    assert f"The lock {lock} can't be opened: it is" in refused.err
    assert not target.exists()
