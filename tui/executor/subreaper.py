"""Start a program as the parent of all processes below it that lose their own: a subreaper.

The kernel keeps the property over ``exec`` but gives it to no child, so that it has to be set between the start of a
process and that of the program, and neither ``posix_spawn`` nor a shell can do that: a short script does. Linux alone
has subreapers.
"""

from __future__ import annotations

import importlib.util
import os
import sys
from pathlib import Path

_SCRIPT = Path(__file__).with_name("become_subreaper.py")
UNTRACKED = (
    "an agent's process that detaches itself with an empty environment is not found here when its step is cancelled"
)


def untracked(platform: str = sys.platform, proc: Path = Path("/proc")) -> str | None:
    """Return what can't be done where there are no subreapers, in one sentence; ``None`` where there are."""
    children = proc / f"{os.getpid()}/task/{os.getpid()}/children"
    possible = platform == "linux" and children.exists() and importlib.util.find_spec("_ctypes") is not None
    return None if possible else UNTRACKED


def as_subreaper(program: str, *arguments: str) -> tuple[str, list[str]]:
    """Return what to start, and its arguments, so that ``program`` runs as a subreaper where that is possible."""
    argv = [program, *arguments]
    if untracked() is not None or not os.access(sys.executable, os.X_OK):
        return program, argv
    return sys.executable, [sys.executable, "-I", "-S", str(_SCRIPT), *argv]
