"""Every field of every request has bounds: what is out of them gets one sentence, and quickly."""

from __future__ import annotations

import asyncio
import contextlib
import json
import socket
import time
import types
from collections.abc import Iterator, Mapping
from dataclasses import MISSING, fields, is_dataclass
from pathlib import Path
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

import httpx
import pytest

from tests.executor.conftest import LIMIT, House
from tui.core.verbs import OPS, START, Await, Cancel, List, Peek

REQUESTS: dict[str, tuple[str, type[Any]]] = {
    "task_await": ("task_await", Await),
    "task_peek": ("task_peek", Peek),
    "task_cancel": ("task_cancel", Cancel),
    "task_list": ("task_list", List),
    **{kind: ("task_start", request) for kind, request in START.items()},
    **{op: ("task_start", request) for op, request in OPS.items()},
}
DEEP = 5_000
EVIL: dict[str, str] = {
    "nul": '"a\\u0000b"',
    "half a surrogate pair": '"\\ud800"',
    "2^63": str(2**63),
    "10^4000": "1" + "0" * 4_000,
    "10^5000": "1" + "0" * 5_000,
    "NaN": "NaN",
    "Infinity": "Infinity",
    "-Infinity": "-Infinity",
    "1e999": "1e999",
    "negative": "-1",
    "1 MB": json.dumps("x" * (1 << 20)),
    "100,000 elements": json.dumps(["r_1"] * 100_000),
    "100,000 wrong elements": json.dumps([1] * 100_000),
    "100,000 keys": json.dumps({str(number): 1 for number in range(100_000)}),
    "a key of 1 MB": json.dumps({"k" * (1 << 20): 1}),
    "a NUL key": '{"a\\u0000b": 1}',
    "deep": "[" * DEEP + "]" * DEEP,
    "deep map": '{"a":' * DEEP + "1" + "}" * DEEP,
}
ALLOWED = {("document", "2^63"), ("document", "10^4000"), ("document", "negative")}
"""Fields of another program's file are not ours to bound: a number there is kept as it is."""
PROMPT = 1.0
"""Seconds of this process, in which the executor runs too, that an answer may take."""


def simplest(hint: Any) -> object:
    """The simplest JSON value of a type."""
    if get_origin(hint) is Literal:
        return get_args(hint)[0]
    if get_origin(hint) in (Union, types.UnionType):
        return simplest(get_args(hint)[0])
    if is_dataclass(hint):
        return base(hint)
    if get_origin(hint) is tuple:
        return [simplest(get_args(hint)[0])]
    return {int: 1, str: "x", object: {}}.get(hint, {})


def base(kind: Any) -> dict[str, Any]:
    """A request of ``kind`` with the fields that it must have."""
    hints = get_type_hints(kind)
    return {
        one.name: simplest(hints[one.name])
        for one in fields(kind)
        if one.name in ("kind", "op") or (one.default is MISSING and one.default_factory is MISSING)
    }


def paths(kind: Any) -> Iterator[tuple[str | int, ...]]:
    """The paths of all fields of ``kind``, and of the dataclasses in them."""
    hints = get_type_hints(kind)
    for one in fields(kind):
        yield (one.name,)
        for hint in (hints[one.name], *get_args(hints[one.name])):
            if is_dataclass(hint):
                inside: tuple[str | int, ...] = (0,) if get_origin(hints[one.name]) is tuple else ()
                yield from ((one.name, *inside, *path) for path in paths(hint))
            elif get_origin(hint) is tuple and is_dataclass(get_args(hint)[0]):
                yield from ((one.name, 0, *path) for path in paths(get_args(hint)[0]))
        if get_origin(hints[one.name]) is tuple:
            yield (one.name, 0)
        if any(get_origin(hint) is Mapping for hint in (hints[one.name], *get_args(hints[one.name]))):
            yield (one.name, "x")


MARK = "@@here@@"


def with_mark(kind: Any, path: tuple[str | int, ...]) -> str:
    """A request's JSON with a mark at ``path``."""
    body: Any = base(kind)
    at: Any = body
    for part, following in zip(path, (*path[1:], None), strict=True):
        if following is None:
            if isinstance(at, list):
                at[:] = [MARK]
            else:
                at[part] = MARK
            break
        if isinstance(at, list):
            at[:] = [at[0] if at and isinstance(at[0], dict) else {}]
            at = at[0]
        else:
            if not isinstance(at.get(part), list if isinstance(following, int) else dict):
                at[part] = [] if isinstance(following, int) else {}
            at = at[part]
    return json.dumps(body)


@pytest.mark.parametrize("name", REQUESTS)
async def test_every_field_refuses_what_is_out_of_its_bounds(http: httpx.AsyncClient, name: str) -> None:
    verb, kind = REQUESTS[name]
    wrong = []
    for path in paths(kind):
        whole = with_mark(kind, path)
        assert whole.count(MARK) == 1, path
        for what, evil in EVIL.items():
            began = time.process_time()
            answer = await http.post(f"/v1/{verb}", content=whole.replace(f'"{MARK}"', evil))
            took = time.process_time() - began
            allowed = (path[0], what) in ALLOWED and answer.status_code == 200
            message = "" if allowed else answer.json().get("message", "")
            refused = 400 <= answer.status_code < 500 and message and "\n" not in message and len(message) < 1_000
            if not (allowed or refused) or took > PROMPT:
                wrong.append((path, what, answer.status_code, answer.text[:200], took))
    assert not wrong, wrong


async def test_many_lists_are_refused_before_they_are_made(http: httpx.AsyncClient) -> None:
    lists = "[" + ",".join("[" + ",".join(["[]"] * 900) + "]" for _ in range(900)) + "]"
    began = time.process_time()
    answer = await http.post("/v1/task_start", content=f'{{"workflow": "one", "model": {lists}}}')
    assert answer.status_code == 400
    assert "more than 100,000 values" in answer.json()["message"]
    assert time.process_time() - began < PROMPT


async def test_brackets_in_a_text_are_no_values(http: httpx.AsyncClient, project: Path) -> None:
    body = {"workflow": "none of this name", "project": str(project), "input": '[\\"{,' * 50_000}
    answer = await http.post("/v1/task_start", json=body)
    assert "none of this name" in answer.json()["message"]


async def test_a_task_named_many_times_is_looked_at_once(http: httpx.AsyncClient, project: Path) -> None:
    started = (await http.post("/v1/task_start", json={"workflow": "one", "project": str(project)})).json()
    ids = [started["task_id"]] * 500
    for verb in ("task_await", "task_peek", "task_cancel"):
        answer = await http.post(f"/v1/{verb}", json={"ids": ids})
        assert [run["task_id"] for run in answer.json()["tasks"]] == ids[:1]
    answer = await http.post("/v1/task_peek", json={"ids": [*ids, ids[0]]})
    assert (answer.status_code, answer.json()["field"]) == (400, "ids")
    assert "at most 500" in answer.json()["message"]


def answer_to(path: Path, request: bytes) -> bytes:
    """What the executor answers to these bytes, of which it need not take all."""
    with socket.socket(socket.AF_UNIX) as connection:
        connection.settimeout(LIMIT)
        connection.connect(str(path))
        with contextlib.suppress(BrokenPipeError):
            connection.sendall(request)
        answer = b""
        with contextlib.suppress(ConnectionResetError):
            while part := connection.recv(65_536):
                answer += part
        return answer


@pytest.mark.parametrize(
    ("head", "status"),
    [
        (b"GET /v1/" + b"x" * 100_000 + b" HTTP/1.1\r\nHost: x\r\n\r\n", b"414"),
        (b"GET /v1/" + b"x" * 2_000_000, b"414"),
        (b"GET /v1/health HTTP/1.1\r\n" + b"a: b\r\n" * 100_000 + b"\r\n", b"431"),
        (b"GET /v1/health HTTP/1.1\r\nHost: x\r\na: " + b"x" * 2_000_000, b"431"),
        (b"GET /v1/health HTTP/1.1\r\n" + b"x" * 2_000_000, b"431"),
    ],
    ids=["url", "endless url", "many headers", "endless header", "endless name"],
)
async def test_a_url_or_headers_that_are_too_long_are_refused(
    house: House,
    http: httpx.AsyncClient,
    head: bytes,
    status: bytes,
) -> None:
    answer = await asyncio.to_thread(answer_to, house.locations.socket, head)
    assert answer.startswith(b"HTTP/1.1 " + status), answer
    assert b"bad_request" in answer
    assert (await http.get("/v1/health")).status_code == 200


async def test_a_long_path_that_is_none_is_cut_in_the_answer(http: httpx.AsyncClient) -> None:
    answer = await http.get("/v1/" + "x" * 4_000)
    assert answer.status_code == 404
    assert len(answer.json()["message"]) < 200
