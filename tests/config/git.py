"""Real git, without anything of the user's."""

from __future__ import annotations

import os
import subprocess
import time
from pathlib import Path


def git(folder: Path, *arguments: str) -> str:
    who = ("-c", "user.name=A", "-c", "user.email=a@example.org", "-c", "init.defaultBranch=main")
    env = {"PATH": os.environ["PATH"], "HOME": str(folder), "GIT_CONFIG_GLOBAL": "/dev/null"}
    done = subprocess.run(("git", *who, *arguments), cwd=folder, env=env, check=True, capture_output=True)
    return done.stdout.decode("utf-8", "surrogateescape").strip()


def repository(folder: Path) -> None:
    """Make ``folder`` a repository with a commit of all that is in it."""
    folder.mkdir(exist_ok=True, parents=True)
    git(folder, "init", "--quiet")
    (folder / "a.txt").write_text("a\n")
    git(folder, "add", "--all")
    git(folder, "commit", "--quiet", "--message", "something")


def later() -> int:
    """Tell a time at which every file is old."""
    return time.time_ns() + 3_600_000_000_000
