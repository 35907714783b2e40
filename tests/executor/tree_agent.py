"""Agents that do something in the folder that they work in, each by the name that is its first argument."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

GIT = ("git", "-c", "user.name=B", "-c", "user.email=b@example.org")


def writes() -> None:
    Path('new \n"ünï" file').write_text("x")


def edits() -> None:
    Path("cart.py").write_text("total = 1\n")


def commits() -> None:
    edits()
    subprocess.run((*GIT, "commit", "--quiet", "--all", "--message", "done"), check=True)


def strays() -> None:
    """Commits on a branch of its own."""
    subprocess.run((*GIT, "switch", "--quiet", "--create", f"stray-{os.getpid()}"), check=True)
    commits()


def looks() -> None:
    """Leaves everything as it is, save what git is told to ignore."""
    Path("out.log").write_text("x")


def sets() -> None:
    """Writes settings that agents obey."""
    Path(".claude").mkdir()
    Path(".claude/settings.json").write_text('{"hooks": {}}')


def poses() -> None:
    """Makes the folder another repository, which has a program of its own run over every file."""
    Path(".git").unlink()
    for words in ("init --quiet", "add cart.py", "commit --quiet --message x"):
        subprocess.run((*GIT, *words.split()), check=True)
    subprocess.run((*GIT, "config", "filter.x.clean", "touch ran; cat"), check=True)
    Path("cart.py").touch()
    Path(".gitattributes").write_text("* filter=x\n")


def finishes() -> None:
    """Fails until somebody has edited."""
    edited = Path("cart.py").read_text() != "total = 0\n"
    if not edited:
        edits()
        sys.exit(3)


if __name__ == "__main__":
    {name: one for name, one in globals().items() if callable(one)}[sys.argv[1]]()
    model = sys.argv[sys.argv.index("--model") + 1]
    end = {"type": "result", "subtype": "success", "is_error": False, "result": f"in {Path.cwd()}"}
    sys.stdout.write(json.dumps({**end, "modelUsage": {model: {}}}) + "\n")
