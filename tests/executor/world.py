"""A journal, the executors that serve it one after the other, and a client that comes back after each.

What happens to it, in whatever order, is in ``test_state_machine``.
"""

from __future__ import annotations

import asyncio
import os
import shutil
import tempfile
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

from tests.executor.conftest import LIMIT, House
from tui.config.locations import Locations
from tui.config.trust import TrustStore
from tui.core.clock import SystemClock
from tui.core.run import TERMINAL_RUN, TERMINAL_STEP, Run, RunStatus, Step, StepStatus
from tui.executor.assembly import assemble
from tui.executor.attempt import AttemptFolder

PLACES = 3
"""Agents at once, so that some wait for their turn."""
AGENT = """#!/bin/sh
# Notes that it was started, outside of its attempt's folder, and then plays its part.
cat >/dev/null
echo "$MODELDECK_ATTEMPT" >>"$HOME/starts"
part=$1
while [ "$1" != --model ]; do shift; done
case $part in
slow) exec sleep 600 ;;
fails) exit 1 ;;
esac
echo '{"type":"result","subtype":"success","is_error":false,"result":"done","modelUsage":{"'"$2"'":{}}}'
"""
CONFIG = """
default_model: haiku
providers: {{anthropic: {{kind: list}}}}
limits: {{grace: 1, attempts: {places}}}
agents:
  quick: {{kind: claude, command: [/bin/sh, {agent}, quick]}}
  slow: {{kind: claude, command: [/bin/sh, {agent}, slow]}}
  fails: {{kind: claude, command: [/bin/sh, {agent}, fails]}}
  asks: {{kind: rehearsal, rehearsal: {{seconds: 0, messages: 1, outcome: ask}}}}
profiles: {{quick: {{agent: quick}}, slow: {{agent: slow}}, fails: {{agent: fails}}, asks: {{agent: asks}}}}
workflows:
  three: {{stages: [{{name: a, profile: quick}}, {{name: b, profile: quick}}, {{name: c, profile: quick}}]}}
  gated:
    stages:
      - {{name: a, profile: quick}}
      - {{name: one, type: approval}}
      - {{name: b, profile: quick}}
      - {{name: two, type: approval}}
      - {{name: c, profile: quick}}
  slow: {{stages: [{{name: a, profile: quick}}, {{name: b, profile: slow}}, {{name: c, profile: quick}}]}}
  fails: {{stages: [{{name: a, profile: quick}}, {{name: b, profile: fails}}, {{name: c, profile: quick}}]}}
  asks: {{stages: [{{name: a, profile: asks, interactive: true}}, {{name: b, profile: quick}}]}}
"""


class World:
    """All that there is between two acts, in which it stands still."""

    template: Path
    """A state folder with an empty journal: making one anew takes longer than all the rest."""

    def __init__(self) -> None:
        super().__init__()
        self.runner = asyncio.Runner()
        self.folder = Path(tempfile.mkdtemp(prefix="life-"))
        self.ids: list[str] = []
        self.seen: list[int] = []
        self.told: dict[str, RunStatus] = {}
        self.listener: asyncio.Task[None] | None = None
        self.house = self.do(self.settle_in())

    def do(self, act: Coroutine[Any, Any, Any]) -> Any:
        """Let the executor go on while ``act`` goes on; between two acts the world stands still."""
        return self.runner.run(act)

    async def settle_in(self) -> House:
        places = Locations(self.folder / "config.yaml", self.folder / "state", self.folder / "cache")
        agent, project, home = self.folder / "agent.sh", self.folder / "shop", self.folder / "home"
        agent.write_text(AGENT)
        places.config_file.write_text(CONFIG.format(agent=agent, places=PLACES))
        shutil.copytree(self.template, places.state_folder)
        places.prepare()
        for folder in (project, home):
            folder.mkdir()
        TrustStore(places.trust).trust(project)
        environ = {"HOME": str(home), "PATH": os.environ["PATH"]}
        house = House(places, project, home, assemble(places, SystemClock(), environ, home, boot=House.boot), environ)
        self.listen(house)
        return house

    # --- the client ---------------------------------------------------------------------------------------------------

    def listen(self, house: House) -> None:
        """Come back, from where it was."""
        self.listener = asyncio.get_running_loop().create_task(self._listen(house))

    async def _listen(self, house: House) -> None:
        async for event in house.executor.feed.events(self.seen[-1] if self.seen else 0):
            assert event.type in ("run", "output"), event
            if event.type == "run":
                self.seen.append(event.seq)
            if event.run is not None and event.run.task_id is not None:
                before = self.told.get(event.run.task_id)
                assert before not in TERMINAL_RUN or event.run.status is before
                self.told[event.run.task_id] = event.run.status

    async def until(self, condition: Callable[[], bool]) -> None:
        """Wait for ``condition``. It asks for files and processes too, of which no event tells."""
        async with asyncio.timeout(LIMIT):
            while not condition():
                await asyncio.sleep(0.005)

    async def another(self, *, abrupt: bool) -> None:
        if abrupt:
            # All that it was doing stops where it stands; only the file is let go of, as the kernel would.
            tasks = asyncio.all_tasks() - {asyncio.current_task()}
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            await self.house.executor.journal.close()
        else:
            await self.house.executor.close()
        await self.gone()
        self.house.executor = self.house.begin()
        self.listen(self.house)

    async def gone(self) -> None:
        """The client has noticed; what it found wrong is told."""
        assert self.listener is not None
        (outcome,) = await asyncio.gather(self.listener, return_exceptions=True)
        if isinstance(outcome, Exception):
            raise outcome

    async def until_all_cancelled(self) -> None:
        live = [run.task_id or "" for run in self.house.executor.journal.live_runs()]
        async with asyncio.timeout(LIMIT):
            await asyncio.gather(*(self.house.executor.conductor.cancel(task_id) for task_id in live))

    # --- looking ------------------------------------------------------------------------------------------------------

    def look(self, task_id: str) -> Run:
        return self.house.look(task_id)

    def one(self, which: int, rather: RunStatus | None = None) -> Run:
        """One of all runs; three times of four one that is as it is ``rather`` wanted, if there is any."""
        runs = [self.look(task_id) for task_id in self.ids]
        fitting = [run for run in runs if run.status is rather and which % 4]
        return (fitting or runs)[which % len(fitting or runs)]

    def waits(self, run: Run, how: RunStatus) -> bool:
        """Whether it waits so, and nobody has said anything yet."""
        live = self.house.executor.conductor.live(run.task_id or "")
        return live is not None and live.run.status is how and not live.decision.done()

    def rests(self) -> bool:
        """Whether nothing more happens by itself: all has ended, or waits for a person, a slow agent, or a place."""
        steps = [self._waits_for(run) for run in self.house.executor.journal.live_runs()]
        slow = sum(step is not None and step.agent == "slow" and step.attempt is not None for step in steps)
        return all(
            step is not None
            and (
                step.status in (StepStatus.WAITING_APPROVAL, StepStatus.WAITING_ANSWER)
                or (step.attempt is None and slow >= PLACES)
                or (step.attempt is not None and step.agent == "slow")
            )
            for step in steps
        )

    def _waits_for(self, run: Run) -> Step | None:
        """The step at which a run is; ``None`` if that is about to change, for it was decided, cancelled or killed."""
        live, step = self.house.executor.conductor.live(run.task_id or ""), current(run)
        if live is None or step is None or live.cancelled.is_set() or live.decision.done():
            return None
        if step.attempt is not None and step.status is not StepStatus.WAITING_ANSWER:
            folder = AttemptFolder(self.house.locations.runs / step.attempt)
            return step if folder.held("a") else None
        return step


def current(run: Run) -> Step | None:
    """The first step that has not ended."""
    return next((step for step in run.steps if step.status not in TERMINAL_STEP), None)
