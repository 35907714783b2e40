"""What the system tells about processes."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Memory:
    """Megabytes of one process."""

    rss: float
    pss: float
    """Pages that several processes share count in parts."""


def memory(pid: int) -> Memory:
    """What a process weighs now."""
    lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    found = {name: int(rest.split()[0]) / 1024 for name, _, rest in (line.partition(":") for line in lines[1:])}
    return Memory(found["Rss"], found["Pss"])


def wake_ups(pid: int) -> int:
    """How often the threads of a process have gone to sleep of their own will, which is how often they were woken."""
    total = 0
    for status in Path(f"/proc/{pid}/task").glob("*/status"):
        for line in status.read_text().splitlines():
            if line.startswith("voluntary_ctxt_switches:"):
                total += int(line.split()[1])
    return total


def cpu(pid: int) -> float:
    """Seconds of processor time that a process itself has had, without its children."""
    fields = Path(f"/proc/{pid}/stat").read_bytes().rpartition(b")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
