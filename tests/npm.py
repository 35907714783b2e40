"""Real agents from npm, pinned, installed once into a cache folder. A plugin for any test folder:

    from tests.npm import claude_cli   # in a conftest.py, then take the fixture

Without npm, or without a line to its registry, the tests that need an agent are skipped with one loud line. With
CI=true they fail instead, so that a green build means that they ran.
"""

from __future__ import annotations

import fcntl
import os
import shutil
import subprocess
import tempfile
from pathlib import Path

import pytest

CLAUDE_VERSION = "2.1.328"
LIMIT = 600.0
"""Seconds for an install of some hundred megabytes."""

# Read when the module is imported: each test has a cleared environment, and npm needs the person's registry and proxy.
_ENVIRONMENT = dict(os.environ)
_ROOT = Path(__file__).resolve().parent.parent


class NotInstalledError(Exception):
    """Why an agent could not be installed, in one sentence."""


def cache() -> Path:
    """Where agents are kept between test runs."""
    return Path(_ENVIRONMENT.get("MODELDECK_TEST_CACHE") or _ROOT / ".cache") / "npm"


def install_claude() -> Path:
    """The ``claude`` program of the pinned version; raises :class:`NotInstalledError`."""
    folder = cache() / f"claude-code-{CLAUDE_VERSION}"
    folder.parent.mkdir(parents=True, exist_ok=True)
    with (folder.parent / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not folder.is_dir():
            _install(f"@anthropic-ai/claude-code@{CLAUDE_VERSION}", folder)
        return _program(folder)


def _install(package: str, folder: Path) -> None:
    """Install into a temporary folder and rename that, so that ``folder`` is whole or not there."""
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
            [_program(building), "--version"],
            env={"HOME": str(building), "PATH": _ENVIRONMENT.get("PATH", "")},
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        if CLAUDE_VERSION not in version.stdout:
            raise NotInstalledError(f"{package} does not run here: {(version.stderr or version.stdout).strip()[:200]}")
        building.rename(folder)
    finally:
        shutil.rmtree(building, ignore_errors=True)


def _program(folder: Path) -> Path:
    """The native program below ``folder``."""
    found = sorted(folder.glob("node_modules/@anthropic-ai/claude-code-*/claude"))
    if not found:
        raise NotInstalledError(f"npm has no claude {CLAUDE_VERSION} for this platform")
    return found[0]


@pytest.fixture(scope="session")
def claude_cli() -> Path:
    """The path of the real ``claude`` program."""
    try:
        return install_claude()
    except NotInstalledError as error:
        reason = f"THE REAL CLAUDE WAS NOT TESTED: {error}"
        if _ENVIRONMENT.get("CI") == "true":
            pytest.fail(reason)
        pytest.skip(reason)
