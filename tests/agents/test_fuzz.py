"""No line of output, whatever is on it, makes a reader raise or lets more through than it should."""

from __future__ import annotations

import json
import random
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.agents.launching import read
from tui.agents.base import Reader
from tui.agents.claude_reader import ClaudeReader
from tui.agents.lines import TEXT_LIMIT
from tui.agents.rehearsal import RehearsalReader

RECORDED = sorted((Path(__file__).parent / "recorded").glob("*.jsonl"))
LINES = [line for path in RECORDED for line in path.read_bytes().splitlines()]
REHEARSAL = [
    json.dumps({"type": kind, "rehearsal": True, "text": "x"}).encode()
    for kind in ("start", "message", "question", "error", "end")
]

NAMES = st.sampled_from(
    [
        "type",
        "subtype",
        "message",
        "content",
        "model",
        "usage",
        "modelUsage",
        "result",
        "is_error",
        "text",
        "errors",
        "error",
        "input",
        "costUSD",
        "costBasis",
        "inputTokens",
        "permission_denials",
        "rehearsal",
        "claims",
        "attempt",
        "api_error",
        "terminal_reason",
        "parent_tool_use_id",
    ]
)
WORDS = st.sampled_from(
    [
        "system",
        "assistant",
        "user",
        "result",
        "init",
        "api_retry",
        "model_fallback",
        "text",
        "tool_use",
        "tool_result",
        "success",
        "list",
        "start",
        "question",
        "end",
        "<synthetic>",
        "claude-opus-4-8",
        "{x}",
        "{0.__class__}",
        "aborted_streaming",
        "connection_failed",
    ]
)
SCALARS = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20) | WORDS
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(NAMES | WORDS, inner, max_size=6),
    max_leaves=30,
)
EVENTS = st.dictionaries(NAMES, VALUES, max_size=8)


def readers() -> tuple[Reader, ...]:
    return ClaudeReader("a_1", "claude-opus-4-8"), ClaudeReader("a_1", None), RehearsalReader("a_1")


def check(out: bytes, exit_code: int | None = 0, err: bytes = b"") -> None:
    """Read ``out`` by every reader; what comes out is clean and bounded."""
    for reader in readers():
        messages, findings = read(reader, out, exit_code, err)
        assert reader.findings().answered == findings.answered or findings.evidence == "B"
        for message in messages:
            assert len(message.text) <= TEXT_LIMIT + 20
            assert "\x1b" not in message.text
            message.text.encode()
        assert len(findings.result or "") <= TEXT_LIMIT + 20
        assert len(findings.note or "") <= 1000
        assert findings.error is None or len(findings.error.message) <= 2000


@settings(max_examples=150, deadline=None)
@given(st.lists(EVENTS, max_size=6), st.sampled_from([0, 1, -9, 143, None]), st.binary(max_size=50))
def test_events_of_any_shape(events: list[dict[str, object]], exit_code: int | None, err: bytes) -> None:
    check(b"\n".join(json.dumps(event).encode() for event in events), exit_code, err)


@settings(max_examples=150, deadline=None)
@given(st.lists(st.binary(max_size=200), max_size=5))
def test_bytes_of_any_kind(lines: list[bytes]) -> None:
    check(b"\n".join(lines))


@settings(max_examples=100, deadline=None)
@given(st.randoms(use_true_random=False))
def test_real_output_cut_shuffled_and_spoilt(chance: random.Random) -> None:
    lines = chance.choices(LINES + REHEARSAL, k=8)
    for index, line in enumerate(lines):
        match chance.randrange(4):
            case 0:
                lines[index] = line[: chance.randrange(len(line))]
            case 1:
                at = chance.randrange(len(line))
                lines[index] = line[:at] + bytes([chance.randrange(256)]) + line[at + 1 :]
    check(b"\n".join(lines))


@pytest.mark.parametrize(
    "line",
    [
        b"[" * 500_000,
        b'{"a":' * 200_000,
        b'{"type":"assistant","message":' + b'{"content":[' * 50_000,
        b'{"type":"result","total_cost_usd":' + b"9" * 100_000 + b"}",
        b'{"type":"result","modelUsage":{"m":{"costBasis":"list","costUSD":1e999,"inputTokens":1e999}}}',
        b'{"type":"result","modelUsage":{"m":{"costBasis":"list","costUSD":NaN,"inputTokens":-1}}}',
        b'{"type":"assistant","message":{"model":"m","content":[{"type":"text","text":"\\ud800"}]}}',
        b'{"type":"assistant","message":{"model":"' + b"m" * 900_000 + b'","content":"no list"}}',
        b'{"type":"system","subtype":"api_retry","attempt":{"a":1},"error_status":[]}',
        b"\x00\xff\xfe{" * 1000,
        b'{"type":"start","rehearsal":true,"claims":["a"]}',
        json.dumps({"type": "result", "result": "x" * 900_000, "is_error": True}).encode(),
    ],
    ids=range(12),
)
def test_lines_made_to_hurt(line: bytes) -> None:
    check(line)


def test_rubbish_is_shown_as_it_is_but_clean() -> None:
    (message,) = ClaudeReader("a_1", None).feed(b"Segmentation fault \x1b[31m\xff", 7)
    assert (message.kind, message.offset, message.text) == ("raw", 7, "Segmentation fault �")
    assert ClaudeReader("a_1", None).feed(b"   ", 3) == ()
