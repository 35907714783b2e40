"""What stands in the way of a start here, and the second press that starts anyway."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from tui.core.plain import one_line
from tui.dashboard import glyphs
from tui.dashboard.row import Row, wrap
from tui.dashboard.words import label

if TYPE_CHECKING:
    from tui.core.run import Run

LONGEST = 3_000
"""Characters of a sentence, which names the PATH that was searched."""


def obstacles(plan: Run) -> list[str]:
    """Return what stands in the way of a plan's steps, each in one sentence that names the steps."""
    steps: dict[str, list[str]] = {}
    for step in plan.steps:
        for one in step.obstacles:
            steps.setdefault(one_line(one.message, LONGEST), []).append(f"{step.index + 1} {label(step)}")
    return [f"can't start here: {', '.join(names)}: {message}" for message, names in steps.items()]


def obstacle_rows(plan: Run, width: int) -> list[Row]:
    """Return all of them, wrapped at this width."""
    return [
        Row(f" {line}", "bad")
        for told in obstacles(plan)
        for line in wrap(f"{glyphs.FAILED} {told}", max(width - 1, 1))
    ]


@dataclass(slots=True)
class SecondPress:
    """Asks for a second press where a plan has obstacles; that one starts anyway."""

    _warned_of: object = None

    def needed(self, plan: Run | None, request: object) -> bool:
        """Return whether this press for ``request`` only warns; the next one for the same request does not."""
        if plan is None or not any(step.obstacles for step in plan.steps) or self.given(request):
            return False
        self._warned_of = request
        return True

    def given(self, request: object) -> bool:
        """Return whether the user was warned of what stands in the way of ``request``."""
        return self._warned_of is not None and self._warned_of == request

    def row(self, plan: Run | None, request: object, key: str, width: int) -> list[Row]:
        """Return the warning; nothing before the first press."""
        if plan is None or not self.given(request):
            return []
        step = next((f"{step.index + 1} {label(step)}" for step in plan.steps if step.obstacles), None)
        if step is None:
            return []
        return [Row(f" {glyphs.LOST} not started: {key} again starts anyway, and step {step} fails", "warn").cut(width)]
