"""What the executor tells unasked, and what tells whether it is there."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from tui.core.run import Run
from tui.core.spec import Spec


@dataclass(frozen=True, slots=True)
class Event:
    """Something that changed. ``seq`` counts what was journalled; an ``output`` event has the newest one's."""

    seq: int
    type: Literal["run", "output", "settings", "reset", "spec", "catalog"]
    task_id: str | None = None
    run: Run | None = None
    """With type ``run``: the run as it is after the change."""
    attempt: str | None = None
    offset: int | None = None
    """With type ``output``: how many bytes the attempt has written."""
    spec_id: str | None = None
    spec: Spec | None = None
    """With type ``spec``: the spec as it is now; ``None``: it is gone, or a later event of the same batch has it."""


@dataclass(frozen=True, slots=True)
class Health:
    """The answer to ``GET /v1/health``."""

    version: str
    protocol: int
    pid: int
    started_at: str
