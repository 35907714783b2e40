"""The rehearsal agent acts like an agent and proves nothing."""

from __future__ import annotations

import dataclasses
import json
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.agents.launching import MODEL, Played, launch, play
from tui.agents import rehearse
from tui.agents.base import Launch
from tui.agents.rehearsal import NOTE, RehearsalAgent
from tui.agents.table import one_shot
from tui.core.evidence import verdict
from tui.core.handoff import read
from tui.core.reference import Reference
from tui.core.settings import Agent, Rehearsal

SENT = Reference("anthropic", MODEL)


def rehearsal(home: Path, part: Rehearsal, prompt: str = "/plan a house") -> Launch:
    return launch(Agent(kind="rehearsal", rehearsal=part), home, prompt=prompt)


def quick(**part: object) -> Rehearsal:
    """A part that is played in no time."""
    return Rehearsal(**{"seconds": 0.0, **part})  # type: ignore[arg-type]


def act(home: Path, part: Rehearsal, prompt: str = "/plan a house") -> Played:
    return play(RehearsalAgent().command(rehearsal(home, part, prompt)), RehearsalAgent().reader("a_test", SENT))


def test_it_talks_and_every_message_is_marked(empty_home: Path) -> None:
    played = act(empty_home, quick(messages=4))
    assert played.exit_code == 0
    assert len(played.said("text")) == 5
    assert all(text.startswith("rehearsal: ") for message in played.messages for text in [message.text])
    assert all(message.model is None for message in played.messages)
    assert played.said("text")[0] == "rehearsal: reads the request: /plan a house"
    assert (played.findings.result or "").startswith("rehearsal: done: /plan a house\n")
    assert read(played.findings.result or "").done == ("rehearsed: /plan a house",)
    assert played.findings.error is None


@pytest.mark.parametrize("claims", [None, MODEL, "another-model"])
@pytest.mark.parametrize("outcome", ["succeed", "fail", "crash", "ask"])
def test_it_never_reads_as_confirmed(empty_home: Path, outcome: str, claims: str | None) -> None:
    findings = act(empty_home, quick(outcome=outcome, claims=claims)).findings
    assert findings.evidence == "D"
    assert verdict(MODEL, findings.answered, findings.evidence) == "unproven"
    assert findings.note == (f"{NOTE}; claims {claims}" if claims else NOTE)
    assert findings.cost is None


@pytest.mark.parametrize(
    ("outcome", "code", "exit_code"),
    [("fail", "agent_failed", 1), ("crash", "agent_crashed", -signal.SIGKILL)],
)
def test_it_fails_as_it_was_told(empty_home: Path, outcome: str, code: str, exit_code: int) -> None:
    played = act(empty_home, quick(outcome=outcome))
    assert played.exit_code == exit_code
    assert played.findings.error is not None
    assert played.findings.error.code == code
    assert played.findings.result is None


def test_it_asks_once_which_is_no_failure_and_goes_on_when_it_was_answered(empty_home: Path) -> None:
    asks = rehearsal(empty_home, quick(outcome="ask"))
    played = play(RehearsalAgent().command(asks), RehearsalAgent().reader("a_test", SENT))
    assert (played.exit_code, played.findings.error, played.findings.result) == (0, None, None)
    assert played.findings.asks == "Which of the two ways should I take?"
    again = RehearsalAgent().command(dataclasses.replace(asks, answered=1))
    played = play(again, RehearsalAgent().reader("a_test", SENT))
    assert (played.findings.asks, played.findings.ended) == (None, True)


def test_a_crash_leaves_half_a_line(empty_home: Path) -> None:
    played = act(empty_home, quick(outcome="crash", messages=2))
    assert not played.stdout.endswith(b"\n")
    assert played.said("text")
    assert played.findings.ended is False


def test_a_question_is_told(empty_home: Path) -> None:
    findings = act(empty_home, quick(outcome="ask")).findings
    assert findings.asks == "Which of the two ways should I take?"


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
@pytest.mark.parametrize("outcome", ["hang", "succeed"])
def test_a_signal_ends_it_at_once(empty_home: Path, outcome: str, number: signal.Signals) -> None:
    part = Rehearsal(seconds=600.0, outcome=outcome)  # type: ignore[arg-type]
    command = RehearsalAgent().command(rehearsal(empty_home, part))
    played = play(command, RehearsalAgent().reader("a_test", SENT), kill=(number, lambda: None))
    assert played.exit_code == -number
    assert played.findings.error is not None


def test_a_signal_that_the_parent_ignores_ends_it_too(empty_home: Path) -> None:
    """A shell's ``trap ''`` is inherited by what it starts."""
    part = Rehearsal(seconds=600.0)
    command = RehearsalAgent().command(rehearsal(empty_home, part))
    started = subprocess.Popen(
        ["/bin/sh", "-c", "trap '' TERM; exec \"$@\"", "sh", *command.argv],
        env=dict(command.env),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    assert started.stdin is not None
    assert started.stdout is not None
    started.stdin.close()
    assert json.loads(started.stdout.readline())["type"] == "start"
    started.terminate()
    assert started.wait(30) == -signal.SIGTERM
    started.stdout.close()


def test_the_messages_are_spread_over_the_time(empty_home: Path) -> None:
    """The last word comes when the time is over: measured by the child's own clock."""
    code = (
        "import sys, time; sys.argv = ['x', sys.argv[2], sys.argv[1]]; import runpy; start = time.monotonic();"
        "module = runpy.run_path(sys.argv[2]); module['main'](); print(time.monotonic() - start)"
    )
    part = json.dumps({"seconds": 0.3, "messages": 3, "outcome": "succeed"})
    done = subprocess.run(
        [sys.executable, "-c", code, rehearse.__file__, part], input=b"x", capture_output=True, check=True
    )
    assert float(done.stdout.split()[-1]) >= 0.3


@pytest.mark.parametrize(
    "part", [quick(messages=0), quick(messages=-3), Rehearsal(seconds=-1.0), quick(claims="ev\x1b[31mil\n")]
)
def test_odd_parts_are_played_all_the_same(empty_home: Path, part: Rehearsal) -> None:
    findings = act(empty_home, part, prompt="a\ud800b").findings
    assert findings.error is None
    assert "\x1b" not in (findings.note or "")


def test_it_imports_nothing_of_modeldeck(empty_home: Path) -> None:
    """It starts in some 20 ms, where a step may cost no more than 60 on top of the bare command."""
    argv = RehearsalAgent().command(rehearsal(empty_home, quick())).argv
    assert argv[1:3] == ("-I", "-S")
    source = Path(argv[3]).read_text()
    imported = {line.split()[1] for line in source.splitlines() if line.startswith(("import ", "from "))}
    assert imported <= {"__future__", "json", "os", "signal", "sys", "time"}


def test_the_command_of_the_agent_is_not_run(empty_home: Path) -> None:
    agent = Agent(kind="rehearsal", command=("/bin/rm",), rehearsal=quick())
    assert one_shot("rehearsal").command(launch(agent, empty_home)).argv[0] == sys.executable
