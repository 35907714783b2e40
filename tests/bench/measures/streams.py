"""Many agents that talk at once: how late a line is heard by a client, and what it costs the executor."""

from __future__ import annotations

import http.client
import json
import sys
import time
from collections.abc import Iterator
from typing import Any

from tests.bench import processes
from tests.bench.controls import talking
from tests.bench.figures import Figure, Figures, UnmeasuredError
from tests.bench.house import House, house
from tests.bench.wire import LIMIT, Line

AGENTS = 300
PAUSE = 0.1
"""Seconds between two lines of one agent."""
SECONDS = 15.0
"""How long is listened while all of them talk."""
TALK = 180.0
"""How long they would talk; they are ended before, unless the measure fails."""
LATE = 300.0
"""Milliseconds from a line to whoever listens, at most, for 95 of 100 lines."""
SHARE = 60.0
"""Percent of one core, at most."""


def measure() -> Figures:
    """All of them talk, one client listens to all and reads one of them line by line."""
    with house(_config()) as place, place.executor() as executor, place.line() as line:
        ids = [line.ask("task_start", workflow="talk", project=str(place.project))["task_id"] for _ in range(AGENTS)]
        try:
            _all_talk(line)
            pid = executor.process.pid
            before, began = processes.cpu(pid), time.monotonic()
            told, read = _listen(place, ids[-1])
            share = (processes.cpu(pid) - before) / (time.monotonic() - began) * 100
            memory = processes.memory(pid).rss
            late = _lateness(place, told, began)
        finally:
            with place.line() as ending:  # the first one was idle for too long
                for at in range(0, AGENTS, 50):
                    ending.ask("task_cancel", ids=ids[at : at + 50])
    if len(late) < AGENTS * SECONDS / PAUSE / 4 or len(read) < 10:
        raise UnmeasuredError(f"only {len(late)} lines were told and {len(read)} read in {SECONDS:g} s")
    what = f"streams: {AGENTS} agents, {1 / PAUSE:.0f} lines a second each"
    return [
        Figure(f"{what}: line to client told, p95", _p95(late), "ms", limit=LATE),
        Figure("streams: line to client read, of one that is followed, p95", _p95(read), "ms", limit=LATE),
        Figure("streams: lines heard a second", len(late) / SECONDS, ""),
        Figure("streams: the executor's share of a core", share, "%", limit=SHARE),
        Figure("streams: the executor's memory (RSS)", memory, "MB"),
    ]


def _config() -> str:
    command = [sys.executable, "-I", "-S", talking.__file__, str(TALK), str(PAUSE)]
    return json.dumps(
        {
            "providers": {"anthropic": {"kind": "list"}},
            "limits": {"attempts": AGENTS, "grace": 2},
            "agents": {"talker": {"kind": "claude", "command": command}},
            "profiles": {"talker": {"agent": "talker"}},
            "workflows": {"talk": {"stages": [{"name": "talk", "profile": "talker", "prompt": "Talk."}]}},
        }
    )


def _all_talk(line: Line) -> None:
    deadline = time.monotonic() + LIMIT
    while line.ask("task_list", view="status")["status"]["running"] < AGENTS:
        if time.monotonic() > deadline:
            raise UnmeasuredError(f"{AGENTS} agents did not start within {LIMIT:g} s")
        time.sleep(0.2)
    time.sleep(2.0)  # the last of them has begun to talk


def _listen(place: House, followed: str) -> tuple[list[tuple[float, str, int]], list[float]]:
    """When which attempt was told to have written up to where; and how late each line of ``followed`` was read."""
    told: list[tuple[float, str, int]] = []
    read: list[float] = []
    with place.line() as stream, place.line() as line:
        offset = line.ask("task_list", view="output", ids=[followed], limit=500)["offset"]
        ends = time.monotonic() + SECONDS
        for event in _events(stream):
            now = time.monotonic()
            if now > ends:
                break
            if event["type"] != "output":
                continue
            told.append((now, event["attempt"], event["offset"]))
            if event["task_id"] == followed:
                page = line.ask("task_list", view="output", ids=[followed], offset=offset, limit=500)
                offset, now = page["offset"], time.monotonic()
                read += [(now - float(message["text"].split()[1])) * 1000 for message in page["output"]]
    return told, read[5:]  # the first page holds what was said before


def _events(line: Line) -> Iterator[dict[str, Any]]:
    line.request("GET", "/v1/events")
    response: http.client.HTTPResponse = line.getresponse()
    for row in response:
        if row.startswith(b"data: "):
            yield json.loads(row[6:])


def _lateness(place: House, told: list[tuple[float, str, int]], began: float) -> list[float]:
    """Milliseconds from each line written while one listened to when it was told."""
    lines: dict[str, list[tuple[int, float]]] = {}
    late: list[float] = []
    for at, attempt, offset in told:
        if attempt not in lines:
            lines[attempt] = list(reversed(_written(place, attempt)))
        waiting = lines[attempt]
        while waiting and waiting[-1][0] <= offset:
            _, written = waiting.pop()
            if written > began:
                late.append((at - written) * 1000)
    return late


def _written(place: House, attempt: str) -> list[tuple[int, float]]:
    """Where each line of an attempt ends, and when it was written."""
    found, end = [], 0
    for row in (place.locations.runs / attempt / "out").read_bytes().splitlines(keepends=True):
        end += len(row)
        if row.startswith(b"at ") and row.endswith(b"\n"):
            found.append((end, float(row[3:])))
    return found


def _p95(values: list[float]) -> float:
    return sorted(values)[int(len(values) * 0.95)]
