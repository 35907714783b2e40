"""Why this model: what each tier said, in order, and what became of it."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from tui.core.plain import one_line
from tui.core.resolution import Candidate, TraceRow
from tui.core.run import Attempt, StepTrace
from tui.core.verbs import List
from tui.dashboard import glyphs
from tui.dashboard.latest import LatestRequest
from tui.dashboard.row import Ink, Row, wrap
from tui.dashboard.screens.place import EVERYTHING
from tui.dashboard.screens.text import TextScreen
from tui.dashboard.starts import start_rows
from tui.dashboard.state import Change

if TYPE_CHECKING:
    from tui.dashboard.desk import Desk

_INKS: dict[str, Ink] = {"won": "accent", "passed over": "warn", "error": "bad"}
CANDIDATES = 8
"""How many of a tier's candidates are shown; of the others it is counted why they were passed over."""

REASONS = 4
"""How many of those reasons are told."""

ROOMY = 100
"""From this width on candidates stand under what was said."""


class TraceScreen(TextScreen):
    """The trace of one step, or of every step of a plan."""

    def __init__(self, desk: Desk, subject: str, request: List) -> None:
        super().__init__(desk, Row(" Why this model: ", "strong").add(subject))
        self._request = request
        self._asks = LatestRequest(lambda: request)
        self._attempts: tuple[Attempt, ...] = ()
        self._trace: tuple[StepTrace, ...] | None = None
        self._run = desk.state.runs.get(request.ids[0]) if request.ids else None
        """The run as it was when it was asked about."""

    def on_mount(self) -> None:
        """Ask."""
        self.guarded(self._ask())

    def redraw(self, changes: frozenset[Change]) -> None:
        """A run that went on may have started its agent meanwhile, or ended it."""
        super().redraw(changes)
        run = self.desk.state.runs.get(self._request.ids[0]) if self._request.ids else None
        if run is not self._run:
            self._run = run
            self.guarded(self._ask())

    async def _ask(self) -> None:
        page = await self._asks.answer(self.desk.read)
        if page is None:
            return
        step = self._request.step
        self._trace, self._attempts = page.trace, tuple(one for one in page.attempts if step in (None, one.step))
        self.redraw(EVERYTHING)

    def rows(self, width: int) -> list[Row]:
        """Tier by tier."""
        if self._trace is None:
            return [Row(" asking …", "dim")]
        rows = [] if self._trace else [Row(" nothing was kept of why", "dim")]
        for step in self._trace:
            rows += [Row(), Row(f" {step.index + 1} {one_line(step.stage)}", "accent")]
            for tier in step.rows:
                rows += _tier_rows(tier, width)
        return rows + start_rows(self._attempts, width, self.desk.state.now())


def _tier_rows(tier: TraceRow, width: int) -> list[Row]:
    ink = _INKS.get(tier.outcome, "dim")
    number = "" if tier.outcome == "note" else tier.number  # a note is no tier
    head = Row(f"  {number:>2} ", "dim").add(tier.tier, "strong" if tier.outcome == "won" else ink).to(24)
    head.add(f"{tier.outcome} {glyphs.HERE}" if tier.outcome == "won" else tier.outcome, ink).to(37)
    told = " ".join(
        part for part in (tier.said, f"({tier.detail})" if tier.said and tier.detail else tier.detail) if part
    )
    lines = wrap(one_line(told, 2000), max(width - 38, 20))
    head.add(lines[0], "text" if tier.outcome == "won" else ink)
    rows = [head.cut(width)]
    rows += [Row(" " * 37).add(line, ink) for line in lines[1:]]
    for candidate in tier.candidates[:CANDIDATES]:
        rows += _candidate_rows(candidate, width, won=tier.outcome == "won")
    rest = tier.candidates[CANDIDATES:]
    if rest:
        reasons = Counter(one_line(candidate.rejected or "not taken") for candidate in rest)
        told = ", ".join(f"{number} {reason}" for reason, number in reasons.most_common(REASONS))
        lines = wrap(
            f"and {len(rest)} more: {told}{', …' if len(reasons) > REASONS else ''}", width - _indent(width) - 2
        )
        rows += [Row(" " * _indent(width)).add(line, "dim") for line in lines]
    return rows


def _indent(width: int) -> int:
    """Where candidates begin: under what was said where there is room, else near the edge."""
    return 39 if width >= ROOMY else 6


def _candidate_rows(candidate: Candidate, width: int, *, won: bool) -> list[Row]:
    """A candidate with its score and why it was passed over; a reason that does not fit has lines of its own."""
    indent = _indent(width)
    row = Row(" " * indent).add(one_line(candidate.reference), "dim" if candidate.rejected else "text")
    if candidate.score is not None:
        row.add(f"  score {candidate.score:g}", "dim")
    if candidate.rejected is None:
        return [(row.add(f"  taken {glyphs.HERE}", "accent") if won else row).cut(width)]
    reason = f"{glyphs.FAILED} {one_line(candidate.rejected)}"
    if row.width + 2 + len(reason) <= width:
        return [row.add(f"  {reason}", "warn")]
    return [row.cut(width), *(Row(" " * (indent + 2)).add(line, "warn") for line in wrap(reason, width - indent - 3))]
