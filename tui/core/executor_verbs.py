"""What can be asked of the executor itself."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class Drain:
    """Start no further agent, let those that run end, and then end; the next executor goes on with every run."""

    kind: Literal["op"] = "op"
    op: Literal["executor.drain"] = "executor.drain"
