"""Executor, shims and agents killed with SIGKILL at random points while runs go on, and what is true afterwards.

Some runs wait for a person's answer, and some work in a git worktree of their own.

The test deals some blows, the benchmark more of them.
"""

from __future__ import annotations

import asyncio
import os
import random
import signal
import sqlite3
import subprocess
import time
from collections import Counter
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path

from tui.client.client import ExecutorClient
from tui.client.stopping import stop
from tui.config.locations import Locations
from tui.config.trust import TrustStore
from tui.core.errors import UnreachableError
from tui.core.run import TERMINAL_RUN, TERMINAL_STEP, Run, RunStatus, StepStatus
from tui.core.run_verbs import Answer
from tui.core.verbs import Await, StartWorkflow
from tui.executor.attempt import AttemptFolder
from tui.executor.processes import COOKIE, survivors

LIMIT = 120.0
ABREAST = 4
"""Runs that go on while blows fall."""
PAGE = 50
AGENT = """#!/bin/sh
# Notes its start outside of its attempt's folder, works for a moment with a child, and ends well.
cat >/dev/null
echo "$MODELDECK_ATTEMPT" >>"$STARTS"
part=$1
while [ "$1" != --model ]; do shift; done
sleep 0.15
[ "$part" = writes ] && echo "$MODELDECK_ATTEMPT" >>work
echo '{"type":"result","subtype":"success","is_error":false,"result":"done","modelUsage":{"'"$2"'":{}}}'
"""
CONFIG = """
default_model: haiku
providers: {{anthropic: {{kind: list}}}}
agents:
  actor: {{kind: claude, command: [/bin/sh, {agent}], env: {{STARTS: {starts}}}}}
  writer: {{kind: claude, command: [/bin/sh, {agent}, writes], env: {{STARTS: {starts}}}}}
  asker: {{kind: rehearsal, rehearsal: {{seconds: 0.1, messages: 2, outcome: ask}}}}
profiles: {{actor: {{agent: actor}}, writer: {{agent: writer}}, asker: {{agent: asker}}}}
workflows:
  three: {{stages: [{{name: one, profile: actor}}, {{name: two, profile: actor}}, {{name: three, profile: actor}}]}}
  asks: {{stages: [{{name: one, profile: asker, interactive: true}}, {{name: two, profile: actor}}]}}
  apart: {{worktree: true, stages: [{{name: one, profile: actor}}, {{name: two, profile: writer}}]}}
"""


@dataclass
class Report:
    """What came of it."""

    blows: Counter[str] = field(default_factory=Counter)
    """How many fell, by what they hit."""
    runs: Counter[str] = field(default_factory=Counter)
    """How the runs ended, by status."""
    answers: int = 0
    """How many questions were answered meanwhile."""
    back: list[float] = field(default_factory=list)
    """Seconds from an executor's death to the next one's first answer."""


class Yard:
    """A person's places, and everybody who is hit there."""

    def __init__(self, folder: Path, seed: int) -> None:
        self.locations = Locations(folder / "config.yaml", folder / "state", folder / "cache")
        self.locations.prepare()
        self.starts = folder / "starts"
        agent = folder / "agent.sh"
        agent.write_text(AGENT)
        self.locations.config_file.write_text(CONFIG.format(agent=agent, starts=self.starts))
        self.project = folder / "shop"
        self.project.mkdir()
        for command in (("init", "--quiet"), ("commit", "--quiet", "--allow-empty", "--message", "the first")):
            self._git("-c", "user.name=A", "-c", "user.email=a@example.org", *command)
        TrustStore(self.locations.trust).trust(self.project)
        self.random = random.Random(seed)
        self.report = Report()
        self.ids: list[str] = []
        self.died_at: float | None = None

    async def blow(self) -> None:
        """See that runs go on, wait for a random moment, and kill somebody."""
        async with ExecutorClient(self.locations) as client:
            pid = await self._reach(client)
            live = [run for run in await self._runs(client, self.ids[-2 * ABREAST :]) if run.status not in TERMINAL_RUN]
            for _ in range(ABREAST - len(live)):
                workflow = self.random.choice(("three", "asks", "apart"))
                started = await client.start(StartWorkflow(workflow, input="go", project=str(self.project)))
                self.ids.append(started.task_id or "")
            await self._answer(client, [run for run in live if self.random.random() < 0.8])
        await asyncio.sleep(self.random.uniform(0, 0.3))  # the moment of the blow is what is tried here
        whom = self.random.choice(("executor", "shim", "agent"))
        if whom == "executor":
            os.kill(pid, signal.SIGKILL)
            self.died_at = time.monotonic()
            self.report.blows[whom] += 1
        elif whom == "shim":
            self.report.blows[whom] += self._hit(lambda pid, leader: pid == leader)
        else:
            self.report.blows[whom] += self._hit(lambda pid, leader: pid != leader)

    async def _answer(self, client: ExecutorClient, runs: list[Run]) -> None:
        for run in runs:
            if run.status is RunStatus.WAITING_ANSWER:
                await client.start(Answer(run.task_id or "", "the left one"))
                self.report.answers += 1

    async def _reach(self, client: ExecutorClient) -> int:
        health = await client.connect()
        if self.died_at is not None:
            self.report.back.append(time.monotonic() - self.died_at)
            self.died_at = None
        return health.pid

    def _hit(self, fits: Callable[[int, int], bool]) -> bool:
        """Kill one process of one attempt that is alive; says whether there was one."""
        folders = sorted(self.locations.runs.iterdir()) if self.locations.runs.exists() else []
        alive = [folder for path in folders[-4 * ABREAST :] if (folder := AttemptFolder(path)).held("a")]
        self.random.shuffle(alive)
        for folder in alive:
            leader = folder.leader()
            for pid in survivors(folder):
                if leader is not None and folder.held("a") and fits(pid, leader):
                    try:
                        os.kill(pid, signal.SIGKILL)
                    except ProcessLookupError:
                        continue
                    return True
        return False

    async def _runs(self, client: ExecutorClient, ids: list[str], within: float = 0) -> list[Run]:
        found: list[Run] = []
        for at in range(0, len(ids), PAGE):
            tasks = await client.wait(Await(tuple(ids[at : at + PAGE]), within))
            found += tasks.tasks
        return found

    async def reckon(self) -> None:
        """Let all runs end, end the executor, and see that everything is true. Raises :class:`AssertionError`."""
        async with ExecutorClient(self.locations) as client:
            await self._reach(client)
            async with asyncio.timeout(LIMIT):
                runs = await self._runs(client, self.ids)
                while any(run.status not in TERMINAL_RUN for run in runs):
                    await self._answer(client, runs)
                    runs = await self._runs(client, self.ids, 0.5)
        stop(self.locations.socket, uid=os.geteuid())
        for run in runs:
            self.report.runs[run.status.value] += 1
            self._true(run)
        hit = self.report.blows["agent"] + self.report.blows["shim"]
        unwell = [run for run in runs if run.status is not RunStatus.SUCCEEDED]
        assert len(unwell) <= hit, [(run.workflow, run.error) for run in unwell]
        starts = Counter(self.starts.read_text().split())
        assert {attempt for attempt, count in starts.items() if count > 1} == set(), "started twice"
        folders = {path.name for path in self.locations.runs.iterdir()}
        assert folders >= starts.keys()
        steps = [step for run in runs for step in run.steps]
        assert folders == {step.attempt for step in steps if step.attempt} | {
            exchange.attempt for step in steps for exchange in step.exchanges
        }
        self._worktrees_are_true(runs)
        await self._nobody_is_left()
        with closing(sqlite3.connect(self.locations.journal)) as journal:
            assert journal.execute("PRAGMA integrity_check").fetchone() == ("ok",)

    def _true(self, run: Run) -> None:
        """What the run says is what its attempts' own files say."""
        assert run.status in TERMINAL_RUN, run
        assert all(step.status in TERMINAL_STEP for step in run.steps), run
        assert (run.status is RunStatus.SUCCEEDED) == all(step.status is StepStatus.SUCCEEDED for step in run.steps)
        for step in run.steps:
            if step.attempt is None:
                assert step.status is StepStatus.SKIPPED, step
                continue
            folder = AttemptFolder(self.locations.runs / step.attempt)
            code = folder.exit_code()
            wanted = {_of(code)}
            if code is None:
                # Where the shim's mv was hit, the shim could tell its exit status to its parent alone.
                noted = folder.path / "rc.new"
                wanted |= {_of(int(noted.read_text()))} if noted.exists() and noted.read_text().strip() else set()
            assert step.status in wanted, (step, code, folder.out.read_bytes())

    def _worktrees_are_true(self, runs: list[Run]) -> None:
        """What was worked on is there, what was not is gone, and git knows of no other."""
        there = set()
        for run in runs:
            if run.worktree is None:
                continue
            folder = Path(run.worktree.folder)
            assert folder.exists() is not run.worktree.removed, run
            if not run.worktree.removed:
                there.add(str(folder))
            if run.status is RunStatus.SUCCEEDED:
                assert (folder / "work").read_text().split() == [run.steps[1].attempt], run
        told = self._git("worktree", "list", "--porcelain").splitlines()
        listed = {line.removeprefix("worktree ") for line in told if line.startswith("worktree ")}
        assert listed == there | {str(self.project.resolve())}
        branches = self._git("branch", "--list", "--format=%(refname:short)", "modeldeck/*").split()
        assert len(branches) == len(there)

    def _git(self, *arguments: str) -> str:
        done = subprocess.run(("git", *arguments), cwd=self.project, check=True, capture_output=True, text=True)
        return done.stdout

    async def _nobody_is_left(self) -> None:
        """No process carries the mark of an attempt of ours; those killed last may still be dying."""
        marks = [f"{COOKIE}={path.name}".encode() for path in self.locations.runs.iterdir()]
        async with asyncio.timeout(LIMIT):
            while any(mark in told for told in _environments() for mark in marks):
                await asyncio.sleep(0.05)

    def stop(self) -> None:
        """End the executor, if it still runs."""
        try:
            stop(self.locations.socket, uid=os.geteuid())
        except UnreachableError:
            return


def _of(code: int | None) -> StepStatus:
    """What an exit status makes of a step of these agents."""
    return StepStatus.LOST if code is None else StepStatus.SUCCEEDED if code == 0 else StepStatus.FAILED


def _environments() -> list[bytes]:
    found = []
    for entry in Path("/proc").glob("[0-9]*/environ"):
        try:
            told = entry.read_bytes()
        except OSError:
            continue
        if COOKIE.encode() in told:
            found.append(told)
    return found


async def kill(folder: Path, times: int, seed: int) -> Report:
    """Deal ``times`` blows and see that all is true afterwards."""
    yard = Yard(folder, seed)
    try:
        while yard.report.blows.total() < times:
            await yard.blow()
        await yard.reckon()
    finally:
        yard.stop()
    return yard.report
