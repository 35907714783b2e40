"""The five verbs from a shell, with rehearsal agents and a real executor."""

from __future__ import annotations

import json
import os
import signal

import pytest

from tests.cli.conftest import LIMIT, Shell


def test_await_json_prints_the_run_with_all_that_is_known_of_its_models(shell: Shell) -> None:
    result = shell("task", "start", "--kind", "workflow", "--workflow", "nap", "--model", "sonnet", "--await", "--json")
    run = result.data
    assert (result.code, run["kind"], run["workflow"], run["status"]) == (0, "workflow", "nap", "succeeded")
    (first, _) = run["steps"]
    wanted = {
        "asked",
        "sent",
        "answered",
        "evidence",
        "verdict",
        "tier",
        "reason",
        "effort",
        "warnings",
        "usage",
        "cost",
    }
    assert wanted <= set(first)
    assert (first["asked"], first["tier"], first["evidence"]) == ("sonnet", "run model", "D")
    assert first["sent"].startswith("anthropic/claude-sonnet-")
    assert first["verdict"] != "confirmed", "a rehearsal never reads as confirmed"


def test_a_workflow_and_a_spec_may_be_named_without_a_flag(shell: Shell) -> None:
    plan = shell("task", "start", "nap", "--dry-run", "--json")
    assert (plan.code, plan.data["run"]["workflow"]) == (0, "nap")
    spec = shell("spec", "create", "--type", "todo", "--title", "Rest", "--workflow", "nap", "--json").data["spec"][
        "id"
    ]
    assert shell("task", "start", "--kind", "spec", spec, "--dry-run", "--json").data["run"]["spec_id"] == spec
    twice = shell("task", "start", "nap", "--workflow", "long")
    assert (twice.code, twice.err) == (2, "modeldeck: The workflow is named twice: 'nap' and --workflow long\n")


def test_a_person_reads_the_same_as_a_table(shell: Shell) -> None:
    result = shell("task", "start", "--workflow", "nap", "--await", "--step-model", "1=opus")
    assert result.code == 0
    for words in (
        "STEP",
        "ASKED",
        "SENT",
        "ANSWERED",
        "PROOF",
        "D unproven rehearsal",
        "step override (wake): opus ->",
    ):
        assert words in result.out


def test_a_step_is_chosen_for_by_the_name_of_its_stage(shell: Shell) -> None:
    flags = ("--step-model", "wake=opus", "--step-effort", "1=high", "--dry-run", "--json")
    sleep, wake = shell("task", "start", "nap", *flags).data["run"]["steps"]
    assert (sleep["asked"], sleep["effort"]) == ("haiku", None)
    assert (wake["asked"], wake["effort"], wake["tier"]) == ("opus", "high", "step override")


def test_it_starts_and_says_how_to_go_on(shell: Shell) -> None:
    task_id = shell.start("nap", "--input", "soft pillow")
    awaited = shell("task", "await", task_id, "--json")
    assert awaited.data["done"] is True
    assert awaited.data["tasks"][0]["input"] == "soft pillow"
    peeked = shell("task", "peek", task_id)
    assert peeked.code == 0
    assert "soft pillow" in peeked.out
    listed = shell("task", "list", "--view", "runs", "--json").data
    assert task_id in [run["task_id"] for run in listed["tasks"]]


def test_the_input_may_come_from_a_file_or_from_stdin(shell: Shell) -> None:
    (shell.project / "wish.txt").write_text("from a file")
    for name, wanted in (("wish.txt", "from a file"), ("-", "from stdin ä")):
        result = shell(
            "task", "start", "--workflow", "nap", "--input-file", name, "--dry-run", "--json", stdin="from stdin ä"
        )
        assert result.data["run"]["input"] == wanted


def test_a_whole_request_may_come_as_json(shell: Shell) -> None:
    request = {"workflow": "nap", "model": "haiku", "dry_run": True, "project": str(shell.project)}
    result = shell("task", "start", "--request", "-", "--json", stdin=json.dumps(request))
    assert result.code == 0
    assert result.data["task_id"] is None
    assert {step["tier"] for step in result.data["run"]["steps"]} == {"run model"}
    listed = shell("task", "list", "--request", "-", "--json", stdin='{"view": "status"}')
    assert listed.data["status"]["protocol"] == 1


def test_a_dry_run_shows_the_plan_and_starts_nothing(shell: Shell) -> None:
    before = shell("task", "list", "--view", "runs", "--json").data["tasks"]
    result = shell("task", "start", "--workflow", "nap", "--dry-run")
    assert result.code == 0
    assert "plan · nap" in result.out
    assert "stage default (sleep): haiku" in result.out
    assert shell("task", "list", "--view", "runs", "--json").data["tasks"] == before


def test_follow_prints_each_message_once_then_the_run(shell: Shell) -> None:
    result = shell("task", "start", "--workflow", "nap", "--follow", "--json")
    *said, run = [json.loads(line) for line in result.out.splitlines()]
    assert run["status"] == "succeeded"
    assert {message["stage"] for message in said} == {"sleep", "wake"}
    offsets = [(message["attempt"], message["offset"], message["text"]) for message in said]
    assert len(offsets) == len(set(offsets))
    again = shell("task", "await", run["task_id"], "--follow")
    assert again.out.count("[sleep") == sum(message["stage"] == "sleep" for message in said)


@pytest.mark.parametrize(
    ("workflow", "flags", "code"),
    [
        ("nap", [], 0),
        ("fall", [], 1),
        ("nap", ["--require-confirmed"], 3),
        ("fall", ["--require-confirmed"], 1),
        ("stay", ["--timeout", "0.5"], 5),
        ("stay", ["--timeout", "0.5", "--follow"], 5),
    ],
)
def test_exit_codes_of_a_start_that_waits(shell: Shell, workflow: str, flags: list[str], code: int) -> None:
    assert shell("task", "start", "--workflow", workflow, "--await", *flags).code == code


def test_a_cancelled_run_ends_and_says_so(shell: Shell) -> None:
    task_id = shell.start("stay")
    assert shell("task", "await", task_id, "--timeout", "0").code == 5
    cancelled = shell("task", "cancel", task_id)
    assert cancelled.code == 0
    assert "cancelled" in cancelled.out
    assert shell("task", "await", task_id).code == 4
    assert shell("task", "cancel", task_id).code == 0, "it stays as it is"


def test_a_gate_is_told_and_approved(shell: Shell) -> None:
    process = shell.begin("task", "start", "--workflow", "gate", "--await", "--json")
    assert process.stderr is not None
    told = process.stderr.readline()
    task_id = told.split()[0]
    assert f"modeldeck run approve {task_id}" in told
    assert shell(*told.partition("modeldeck ")[2].split()).code == 0
    out, _ = process.communicate(timeout=LIMIT)
    assert (process.returncode, json.loads(out)["status"]) == (0, "succeeded")


def test_a_gate_is_rejected(shell: Shell) -> None:
    task_id = shell.start("gate")
    shell("task", "await", task_id, "--timeout", "1")
    rejected = shell("task", "start", "--kind", "op", "--op", "run.reject", "--task", task_id, "--comment", "not now")
    assert rejected.code == 0, rejected
    assert shell("task", "await", task_id).code in (1, 4)


def test_a_question_is_told_with_what_to_type_and_answered(shell: Shell) -> None:
    process = shell.begin("task", "start", "--workflow", "ask", "--follow", "--json")
    assert process.stderr is not None
    told, how = process.stderr.readline(), process.stderr.readline()
    task_id = told.split()[0]
    assert told == f"{task_id} waits for an answer: Which of the two ways should I take?\n"
    assert how == f"answer with: modeldeck run answer {task_id} TEXT\n"
    answer = ("task", "start", "--kind", "op", "--op", "run.answer", "--task", task_id)
    assert "empty" in shell(*answer).err
    assert "--text" in shell(*answer, "--comment", "left").err
    assert shell(*answer, "--text", "left").code == 0
    out, _ = process.communicate(timeout=LIMIT)
    *said, run = [json.loads(line) for line in out.splitlines()]
    assert (process.returncode, run["status"]) == (0, "succeeded")
    assert run["steps"][0]["exchanges"][0]["answer"] == "left"
    assert run["steps"][0]["handoff"]["stated"] is True
    assert len({message["attempt"] for message in said if message["stage"] == "clarify"}) == 2
    assert "clarify: asked: Which of the two ways should I take? Answer: left\n" in shell("task", "peek", task_id).out
    refused = shell(*answer, "--text", "right")
    assert (refused.code, "does not wait for an answer" in refused.err) == (2, True)


def test_a_trace_shows_what_was_started_and_json_the_whole_of_it(shell: Shell) -> None:
    task_id = shell.start("nap")
    shell("task", "await", task_id)
    whole = shell("task", "list", "--view", "trace", "--id", task_id, "--json").data
    assert [attempt["step"] for attempt in whole["attempts"]] == [0, 1]
    first = whole["attempts"][0]
    assert (first["cwd"], first["permission"], first["exit_code"]) == (str(shell.project), "edit", 0)
    assert "HOME" in first["env_names"]
    assert json.loads(first["argv"][-1])["outcome"] == "succeed"
    (alone,) = shell("task", "list", "--view", "trace", "--id", task_id, "--step", "1", "--json").data["attempts"]
    assert alone == whole["attempts"][1]
    shown = shell("task", "list", "--view", "trace", "--id", task_id).out
    steps = shown.split("\n2 wake\n")
    for text, attempt in zip(steps, whole["attempts"], strict=True):
        for words in (attempt["id"], "exit status 0", str(shell.project), "permission"):
            assert words in text
    assert " ".join(first["argv"]) not in shown, "a long command is cut"


@pytest.mark.parametrize("view", ["tasks", "runs", "plan", "workflows", "models", "status", "output", "trace"])
def test_every_view_is_a_table_and_json(shell: Shell, view: str) -> None:
    more = {"output": ["--id", shell.start("nap")], "plan": ["--workflow", "nap"], "trace": ["--workflow", "nap"]}
    args = ["task", "list", "--view", view, *more.get(view, [])]
    assert shell(*args, "--json").data["view"] == view
    assert shell(*args).code == 0


def test_a_page_tells_where_the_next_one_begins(shell: Shell) -> None:
    for _ in range(2):
        shell("task", "start", "--workflow", "nap", "--await")
    first = shell("task", "list", "--view", "runs", "--limit", "1")
    cursor = first.err.split("--after ")[1].strip()
    second = shell("task", "list", "--view", "runs", "--limit", "1", "--after", cursor, "--json").data
    assert second["tasks"][0]["task_id"] not in first.out


def test_an_interrupted_wait_leaves_the_run_alone(shell: Shell) -> None:
    process = shell.begin("task", "start", "--workflow", "long", "--follow")
    assert process.stdout is not None
    process.stdout.readline()
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=LIMIT)
    assert process.returncode == 130
    assert "Traceback" not in err
    task_id, rest = err.split(" ", 1)
    assert rest == f"goes on. End it with: modeldeck task cancel {task_id}\n"
    assert shell("task", "await", task_id).code == 0


def test_a_reader_that_leaves_is_no_error(shell: Shell) -> None:
    process = shell.begin("task", "list", "--view", "models", "--scope", "all")
    assert process.stdout is not None
    process.stdout.close()
    assert process.wait(LIMIT) in (0, 141)
    assert process.stderr is not None
    assert process.stderr.read() == ""
    process.stderr.close()
    assert process.stdin is not None
    process.stdin.close()


def test_a_wait_survives_the_executor_being_killed(fresh: Shell) -> None:
    fresh("trust", "--yes")
    pid = fresh("executor", "start", "--json").data["pid"]
    process = fresh.begin("task", "start", "--workflow", "long", "--follow", "--json")
    assert process.stdout is not None
    first = process.stdout.readline()
    os.kill(pid, signal.SIGKILL)
    out, err = process.communicate(timeout=LIMIT)
    assert process.returncode == 0, (first, out, err)
    *said, run = [json.loads(line) for line in (first + out).splitlines()]
    assert (process.returncode, run["status"]) == (0, "succeeded"), err
    assert len({(message["attempt"], message["offset"], message["text"]) for message in said}) == len(said)
    assert fresh("executor", "status", "--json").data["pid"] != pid


def test_a_question_outlives_the_executor_that_was_killed_and_is_answered_once(fresh: Shell) -> None:
    fresh("trust", "--yes")
    pid = fresh("executor", "start", "--json").data["pid"]
    process = fresh.begin("task", "start", "--workflow", "ask", "--await", "--json")
    assert process.stderr is not None
    task_id = process.stderr.readline().split()[0]
    os.kill(pid, signal.SIGKILL)
    assert fresh("run", "answer", task_id, "left").code == 0
    pid = fresh("executor", "status", "--json").data["pid"]
    os.kill(pid, signal.SIGKILL)  # the answer is in the journal, whatever came of it
    out, err = process.communicate(timeout=LIMIT)
    run = json.loads(out)
    assert (process.returncode, run["status"]) == (0, "succeeded"), err
    assert [exchange["answer"] for exchange in run["steps"][0]["exchanges"]] == ["left"]
    attempts = fresh("task", "list", "--view", "trace", "--id", task_id, "--json").data["attempts"]
    assert [attempt["step"] for attempt in attempts] == [0, 0, 1]


def test_a_wait_ends_when_somebody_stops_the_executor(fresh: Shell) -> None:
    fresh("trust", "--yes")
    process = fresh.begin("task", "start", "--workflow", "gate", "--await")
    assert process.stderr is not None
    task_id = process.stderr.readline().split()[0]
    fresh("executor", "stop")
    _, err = process.communicate(timeout=LIMIT)
    assert process.returncode == 6
    assert f"modeldeck task await {task_id}" in err
    assert fresh("task", "list", "--view", "tasks", "--json").data["tasks"][0]["status"] == "waiting_approval"


def test_following_ends_too(fresh: Shell) -> None:
    fresh("trust", "--yes")
    task_id = fresh.start("gate")
    while fresh("task", "peek", task_id, "--json").data["tasks"][0]["status"] != "waiting_approval":
        pass
    process = fresh.begin("task", "await", task_id, "--follow")
    assert process.stderr is not None
    assert f"{task_id} waits for you" in process.stderr.readline()
    fresh("executor", "stop")
    _, err = process.communicate(timeout=LIMIT)
    assert (process.returncode, "The executor was stopped" in err) == (6, True)
