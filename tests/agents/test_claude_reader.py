"""Claude's output is read by its own rules. The outputs were recorded from the real program (``record.py``)."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.agents.launching import read
from tui.agents.base import Findings
from tui.agents.claude_reader import ClaudeReader
from tui.core.evidence import verdict
from tui.core.run import Cost, Usage
from tui.core.verbs import Message

RECORDED = Path(__file__).parent / "recorded"
OPUS = "claude-opus-4-8"


def recorded(name: str, *, without: str = "") -> tuple[tuple[Message, ...], Findings]:
    """What the recording ``name`` is read as, ``without`` the events of one type."""
    end: dict[str, Any] = json.loads((RECORDED / f"{name}.end.json").read_text())
    lines = (RECORDED / f"{name}.jsonl").read_bytes().splitlines(keepends=True)
    kept = [line for line in lines if not without or json.loads(line)["type"] != without]
    reader = ClaudeReader("a_1", end["sent"])
    return read(reader, b"".join(kept), end["exit_code"], end["stderr"].encode())


@dataclass(frozen=True)
class Read:
    """What a recording must be read as."""

    name: str
    verdict: str
    answered: tuple[str, ...] = (OPUS,)
    sent: str = OPUS
    error: str | None = None
    note: str | None = None


CASES = [
    Read("ok", "confirmed"),
    Read("swap", "differs", ("swapped-model-9",)),
    Read("key-refused", "none", (), error="authentication"),
    Read("unknown-model", "none", (), error="model_not_found"),
    Read("rate-limit", "none", (), error="rate_limit"),
    Read("overloaded", "none", (), error="overloaded"),
    Read("overloaded-then-ok", "confirmed"),
    Read("cut", "none", (), error="unreachable_provider"),
    Read("fallback", "differs", ("claude-sonnet-5-5",), note=f"claude fell back from {OPUS} to claude-sonnet-5-5"),
    Read("remapped", "differs", ("claude-opus-5-5",), sent="claude-opus-4-20250514", note="turned"),
    Read("no-list-price", "confirmed", ("glm-5",), sent="glm-5"),
    Read("unknown-effort", "confirmed", note="claude did not know the effort"),
    Read("sub-agent", "confirmed"),
    Read("denied", "confirmed", note="tools that were denied: Bash"),
    Read("own-command", "none", (), error="no_model_called"),
    Read("interrupted", "none", (), error="agent_failed"),
    Read("interrupted-late", "confirmed", error="agent_failed"),
    Read("terminated", "none", (), error="agent_failed"),
]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_who_answered_and_whether_it_failed(case: Read) -> None:
    _, findings = recorded(case.name)
    assert findings.answered == case.answered
    assert verdict(case.sent, findings.answered, findings.evidence) == case.verdict
    assert (findings.error.code if findings.error else None) == case.error
    assert (case.note or "") in (findings.note or "")
    assert findings.agent_version == "2.1.328"


def test_every_recording_is_read() -> None:
    assert {path.stem for path in RECORDED.glob("*.jsonl")} == {case.name for case in CASES}


def test_a_good_answer_has_tokens_a_list_price_and_a_text() -> None:
    messages, findings = recorded("ok")
    assert findings.usage == Usage(input=1234, cache_read=910, cache_write=56, output=51)
    assert findings.cost == Cost("0.00825", "list price of claude 2.1.328")
    assert findings.result == "Hello from the fake provider."
    assert [(message.kind, message.model) for message in messages] == [("system", None), ("text", OPUS)]
    assert messages[-1].offset < (RECORDED / "ok.jsonl").stat().st_size


def test_the_price_of_a_model_that_did_not_answer_is_no_cost() -> None:
    _, findings = recorded("swap")
    assert findings.cost == Cost(None, f"unknown: claude priced {OPUS}, and swapped-model-9 answered")


def test_a_made_up_price_is_no_cost() -> None:
    _, findings = recorded("no-list-price")
    assert findings.cost == Cost(None, "unknown: claude has no list price for glm-5")
    assert findings.usage == Usage(input=1234, cache_read=910, cache_write=56, output=51)


def test_a_sub_agent_is_a_side_call_and_not_an_answer() -> None:
    messages, findings = recorded("sub-agent")
    assert findings.answered == (OPUS,)
    (call,) = findings.side_calls
    assert (call.model, call.purpose) == ("claude-haiku-5-5", "sub-agent")
    assert call.usage == Usage(input=1234, cache_read=910, cache_write=56, output=51)
    assert call.cost is not None
    assert call.cost.usd is not None
    assert "sub-agent: The sub-agent is done." in [message.text for message in messages]


def test_of_several_results_the_last_one_counts_and_adds_up() -> None:
    _, findings = recorded("sub-agent")
    assert findings.usage == Usage(input=3 * 1234, cache_read=3 * 910, cache_write=3 * 56, output=3 * 51)
    assert findings.cost == Cost("0.02475", "list price of claude 2.1.328")


def test_an_end_between_two_results_is_a_failure() -> None:
    lines = (RECORDED / "sub-agent.jsonl").read_bytes().splitlines(keepends=True)
    results = [index for index, line in enumerate(lines) if json.loads(line)["type"] == "result"]
    cut = b"".join([*lines[: results[0] + 1], lines[0], *[line for line in lines[:3] if b'"assistant"' in line]])
    _, findings = read(ClaudeReader("a_1", OPUS), cut, 143)
    assert findings.error is not None
    assert "interrupted" in findings.error.message


def test_retries_are_told_while_they_happen() -> None:
    messages, _ = recorded("overloaded-then-ok")
    assert [message.text for message in messages if message.kind == "system"][1:] == [
        "after an error, try 1 of 2 again: 529 overloaded",
        "after an error, try 2 of 2 again: 529 overloaded",
    ]


def test_an_error_says_what_to_do_and_what_claude_said() -> None:
    _, findings = recorded("key-refused")
    assert findings.error is not None
    assert "check the key (401)" in findings.error.message
    assert "Invalid API key" in findings.error.message
    assert findings.result is None
    assert findings.usage is None
    assert findings.cost is None


def test_an_error_is_shown_once() -> None:
    messages, _ = recorded("rate-limit")
    assert len([message for message in messages if message.kind == "error"]) == 1


def test_an_exit_status_of_zero_without_a_result_is_a_failure() -> None:
    _, findings = recorded("interrupted-late", without="result")
    assert findings.error is not None
    assert "interrupted" in findings.error.message
    assert findings.answered == (OPUS,)


def test_without_an_answer_the_usage_report_is_grade_b() -> None:
    _, findings = recorded("ok", without="assistant")
    assert (findings.answered, findings.evidence) == ((OPUS,), "B")


def test_without_a_usage_report_nothing_is_proved() -> None:
    """Claude calls no model for commands of its own, and calls that a success."""
    init = json.dumps({"type": "system", "subtype": "init", "model": OPUS, "claude_code_version": "2"})
    done = json.dumps({"type": "result", "subtype": "success", "is_error": False, "result": "hm"})
    _, findings = read(ClaudeReader("a_1", OPUS), f"{init}\n{done}\n".encode())
    assert (findings.answered, findings.evidence) == ((), None)
    assert findings.error is not None
    assert findings.error.code == "no_model_called"


def test_what_never_started_says_what_stderr_said() -> None:
    _, findings = read(ClaudeReader("a_1", OPUS), b"", 1, b"error: unknown option '--frob'\n")
    assert findings.error is not None
    assert findings.error.message == "claude did not start and ended with exit status 1. error: unknown option '--frob'"


def test_before_an_answer_nothing_is_graded() -> None:
    lines = (RECORDED / "ok.jsonl").read_bytes().splitlines()
    reader = ClaudeReader("a_1", OPUS)
    reader.feed(lines[0], 1)
    assert (reader.findings().evidence, reader.findings().confirmed_model) == (None, OPUS)
    reader.feed(lines[1], 2)
    assert (reader.findings().evidence, reader.findings().ended) == ("A", False)
    reader.feed(lines[2], 3)
    assert reader.findings().ended


def test_a_reader_fed_again_from_the_start_finds_the_same() -> None:
    assert recorded("sub-agent") == recorded("sub-agent")


def test_text_of_the_agent_is_made_plain() -> None:
    line = json.dumps(
        {
            "type": "assistant",
            "message": {"model": "m\x1b]0;x\x07", "content": [{"type": "text", "text": "a\x1b[31mred\u202e"}]},
        }
    ).encode()
    reader = ClaudeReader("a_1", "m")
    assert reader.feed(line, 9) == (Message("a_1", 9, "text", "ared", "m"),)
    assert reader.findings().answered == ("m",)
