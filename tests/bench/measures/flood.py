"""An agent that writes without measure: what it costs the executor, and how long others wait meanwhile."""

from __future__ import annotations

import json
import sys
import time

from tests.bench import processes
from tests.bench.controls import flooding
from tests.bench.figures import Figure, Figures, UnmeasuredError
from tests.bench.house import House, house

GIGABYTE = 1_000_000_000
LINES = 100_000
"""Lines a second."""
SECONDS = 10
"""How long it writes so many."""
END = 300.0
"""Seconds that a run may take on a slow machine."""
PAUSE = 0.02
"""Seconds between two questions."""
WAIT = 300.0
"""Milliseconds that others wait for an answer, at most, 95 times of 100."""
MEMORY = 120.0
"""MB, at most."""


def measure() -> Figures:
    """One gigabyte as quickly as it can, then lines by the hundred thousand."""
    with house(_config()) as place, place.executor() as executor:
        pid = executor.process.pid
        with place.line() as line:
            place.run(line, "nothing")
        return [
            *_one(place, pid, "gigabyte", "flood: 1 GB in lines of 1 kB"),
            *_one(place, pid, "lines", f"flood: {LINES:,} lines a second for {SECONDS} s"),
        ]


def _config() -> str:
    def agent(total: int, length: int, rate: int) -> dict[str, object]:
        command = [sys.executable, "-I", "-S", flooding.__file__, str(total), str(length), str(rate)]
        return {"kind": "claude", "command": command}

    agents = {
        "nothing": agent(0, 40, 0),
        "gigabyte": agent(GIGABYTE, 1_000, 0),
        "lines": agent(LINES * SECONDS * 40, 40, LINES),
    }
    return json.dumps(
        {
            "providers": {"anthropic": {"kind": "list"}},
            "limits": {"max_output": 2 * GIGABYTE},
            "agents": agents,
            "profiles": {name: {"agent": name} for name in agents},
            "workflows": {name: {"stages": [{"name": name, "profile": name, "prompt": "Go."}]} for name in agents},
        }
    )


def _one(place: House, pid: int, workflow: str, what: str) -> Figures:
    waits, most = list[float](), 0.0
    before, began = processes.cpu(pid), time.perf_counter()
    with place.line() as line:
        task_id = line.ask("task_start", workflow=workflow, project=str(place.project))["task_id"]
        while True:
            asked = time.perf_counter()
            task = line.ask("task_peek", ids=[task_id])["tasks"][0]
            waits.append((time.perf_counter() - asked) * 1000)
            most = max(most, processes.memory(pid).rss)
            if task["ended_at"] is not None:
                break
            if asked - began > END:
                raise UnmeasuredError(f"the run that writes {workflow} has not ended after {END:g} s")
            time.sleep(PAUSE)
    if task["status"] != "succeeded":
        raise UnmeasuredError(f"the run that writes {workflow} is {task['status']}: {task.get('error')}")
    took = time.perf_counter() - began
    waits.sort()
    return [
        Figure(f"{what}, started to ended", took, "s"),
        Figure(f"{what}: an answer to others, p95", waits[int(len(waits) * 0.95)], "ms", limit=WAIT),
        Figure(f"{what}: an answer to others, at worst", waits[-1], "ms"),
        Figure(f"{what}: the executor's CPU", processes.cpu(pid) - before, "s"),
        Figure(f"{what}: the executor's memory (RSS) at most", most, "MB", limit=MEMORY),
    ]
