"""A broken machine or an odd hand gets one clear sentence and the right status, and nothing is half-done.

Wrong words on the command line are in ``tests/cli/bad_input.yaml``.
"""

from __future__ import annotations

import json
import os
import resource
import shutil
import signal
import socket
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest

from tests.cli.conftest import LIMIT, Result, Shell
from tests.disk import without_roots_power

NOBODY = 65534


@pytest.fixture
def shell(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shell]:
    """A shell for one test, with a short path; whatever executor it leaves is stopped."""
    opened = Shell(tmp_path_factory.mktemp("b"))
    yield opened
    opened("executor", "stop")


@pytest.fixture
def trusted(shell: Shell) -> Shell:
    assert shell("trust", "--yes").code == 0
    return shell


@pytest.fixture(scope="module")
def standing(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shell]:
    """A trusted project and an executor, for tests that leave both as they are."""
    opened = Shell(tmp_path_factory.mktemp("s"))
    assert opened("trust", "--yes").code == 0
    yield opened
    opened.close()


def one_sentence(result: Result, code: int, *says: str) -> None:
    """A status, and on stderr a line (or two, with what is near) that says all of ``says``; no more."""
    assert result.code == code, result
    assert "Traceback" not in result.err
    assert result.out == ""
    assert len(result.err.splitlines()) <= 2, result.err
    assert result.err.startswith("modeldeck"), result.err
    for part in says:
        assert part in result.err


def write_config(shell: Shell, text: str) -> Path:
    file = Path(shell.env["MODELDECK_CONFIG"])
    file.write_text(text)
    return file


# --- the person's files -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("default_model: [", ("config.yaml:", "not YAML")),
        ("workflows: {x: {stages: [{name: a, profil: b}]}}", ("config.yaml:1", "profil", "did you mean profile")),
        ("default_model: a\ndefault_model: b\n", ("config.yaml:2", "twice")),
        ("x: " + "y" * 1_100_000, ("config.yaml", "1,000,000 bytes")),
        ("- a\n- b\n", ("config.yaml:1", "a map")),
    ],
    ids=["no_yaml", "unknown_key", "twice", "huge", "a_list"],
)
def test_a_broken_configuration_is_told_with_its_place(trusted: Shell, text: str, says: tuple[str, ...]) -> None:
    write_config(trusted, text)
    one_sentence(trusted("task", "start", "--workflow", "nap"), 2, *says)
    listed(trusted("task", "list", "--view", "workflows", "--json"), *says)


def listed(result: Result, *says: str) -> None:
    """The list is that of the shipped defaults, and both streams say why."""
    assert result.code == 0, result
    assert result.data["workflows"] == []
    assert result.data["config"]["in_use"] == "shipped"
    assert result.err.startswith("Config error, only the shipped defaults are in use: ")
    for part in says:
        assert part in result.err
        assert part in result.data["config"]["error"]


@pytest.mark.parametrize("kind", ["folder", "latin1"])
def test_a_configuration_that_can_not_be_read_is_told(trusted: Shell, kind: str) -> None:
    file = Path(trusted.env["MODELDECK_CONFIG"])
    file.unlink()
    if kind == "folder":
        file.mkdir()
    else:
        file.write_bytes(b"default_model: caf\xe9\n")
    one_sentence(trusted("task", "start", "--workflow", "nap"), 2, str(file))
    listed(trusted("task", "list", "--view", "workflows", "--json"), str(file))


COMMANDS = (
    ("task", "list", "--view", "models"),
    ("task", "list", "--view", "status"),
    ("workflow", "list"),
    ("explain", "--worker", "claude"),
    ("default", "show"),
    ("favourite", "list"),
    ("spec", "list"),
    ("executor", "status"),
)


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_every_command_goes_on_and_says_what_is_in_use(shell: Shell, command: tuple[str, ...]) -> None:
    write_config(shell, "agents: {")
    assert shell("trust", "--yes").code == 0
    assert shell("task", "list", "--view", "runs").code == 0  # starts the executor
    result = shell(*command)
    assert result.code == (1 if "can't start here" in result.out else 0), result  # explain needs the agent's program
    assert "Config error, only the shipped defaults are in use: " in result.out + result.err
    assert "config.yaml:" in result.out + result.err
    assert isinstance(shell(*command, "--json").data, dict)


def test_a_configuration_that_breaks_while_all_is_well_leaves_the_last_good_one_in_force(trusted: Shell) -> None:
    assert trusted("task", "start", "--workflow", "nap", "--await").code == 0
    write_config(trusted, "agents: {")
    status = trusted("executor", "status", "--json").data
    assert "config.yaml:" in status["config_error"]
    assert trusted("task", "start", "--workflow", "nap", "--await").code == 0


def test_a_missing_agent_command_is_told_before_or_as_the_run_fails(trusted: Shell) -> None:
    write_config(
        trusted,
        "providers: {anthropic: {kind: list}}\n"
        "agents: {claude: {kind: claude, command: [no-such-agent]}}\nprofiles: {a: {agent: claude}}\n"
        "workflows: {x: {stages: [{name: plan, profile: a, model: opus}, {name: build, profile: a}]}}\n",
    )
    result = trusted("task", "start", "--workflow", "x", "--await")
    assert result.code in (1, 2)
    said = result.out + result.err
    assert "no-such-agent" in said
    assert "Traceback" not in said
    live = trusted("task", "list", "--view", "tasks", "--json").data["tasks"]
    assert live == []


def test_a_project_that_is_not_there_or_not_whole_starts_nothing(standing: Shell) -> None:
    before = standing("task", "list", "--view", "runs", "--limit", "1", "--json").data["seq"]
    one_sentence(standing("task", "start", "--workflow", "nap", "--project", "no/such"), 2, "no/such")
    relative = json.dumps({"kind": "workflow", "workflow": "nap", "project": "shop"})
    one_sentence(standing("task", "start", "--request", "-", stdin=relative), 2, "shop", "whole path")
    file = standing.project / "file"
    file.touch()
    one_sentence(standing("task", "start", "--workflow", "nap", "--project", str(file)), 2, str(file))
    assert standing("task", "list", "--view", "runs", "--limit", "1", "--json").data["seq"] == before


# --- what is given to the work ----------------------------------------------------------------------------------------


def prompt_of(shell: Shell, result: Result) -> bytes:
    """What the first agent of a run was given."""
    assert result.code == 0, result
    attempt = result.data["steps"][0]["attempt"]
    (file,) = [path for path in (shell.state / "runs" / attempt).iterdir() if path.name in ("prompt", "in", "stdin")]
    return file.read_bytes()


def test_a_very_long_input_arrives_whole(standing: Shell) -> None:
    text = "".join(f"line {number} of many\n" for number in range(12_000))
    (standing.project / "wish.txt").write_text(text)
    result = standing("task", "start", "--workflow", "nap", "--input-file", "wish.txt", "--await", "--json")
    assert text.strip().encode() in prompt_of(standing, result)


@pytest.mark.parametrize("text", ["", "  \n ", "-x --model opus", "$(touch canary) `id` ; rm -rf *", "\x1b[2Jé\u202e"])
def test_any_text_is_only_a_text(standing: Shell, text: str) -> None:
    result = standing("task", "start", "--workflow", "nap", "--input-file", "-", "--await", "--json", stdin=text)
    assert result.code == 0, result
    assert not (standing.project / "canary").exists()
    shown = standing("task", "peek", result.data["task_id"])
    assert "\x1b" not in shown.out
    assert "\u202e" not in shown.out


def test_an_input_with_a_nul_is_refused_whole(standing: Shell) -> None:
    result = standing("task", "start", "--workflow", "nap", "--input-file", "-", stdin="mend \x00 it")
    one_sentence(result, 2, "'input' holds a NUL character")


def test_an_input_that_is_too_large_is_refused_whole(standing: Shell) -> None:
    (standing.project / "wish.txt").write_bytes(b"x" * (5 << 20))
    one_sentence(standing("task", "start", "--workflow", "nap", "--input-file", "wish.txt"), 2, "wish.txt", "4 MB")


@pytest.mark.parametrize(
    "args",
    [
        ("task", "start", "--workflow", "caf\udce9"),
        ("task", "start", "--workflow", "nap", "--input", "caf\udce9"),
        ("task", "start", "--workflow", "nap", "--model", "\udcff"),
        ("task", "start", "--workflow", "nap", "--project", "/tmp/caf\udce9"),
        ("task", "peek", "\udcff"),
        ("task", "list", "--view", "models", "--query", "\udcff"),
        ("trust", "/tmp/caf\udce9"),
        ("\udcff",),
    ],
    ids=["workflow", "input", "model", "project", "task", "query", "trust", "command"],
)
def test_bytes_that_are_no_text_are_refused(standing: Shell, args: tuple[str, ...]) -> None:
    one_sentence(standing(*args), 2, "is not UTF-8 text", r"\udc")


def in_folder(shell: Shell, folder: Path, before: str, *args: str) -> Result:
    """Run the program in ``folder``, after a shell command."""
    command = f'{before} exec {sys.executable} -P -m tui "$@"'
    done = subprocess.run(
        ["/bin/sh", "-c", command, "sh", *args],
        cwd=folder,
        env=shell.env,
        capture_output=True,
        text=True,
        check=False,
        timeout=LIMIT,
    )
    return Result(done.returncode, done.stdout, done.stderr)


@pytest.mark.parametrize("args", [("task", "list", "--view", "workflows"), ("--plain",), ("trust",)], ids=" ".join)
def test_a_folder_that_has_no_place_or_no_name_is_told(standing: Shell, args: tuple[str, ...]) -> None:
    gone, nameless = standing.project.with_name("gone"), standing.project.with_name("caf\udce9")
    for folder in (gone, nameless):
        folder.mkdir(exist_ok=True)
    one_sentence(in_folder(standing, gone, f"rmdir {gone};", *args), 2, "The folder you are in is gone")
    one_sentence(in_folder(standing, nameless, "", *args), 2, "not UTF-8 text; rename it")


def test_the_home_of_nobody_is_no_project(standing: Shell) -> None:
    one_sentence(standing("task", "list", "--view", "workflows", "--project", "~no-such-user/x"), 2, "~no-such-user/x")


# --- the state folder -------------------------------------------------------------------------------------------------


def test_a_file_in_the_place_of_the_state_folder_is_told_and_left(shell: Shell) -> None:
    shell.state.write_text("mine")
    result = shell("executor", "start")
    assert result.code in (1, 6)
    one_sentence(result, result.code, str(shell.state))
    assert shell.state.read_text() == "mine"


def test_a_state_folder_where_nothing_can_be_made_is_told(shell: Shell) -> None:
    result = shell("task", "list", "--view", "runs", env={"MODELDECK_STATE": "/proc/modeldeck"})
    one_sentence(result, result.code, "/proc/modeldeck")
    assert result.code in (1, 6)


def of_someone_else(shell: Shell, path: Path) -> subprocess.Popen[bytes]:
    """A listener at ``path`` under another user, which writes what it hears to ``heard``."""
    code = (
        "import os, socket, sys\n"
        "s = socket.socket(socket.AF_UNIX); s.bind(sys.argv[1]); os.chmod(sys.argv[1], 0o777)\n"
        f"heard = open(sys.argv[2], 'wb', buffering=0); os.setuid({NOBODY}); s.listen(); print(flush=True)\n"
        "while True:\n"
        "    c, _ = s.accept()\n"
        "    while data := c.recv(4096): heard.write(data)\n"
    )
    heard = shell.state / "heard"
    ready, told = os.pipe()
    process = subprocess.Popen([sys.executable, "-c", code, str(path), str(heard)], stdout=told)
    os.close(told)
    assert os.read(ready, 1) == b"\n"
    os.close(ready)
    return process


def left_by_someone_else(shell: Shell, path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as left:
        left.bind(str(path))
    os.chown(path, NOBODY, NOBODY)


def a_file(shell: Shell, path: Path) -> None:
    path.write_text("mine")


def a_folder(shell: Shell, path: Path) -> None:
    path.mkdir()


SOCKETS: dict[str, Callable[[Shell, Path], subprocess.Popen[bytes] | None]] = {"file": a_file, "folder": a_folder}
if os.geteuid() == 0:  # only root can make what belongs to someone else
    SOCKETS |= {"listener_of_someone_else": of_someone_else, "left_by_someone_else": left_by_someone_else}


@pytest.mark.parametrize("kind", SOCKETS)
def test_a_socket_that_is_not_ours_is_told_and_left_and_hears_nothing(shell: Shell, kind: str) -> None:
    shell.state.mkdir(mode=0o700)
    path = shell.state / "executor.sock"
    process = SOCKETS[kind](shell, path)
    try:
        before = path.lstat()
        result = shell("task", "list", "--view", "workflows", env={"ANTHROPIC_API_KEY": "secret"})
        one_sentence(result, 6, str(path))
        assert path.lstat().st_ino == before.st_ino
        if process is not None:
            assert (shell.state / "heard").read_bytes() == b""
    finally:
        if process is not None:
            process.kill()
            process.wait()


# --- the journal and the disk -----------------------------------------------------------------------------------------


@pytest.fixture
def history(trusted: Shell) -> Shell:
    """A shell whose journal holds a run, and whose executor was stopped."""
    assert trusted("task", "start", "--workflow", "nap", "--await").code == 0
    assert trusted("executor", "stop").code == 0
    return trusted


def test_a_journal_of_a_newer_version_is_left_as_it_is(history: Shell) -> None:
    journal = history.state / "journal.sqlite"
    with closing(sqlite3.connect(journal)) as file, file:
        file.execute("UPDATE alembic_version SET version_num = '9999'")
    before = journal.read_bytes()
    result = history("task", "list", "--view", "runs")
    one_sentence(result, 6, str(journal), "9999", "newer")
    assert journal.read_bytes() == before


def test_a_journal_that_is_no_journal_is_left_as_it_is(history: Shell) -> None:
    journal = history.state / "journal.sqlite"
    for file in history.state.glob("journal.sqlite-*"):
        file.unlink()
    journal.write_bytes(b"this was a journal once\n" * 500)
    before = journal.read_bytes()
    one_sentence(history("task", "list", "--view", "runs"), 6, str(journal), "not a journal")
    assert journal.read_bytes() == before


def test_a_journal_with_a_hole_in_it_is_told(history: Shell) -> None:
    journal = history.state / "journal.sqlite"
    content = bytearray(journal.read_bytes())
    content[4096:] = os.urandom(len(content) - 4096)
    journal.write_bytes(content)
    result = history("task", "list", "--view", "runs")
    assert result.code in (1, 6), result
    one_sentence(result, result.code, str(journal))


@pytest.mark.parametrize("what", ["journal.sqlite", "."], ids=["file", "folder"])
def test_a_read_only_journal_is_told_and_left_as_it_is(history: Shell, what: str) -> None:
    journal = history.state / "journal.sqlite"
    before, mode = journal.read_bytes(), (history.state / what).stat().st_mode
    (history.state / what).chmod(0o500 if what == "." else 0o400)
    try:
        done = subprocess.run(
            [sys.executable, "-m", "tui", "task", "list", "--view", "runs"],
            cwd=history.project,
            env=history.env,
            preexec_fn=without_roots_power,
            capture_output=True,
            check=False,
            text=True,
            timeout=LIMIT,
        )
    finally:
        (history.state / what).chmod(mode)
    one_sentence(Result(done.returncode, done.stdout, done.stderr), 6, str(history.state))
    assert journal.read_bytes() == before
    assert history("task", "list", "--view", "runs").code == 0


def test_a_full_disk_fails_what_is_new_and_loses_nothing(history: Shell) -> None:
    """No file may grow beyond what the journal has: as on a full disk, but for this executor alone."""
    size = (history.state / "journal.sqlite").stat().st_size

    def narrow() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))

    executor = subprocess.Popen(
        [sys.executable, "-m", "tui", "executor", "run"],
        cwd="/",
        env=history.env,
        preexec_fn=narrow,  # noqa: PLW1509
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        answers(history)
        big = "x" * 100_000
        refused = [history("task", "start", "--workflow", "nap", "--input-file", "-", stdin=big) for _ in range(3)]
        failed = [one for one in refused if one.code != 0]
        assert failed, "the disk was not full"
        for one in failed:
            one_sentence(one, 1, "disk", "free")
        assert history("executor", "status").code == 0
    finally:
        executor.terminate()
        assert executor.wait(LIMIT) == 0

    runs = history("task", "list", "--view", "runs", "--json").data["tasks"]
    assert len(runs) == 1 + len(refused) - len(failed)
    assert history("task", "start", "--workflow", "nap", "--await").code == 0


def answers(shell: Shell) -> None:
    limit = time.monotonic() + LIMIT
    while shell("executor", "status").code != 0:
        assert time.monotonic() < limit, "the executor does not answer"


def test_a_trust_file_that_broke_trusts_nothing(history: Shell) -> None:
    (history.state / "trust.json").write_text("{")
    result = history("task", "start", "--workflow", "nap")
    assert result.code in (1, 2), result
    one_sentence(result, result.code, "trust")


def test_a_state_folder_that_goes_away_under_the_executor_is_no_crash(history: Shell) -> None:
    assert history("executor", "start").code == 0
    orphan = int((history.state / "executor.lock").read_text())
    shutil.rmtree(history.state)
    result = history("task", "list", "--view", "runs")
    assert "Traceback" not in result.err
    assert result.code in (0, 1, 6)
    os.kill(orphan, signal.SIGTERM)  # it would end by itself at its next look about, within a minute
    assert history("executor", "status").code == 0, "the socket of the one that came after it is left alone"
