"""What a measure gives: figures with their controls and limits, and the table of them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

ROUNDS = 3
"""Everything is measured so often, and the best of it counts: the rest is what else the machine had to do."""


class UnmeasuredError(Exception):
    """Something did not come about within its limit, so there is no figure."""


@dataclass(frozen=True)
class Figure:
    """One figure beside its control."""

    what: str
    value: float
    unit: str
    control: float | None = None
    against: str = ""
    """What the control is."""
    limit: float | None = None
    limited: Literal["value", "ratio"] = "value"
    """What the limit is for."""

    @property
    def ratio(self) -> float | None:
        """How many times the control."""
        return self.value / self.control if self.control else None

    @property
    def ok(self) -> bool:
        """Whether the limit is kept; what has none is."""
        held = self.value if self.limited == "value" else self.ratio
        return self.limit is None or (held is not None and held <= self.limit)

    @property
    def verdict(self) -> str:
        """``ok``, ``OVER`` or nothing."""
        return "" if self.limit is None else "ok" if self.ok else "OVER"


Figures = Sequence[Figure]


def table(figures: Iterable[Figure]) -> str:
    """The figures as lines for a person."""
    head = ("", "figure", "control", "ratio", "limit", "", "against")
    rows = [head, *(_row(figure) for figure in figures)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(head))]
    return "\n".join(
        "  ".join(
            cell.rjust(width) if column in (1, 2, 3, 4) else cell.ljust(width)
            for column, (cell, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in rows
    )


def _row(figure: Figure) -> tuple[str, ...]:
    unit = f" {figure.unit}" if figure.unit else ""
    limit = "" if figure.limit is None else f"{figure.limit:g}" + (" x" if figure.limited == "ratio" else unit)
    return (
        figure.what,
        _number(figure.value) + unit,
        "" if figure.control is None else _number(figure.control) + unit,
        "" if figure.ratio is None else f"{figure.ratio:.2f}",
        limit,
        figure.verdict,
        figure.against,
    )


def _number(value: float) -> str:
    if value == int(value) or abs(value) >= 100:
        return f"{value:,.0f}"
    return f"{value:.3f}" if abs(value) < 1 else f"{value:.1f}"
