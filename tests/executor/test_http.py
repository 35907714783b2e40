"""The five verbs, events and health over the real socket: what is refused, and how it says so."""

from __future__ import annotations

import asyncio
import json
import os
import socket
from pathlib import Path

import httpx
import pytest

from tests.executor.conftest import LIMIT, House
from tui.core.errors import MachineError
from tui.core.verbs import OPS, START
from tui.executor.connections import peer_uid
from tui.executor.server import bind

VERBS = {
    "task_await": {"ids": ["r_1"]},
    "task_peek": {"ids": ["r_1"]},
    "task_list": {"view": "status"},
    "task_cancel": {"ids": ["r_1"]},
}
STARTS: dict[str, dict[str, object]] = {
    **{kind: {"kind": kind} for kind in START},
    **{op: {"kind": "op", "op": op} for op in OPS},
}
EVERY = [*((verb, body) for verb, body in VERBS.items()), *(("task_start", body) for body in STARTS.values())]
NAMES = [*VERBS, *STARTS]


@pytest.mark.parametrize(("verb", "body"), EVERY, ids=NAMES)
async def test_every_request_refuses_an_unknown_key(
    http: httpx.AsyncClient, verb: str, body: dict[str, object]
) -> None:
    answer = await http.post(f"/v1/{verb}", json={**body, "modle": "opus"})
    assert answer.status_code == 400
    assert answer.json()["code"] == "bad_request"
    assert "modle" in answer.json()["message"]
    assert answer.json()["field"] == "modle"


BAD = [
    ("task_start", b"{", "not valid JSON"),
    ("task_start", b"[" * 5_000 + b"]" * 5_000, "nested more than 100 deep"),
    ("task_start", b'{"kind": ' + b"[" * 5_000, "nested more than 100 deep"),
    ("task_start", b"[]", "JSON object"),
    ("task_start", b'{"kind": "workflwo"}', "Unknown kind"),
    ("task_start", b'{"kind": "op", "op": "run.aprove"}', "Unknown op"),
    ("task_start", b'{"kind": "op"}', "'op' is missing"),
    ("task_start", b'{"kind": "workflow"}', "'workflow' is missing"),
    ("task_start", b'{"workflow": 5}', "'workflow' is wrong"),
    ("task_start", b'{"workflow": "one", "dry_run": "yes"}', "'dry_run' is wrong"),
    ("task_list", b'{"view": "everything"}', "'view' is wrong"),
    ("task_list", b'{"view": "runs", "limit": 0}', "limit"),
    ("task_list", b'{"view": "runs", "limit": 100000}', "limit"),
    ("task_list", b'{"view": "output"}', "ids"),
    ("task_list", b'{"view": "runs", "after": "rubbish"}', "rubbish"),
    ("task_list", b'{"view": "status", "project": "relative/path"}', "whole path"),
    ("task_list", b'{"view": "status", "project": "/no/such/folder"}', "can't be opened"),
    ("task_peek", b'{"ids": "r_1"}', "'ids' is wrong"),
    ("task_await", b'{"ids": ["r_1"], "timeout": "long"}', "'timeout' is wrong"),
    ("task_start", b"[" * 100_000, "nested more than 100 deep"),
    ("task_start", b'{"workflow": "\xff"}', "JSON"),
]


@pytest.mark.parametrize(("verb", "body", "text"), BAD, ids=[str(number) for number in range(len(BAD))])
async def test_bad_input_gets_one_clear_sentence(http: httpx.AsyncClient, verb: str, body: bytes, text: str) -> None:
    answer = await http.post(f"/v1/{verb}", content=body)
    assert answer.status_code == 400, answer.text
    assert text in answer.json()["message"]
    assert "\n" not in answer.json()["message"]


async def test_an_unknown_task_is_not_found_and_a_fit_status_is_given(http: httpx.AsyncClient) -> None:
    assert (await http.post("/v1/task_peek", json={"ids": ["r_1"]})).status_code == 404
    assert (
        await http.post("/v1/task_start", json={"kind": "op", "op": "run.approve", "task_id": "r_1"})
    ).status_code == 404
    assert (await http.get("/v1/nothing")).status_code == 404
    assert (await http.get("/v1/task_list")).status_code == 404


async def test_an_untrusted_folder_is_forbidden(http: httpx.AsyncClient, tmp_path: Path) -> None:
    answer = await http.post("/v1/task_start", json={"workflow": "one", "project": str(tmp_path)})
    assert answer.status_code == 403
    assert answer.json()["code"] == "untrusted"


async def test_a_huge_request_is_refused(http: httpx.AsyncClient) -> None:
    answer = await http.post("/v1/task_start", content=b" " * (5 << 20))
    assert answer.status_code == 400
    assert "MB" in answer.json()["message"]


async def test_there_are_five_verbs_and_no_sixth(house: House) -> None:
    paths = {route.path for route in house.executor.app.routes}  # type: ignore[attr-defined]
    verbs = {"/v1/task_start", "/v1/task_await", "/v1/task_peek", "/v1/task_list", "/v1/task_cancel"}
    assert paths == verbs | {"/v1/events", "/v1/health"}


async def test_health_tells_who_answers(http: httpx.AsyncClient) -> None:
    health = (await http.get("/v1/health")).json()
    assert health["pid"] == os.getpid()
    assert health["protocol"] == 1


async def test_the_socket_is_private(house: House, http: httpx.AsyncClient) -> None:
    await http.get("/v1/health")
    assert house.locations.socket.stat().st_mode & 0o777 == 0o600
    assert house.locations.socket.parent.stat().st_mode & 0o077 == 0


def test_the_peer_of_a_connection_is_known() -> None:
    one, other = socket.socketpair(socket.AF_UNIX)
    with one, other:
        assert peer_uid(one) == os.getuid()


def test_a_path_that_is_no_socket_of_ours_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "executor.sock"
    path.write_text("precious")
    with pytest.raises(MachineError, match=r"executor\.sock"):
        bind(path)
    assert path.read_text() == "precious"


async def test_events_have_numbers_and_a_listener_goes_on_where_it_was(house: House, http: httpx.AsyncClient) -> None:
    await http.post("/v1/task_start", json={"workflow": "three", "project": str(house.project)})
    first = await _numbers(http, "/v1/events?after=0", 4)
    assert first == [1, 2, 3, 4]
    assert (await _numbers(http, "/v1/events?after=4", 2))[0] == 5
    assert (await http.get("/v1/events?after=x")).status_code == 400


async def _numbers(http: httpx.AsyncClient, url: str, count: int) -> list[int]:
    numbers: list[int] = []
    async with http.stream("GET", url) as answer:
        kind = ""
        async for line in answer.aiter_lines():
            if line.startswith("event: "):
                kind = line.removeprefix("event: ")
            elif line.startswith("data: ") and kind == "run":
                event = json.loads(line.removeprefix("data: "))
                numbers.append(event["seq"])
                if len(numbers) == count:
                    break
    return numbers


async def test_a_waiting_client_is_answered_when_the_executor_stops(house: House, http: httpx.AsyncClient) -> None:
    started = await http.post("/v1/task_start", json={"workflow": "slow", "project": str(house.project)})
    waiting = asyncio.create_task(
        http.post("/v1/task_await", json={"ids": [started.json()["task_id"]], "timeout": LIMIT})
    )
    await _numbers(http, "/v1/events?after=0", 1)
    house.executor.stopping.set()
    answer = await asyncio.wait_for(waiting, LIMIT)
    assert answer.json()["done"] is False


async def test_a_key_stands_for_one_request_and_what_it_did(house: House, http: httpx.AsyncClient) -> None:
    key = {"idempotency-key": "k1"}
    body = {"workflow": "one", "project": str(house.project)}
    answers = await asyncio.gather(*(http.post("/v1/task_start", json=body, headers=key) for _ in range(5)))
    assert {answer.status_code for answer in answers} == {200}
    (task_id,) = {answer.json()["task_id"] for answer in answers}
    await house.restart()
    assert house.executor.journal.runs(limit=50)[0][0].task_id == task_id
    assert len(house.executor.journal.runs(limit=50)[0]) == 1


async def test_a_key_of_another_request_and_a_bad_one_are_refused(house: House, http: httpx.AsyncClient) -> None:
    body = {"workflow": "one", "project": str(house.project)}
    first = await http.post("/v1/task_start", json=body, headers={"idempotency-key": "k1"})
    other = await http.post("/v1/task_start", json={**body, "workflow": "three"}, headers={"idempotency-key": "k1"})
    assert (first.status_code, other.status_code) == (200, 409)
    assert "another request" in other.json()["message"]
    for bad in ("", "x" * 101, "a b"):
        answer = await http.post("/v1/task_start", json=body, headers={"idempotency-key": bad})
        assert (answer.status_code, answer.json()["code"]) == (400, "bad_request")
    assert len(house.executor.journal.runs(limit=50)[0]) == 1


async def test_a_refused_request_may_be_sent_again_with_its_key(house: House, http: httpx.AsyncClient) -> None:
    body = {"workflow": "later", "project": str(house.project)}
    key = {"idempotency-key": "k1"}
    assert (await http.post("/v1/task_start", json=body, headers=key)).status_code == 400
    config = house.locations.config_file
    config.write_text(config.read_text() + "  later: {stages: [{name: plan, profile: quick}]}\n")
    assert (await http.post("/v1/task_start", json=body, headers=key)).status_code == 200


async def test_keys_go_with_their_events(house: House, http: httpx.AsyncClient) -> None:
    body = {"workflow": "one", "project": str(house.project)}
    for _ in range(2):
        await http.post("/v1/task_start", json=body, headers={"idempotency-key": "k1"})
    await house.executor.journal.forget_events(house.executor.journal.last_seq)
    await http.post("/v1/task_start", json=body, headers={"idempotency-key": "k1"})
    assert len(house.executor.journal.runs(limit=50)[0]) == 2
