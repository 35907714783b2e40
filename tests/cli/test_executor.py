"""``modeldeck executor`` and ``modeldeck trust``: what a person sees and a shell learns."""

from __future__ import annotations

import json
import os
import signal
import socket
import time
from pathlib import Path

from tests.cli.conftest import LIMIT, Shell


def test_a_status_without_an_executor_is_unreachable(fresh: Shell) -> None:
    result = fresh("executor", "status")
    assert (result.code, result.out) == (6, "")
    assert "No executor is running" in result.err
    assert json.loads(fresh("executor", "status", "--json").err)["code"] == "unreachable"
    assert not (fresh.state / "executor.lock").exists(), "asking starts nothing"


def test_it_starts_once_and_stops_once(fresh: Shell) -> None:
    first = fresh("executor", "start", "--json").data
    assert fresh("executor", "start", "--json").data["pid"] == first["pid"]
    status = fresh("executor", "status", "--json").data
    assert (status["pid"], status["state_folder"]) == (first["pid"], str(fresh.state))
    shown = fresh("executor", "status").out
    assert str(first["pid"]) in shown
    assert "not trusted" in shown
    assert fresh("executor", "stop", "--json").data == {"stopped": first["pid"]}
    assert fresh("executor", "stop").out == "No executor was running.\n"
    assert fresh("executor", "status").code == 6


def test_the_status_names_the_path_in_use(fresh: Shell) -> None:
    fresh("executor", "start")
    path = fresh.env["PATH"]
    assert "executor's PATH" not in fresh("executor", "status").out
    status = fresh("executor", "status", "--json", env={"PATH": f"/opt/late:{path}"}).data
    assert (status["path"], status["executor_path"]) == (f"/opt/late:{path}", path)
    shown = " ".join(fresh("executor", "status", env={"PATH": f"/opt/late:{path}"}).out.split())
    assert f"PATH /opt/late:{path}" in shown
    assert f"executor's PATH {path}" in shown


def test_a_drain_waits_for_the_agents_that_run_and_starts_no_executor(fresh: Shell) -> None:
    assert fresh("executor", "stop", "--drain").out == "No executor was running.\n"
    pid = fresh("executor", "start", "--json").data["pid"]
    assert fresh("executor", "stop", "--drain").out == f"The executor, process {pid}, has ended.\n"
    fresh("trust", "--yes")
    running = fresh.start("stay")
    while fresh("executor", "status", "--json").data["running"] != 1:
        pass
    waiting = fresh.begin("executor", "stop", "--drain")
    assert waiting.stderr is not None
    assert waiting.stderr.readline() == "Waits for 1 agent to end.\n"
    waiting.send_signal(signal.SIGINT)
    _, err = waiting.communicate(timeout=LIMIT)
    assert "modeldeck executor status" in err
    assert "as soon as the agents that run have ended: 1" in fresh("executor", "status").out, "the drain goes on"
    later = fresh("task", "start", "--workflow", "nap")
    assert "the next one" in later.err
    second = fresh.begin("executor", "stop", "--drain", "--json")
    assert second.stderr is not None
    assert second.stderr.readline() == "Waits for 1 agent to end.\n", "it drains before the agent is ended"
    fresh("task", "cancel", running)
    out, _ = second.communicate(timeout=LIMIT)
    assert isinstance(json.loads(out)["stopped"], int)
    assert fresh("executor", "status").code == 6
    runs = fresh("task", "list", "--view", "runs", "--json").data["tasks"]  # among live ones it may be no more
    (left,) = [run for run in runs if run["workflow"] == "nap"]
    assert fresh("task", "await", left["task_id"]).code == 0


def test_the_socket_is_its_owner_s_alone(fresh: Shell) -> None:
    fresh("executor", "start")
    assert (fresh.state / "executor.sock").stat().st_mode & 0o777 == 0o600
    assert fresh.state.stat().st_mode & 0o777 == 0o700


def test_no_port_is_open(fresh: Shell) -> None:
    fresh("executor", "start")
    pid = fresh("executor", "status", "--json").data["pid"]
    links = [str(one.readlink()) for one in Path(f"/proc/{pid}/fd").iterdir() if one.is_symlink()]
    own = {link.removeprefix("socket:[").removesuffix("]") for link in links if link.startswith("socket:")}
    assert own
    families = [Path(f"/proc/{pid}/net/{name}").read_text() for name in ("unix", "tcp", "tcp6", "udp", "udp6")]
    unix, *others = [{word for line in table.splitlines() for word in line.split()} for table in families]
    assert own <= unix
    assert not any(own & other for other in others)


def test_a_second_one_in_the_foreground_says_that_there_is_one(fresh: Shell) -> None:
    fresh("executor", "start")
    result = fresh("executor", "run")
    assert result.code == 2
    assert "runs already" in result.err


def test_the_log_is_shown_cleaned(fresh: Shell) -> None:
    assert fresh("executor", "logs").code == 2
    fresh("executor", "start")
    fresh("executor", "stop")
    with (fresh.state / "executor.log").open("ab") as log:
        log.write(b"\x1b]0;title\x07a \x1b[31mred\x1b[0m line\n")
    result = fresh("executor", "logs", "--lines", "1")
    assert result.out == "a red line\n"


def test_the_log_is_followed_also_into_a_new_file(fresh: Shell) -> None:
    fresh.state.mkdir()
    log = fresh.state / "executor.log"
    log.write_text("one\ntwo\n")
    process = fresh.begin("executor", "logs", "--follow", "--lines", "1")
    assert process.stdout is not None
    assert process.stdout.readline() == "two\n"
    with log.open("a") as file:
        file.write("three\n")
    assert process.stdout.readline() == "three\n"
    log.rename(log.with_suffix(".1"))
    log.write_text("four\n")
    assert process.stdout.readline() == "four\n"
    process.terminate()
    process.communicate(timeout=LIMIT)


def test_variables_are_told_by_name_and_never_by_value(fresh: Shell) -> None:
    secret = "zai-" + "secret"
    there = {"ZAI_API_KEY": secret}

    def row(*args: str, env: dict[str, str]) -> dict[str, object]:
        rows = {one["name"]: one for one in fresh("executor", "env", "--json", *args, env=env).data["variables"]}
        return {key: rows["ZAI_API_KEY"][key] for key in ("here", "executor")}

    assert row(env=there) == {"here": True, "executor": False}
    fresh("executor", "start")
    assert row(env={}) == {"here": False, "executor": False}
    handed = fresh("executor", "env", "--hand-over", env=there)
    assert "Handed over: ZAI_API_KEY" in handed.out
    assert row(env={}) == {"here": False, "executor": True}
    for result in (handed, fresh("executor", "env", env=there), fresh("executor", "env", "--json", env=there)):
        assert secret not in result.out + result.err
    fresh("executor", "stop")
    for file in fresh.state.rglob("*"):
        assert not file.is_file() or secret.encode() not in file.read_bytes(), file


def test_any_command_hands_over_what_is_missing(fresh: Shell) -> None:
    fresh("executor", "start")
    fresh("task", "list", "--view", "workflows", env={"ZAI_API_KEY": "z"})
    assert "ZAI_API_KEY" not in fresh("executor", "status", "--json").data["missing_environment"]


def test_a_socket_where_something_else_listens_is_told(fresh: Shell) -> None:
    fresh.state.mkdir(mode=0o700)
    with socket.socket(socket.AF_UNIX) as other:
        other.bind(str(fresh.state / "executor.sock"))
        other.listen()
        process = fresh.begin("executor", "status")
        heard, _ = other.accept()
        heard.recv(4096)
        heard.sendall(b"220 mail.invalid ESMTP\r\n")
        heard.close()
        _, err = process.communicate(timeout=LIMIT)
    assert process.returncode == 6
    assert err.startswith("modeldeck: ")
    assert "Traceback" not in err


def test_nothing_of_a_folder_runs_before_it_is_trusted(fresh: Shell) -> None:
    assert "is not trusted" in fresh("trust", "--show").out
    refused = fresh("task", "start", "--workflow", "nap", "--json")
    assert (refused.code, json.loads(refused.err)["code"]) == (2, "untrusted")
    assert fresh("task", "start", "--workflow", "nap", "--dry-run").code == 0
    assert fresh("trust", "--yes", "--json").data["trusted"] is True
    assert fresh("task", "start", "--workflow", "nap", "--await").code == 0
    assert fresh("untrust").code == 0
    assert fresh("task", "start", "--workflow", "nap").code == 2


def test_what_a_folder_would_run_is_shown_first(fresh: Shell) -> None:
    (fresh.project / ".mcp.json").write_text('{"mcpServers": {"x": {"command": "canary"}}}')
    shown = fresh("trust", "--show")
    assert ".mcp.json" in shown.out
    assert "is not trusted" in shown.out


def test_an_agent_can_not_trust(fresh: Shell) -> None:
    result = fresh("trust", "--yes", env={"MODELDECK_ATTEMPT": "a_1"})
    assert result.code == 2
    assert "do it yourself" in result.err
    assert fresh("trust", "--show", "--json").data["trusted"] is False


def test_what_a_killed_edit_left_is_removed_when_the_executor_starts(fresh: Shell) -> None:
    fresh("trust", "--yes")
    left = (fresh.project / "..modeldeck.yaml.new", Path(fresh.env["MODELDECK_CONFIG"]).with_name(".config.yaml.new"))
    for file in left:
        file.write_text("half a fi")
    assert fresh("executor", "start").code == 0
    until = time.monotonic() + LIMIT
    while any(file.exists() for file in left):
        assert time.monotonic() < until
        os.sched_yield()
