"""A person's places for one measure: configuration, trusted project, executor; gone without a trace afterwards."""

from __future__ import annotations

import fcntl
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from tests.bench.figures import UnmeasuredError
from tests.bench.wire import LIMIT, Line, first_answer
from tui.config.locations import Locations
from tui.config.trust import TrustStore

EXECUTOR = (sys.executable, "-m", "tui", "executor", "run")


@dataclass(frozen=True)
class Executor:
    """An executor that answers."""

    process: subprocess.Popen[bytes]
    took: float
    """Seconds from its start to its first answer."""

    def end(self) -> float:
        """Send TERM; the seconds until it is gone."""
        began = time.perf_counter()
        self.process.send_signal(signal.SIGTERM)
        try:
            status = self.process.wait(LIMIT)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
            raise UnmeasuredError(f"the executor did not end within {LIMIT:g} s of SIGTERM") from None
        if status != 0:
            raise UnmeasuredError(f"the executor ended with status {status}")
        return time.perf_counter() - began


@dataclass(frozen=True)
class House:
    """Where everything of one measure is."""

    folder: Path
    locations: Locations
    project: Path
    environ: dict[str, str]

    @contextmanager
    def executor(self) -> Iterator[Executor]:
        """An executor, from its first answer on until here."""
        began = time.perf_counter()
        process = self._spawn()
        try:
            first_answer(self.locations.socket, process)
            yield Executor(process, time.perf_counter() - began)
        finally:
            end(process)

    @property
    def dashboard(self) -> tuple[str, ...]:
        """The command that opens the dashboard."""
        return (sys.executable, "-m", "tui", "--project", str(self.project))

    def line(self) -> Line:
        """A connection to the executor."""
        return Line(self.locations.socket)

    def run(self, line: Line, workflow: str) -> None:
        """Start one run and wait until it has succeeded."""
        started = line.ask("task_start", workflow=workflow, project=str(self.project))
        answer = line.ask("task_await", ids=[started["task_id"]], timeout=LIMIT)
        status = answer["tasks"][0]["status"]
        if status != "succeeded":
            raise UnmeasuredError(f"a run of {workflow} is {status}: {answer['tasks'][0].get('error')}")

    def stop_executor(self) -> None:
        """End the executor that a dashboard started, if there is one, and wait until its lock is free."""
        try:
            with self.line() as line:
                pid = int(line.health()["pid"])
        except OSError:
            return
        for signum in (signal.SIGTERM, signal.SIGKILL):
            with suppress(ProcessLookupError):
                os.kill(pid, signum)
            if self._lock_is_free_within(10.0):
                return
        raise UnmeasuredError(f"the executor {pid} can't be ended")

    def _lock_is_free_within(self, seconds: float) -> bool:
        deadline = time.monotonic() + seconds
        with self.locations.lock.open("rb") as lock:
            while time.monotonic() < deadline:
                try:
                    fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                except BlockingIOError:
                    time.sleep(0.01)
                else:
                    return True
        return False

    def _spawn(self) -> subprocess.Popen[bytes]:
        with (self.folder / "executor.log").open("ab") as log:
            return subprocess.Popen(
                EXECUTOR, stdin=subprocess.DEVNULL, stdout=log, stderr=log, env=self.environ, cwd="/"
            )


@contextmanager
def house(config: str) -> Iterator[House]:
    """A house with ``config`` as the person's configuration and a trusted project."""
    with tempfile.TemporaryDirectory(prefix="modeldeck-bench-", ignore_cleanup_errors=True) as name:
        folder = Path(name)
        locations = Locations(folder / "config.yaml", folder / "state", folder / "cache")
        locations.prepare()
        locations.config_file.write_text(config)
        project = folder / "shop"
        home = folder / "home"
        for place in (project, home):
            place.mkdir()
        TrustStore(locations.trust).trust(project)
        built = House(folder, locations, project, environment(home) | locations.environment)
        try:
            yield built
        finally:
            built.stop_executor()


def end(process: subprocess.Popen[bytes]) -> None:
    """End a child of ours, by force if it must be."""
    process.terminate()
    try:
        process.wait(LIMIT)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def environment(home: Path) -> dict[str, str]:
    """What every program here is started with: a terminal of today, and nothing of the person's."""
    return {
        "HOME": str(home),
        "PATH": os.environ.get("PATH", os.defpath),
        "TERM": "xterm-256color",
        "COLORTERM": "truecolor",
        "LANG": "C.UTF-8",
        "LC_ALL": "C.UTF-8",
    }
