"""Real agents from npm, pinned, installed once into a cache folder. A plugin for any test folder:

    from tests.npm import claude_cli, opencode_cli   # in a conftest.py, then take the fixture

Without npm, or without a line to its registry, the tests that need an agent are skipped with one loud line. With
CI=true they fail instead, so that a green build means that they ran.
"""

from __future__ import annotations

import fcntl
import os
import shutil
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path

import pytest

LIMIT = 600.0
"""Seconds for an install of some hundred megabytes."""


@dataclass(frozen=True)
class Agent:
    """A package that holds an agent."""

    name: str
    package: str
    version: str
    programs: tuple[str, ...]
    """Where its native program is below ``node_modules``, the best first."""

    @property
    def folder(self) -> str:
        """Its own folder in the cache."""
        return f"{self.package.rpartition('/')[2]}-{self.version}"


CLAUDE = Agent("claude", "@anthropic-ai/claude-code", "2.1.328", ("@anthropic-ai/claude-code-*/claude",))
# npm brings two programs for some platforms; the baseline one runs on every processor.
OPENCODE = Agent("opencode", "opencode-ai", "1.18.33", ("opencode-*-baseline/bin/opencode", "opencode-*/bin/opencode"))

# Read when the module is imported: each test has a cleared environment, and npm needs the person's registry and proxy.
_ENVIRONMENT = dict(os.environ)
_ROOT = Path(__file__).resolve().parent.parent


class NotInstalledError(Exception):
    """Why an agent could not be installed, in one sentence."""


def cache() -> Path:
    """Where agents are kept between test runs."""
    return Path(_ENVIRONMENT.get("MODELDECK_TEST_CACHE") or _ROOT / ".cache") / "npm"


def install(agent: Agent) -> Path:
    """The program of ``agent``; raises :class:`NotInstalledError`."""
    folder = cache() / agent.folder
    folder.parent.mkdir(parents=True, exist_ok=True)
    with (folder.parent / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not folder.is_dir():
            _install(agent, folder)
        return _program(agent, folder)


def install_claude() -> Path:
    """The ``claude`` program of the pinned version; raises :class:`NotInstalledError`."""
    return install(CLAUDE)


def _install(agent: Agent, folder: Path) -> None:
    """Install into a temporary folder and rename that, so that ``folder`` is whole or not there."""
    package = f"{agent.package}@{agent.version}"
    npm = shutil.which("npm", path=_ENVIRONMENT.get("PATH"))
    if npm is None:
        raise NotInstalledError("npm is not installed")
    building = Path(tempfile.mkdtemp(prefix="building-", dir=folder.parent))
    try:
        # Scripts are not run: the program is native and comes in the package of its platform.
        options = ["--no-audit", "--no-fund", "--ignore-scripts", "--no-package-lock", "--engine-strict=false"]
        argv = [npm, "install", "--prefix", str(building), *options, package]
        try:
            done = subprocess.run(
                argv, env=_ENVIRONMENT, cwd=building, capture_output=True, text=True, timeout=LIMIT, check=False
            )
        except subprocess.TimeoutExpired as error:
            raise NotInstalledError(f"npm took more than {LIMIT:.0f} s to install {package}") from error
        if done.returncode != 0:
            lines = [line for line in done.stderr.splitlines() if "error" in line] or ["it gave no reason"]
            raise NotInstalledError(f"npm could not install {package}: {lines[0]}")
        version = subprocess.run(
            [_program(agent, building), "--version"],
            env={"HOME": str(building), "PATH": _ENVIRONMENT.get("PATH", "")},
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        if agent.version not in version.stdout:
            raise NotInstalledError(f"{package} does not run here: {(version.stderr or version.stdout).strip()[:200]}")
        building.rename(folder)
    finally:
        shutil.rmtree(building, ignore_errors=True)


def _program(agent: Agent, folder: Path) -> Path:
    """The native program below ``folder``."""
    found = [path for one in agent.programs for path in sorted(folder.glob(f"node_modules/{one}"))]
    if not found:
        raise NotInstalledError(f"npm has no {agent.package} {agent.version} for this platform")
    return found[0]


def _installed(agent: Agent) -> Path:
    try:
        return install(agent)
    except NotInstalledError as error:
        reason = f"THE REAL {agent.name.upper()} WAS NOT TESTED: {error}"
        if _ENVIRONMENT.get("CI") == "true":
            pytest.fail(reason)
        pytest.skip(reason)


@pytest.fixture(scope="session")
def claude_cli() -> Path:
    """The path of the real ``claude`` program."""
    return _installed(CLAUDE)


@pytest.fixture(scope="session")
def opencode_cli() -> Path:
    """The path of the real ``opencode`` program."""
    return _installed(OPENCODE)
