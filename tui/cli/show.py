"""Printing: tables for people, JSON for programs, errors as a sentence. Whatever is printed is cleaned here first."""

from __future__ import annotations

import dataclasses
import json
import sys
from collections.abc import Iterable, Sequence

from tui.core.errors import ModeldeckError
from tui.core.plain import one_line, plain

Rows = Iterable[Sequence[str | None]]

STYLES = {
    "DIFFERS": "bold red", "failed": "red", "lost": "red", "unproven": "yellow", "confirmed": "green",
    "succeeded": "green", "running": "cyan", "waiting_approval": "magenta", "waiting_answer": "magenta",
}  # fmt: skip
"""Colour by the word it goes with; the word alone says all."""


def line(text: str = "") -> None:
    """A line for a person."""
    sys.stdout.write(plain(text) + "\n")


def note(text: str) -> None:
    """A line beside the output, on stderr."""
    sys.stderr.write(plain(text) + "\n")
    sys.stderr.flush()


def flush() -> None:
    """Let whoever reads have what was printed until now."""
    sys.stdout.flush()


def as_json(value: object) -> None:
    """``value``, one of our dataclasses or plain data, as one line of JSON."""
    if dataclasses.is_dataclass(value):
        from tui.config.codec import write  # noqa: PLC0415  (pydantic)

        text = write(value).decode()
    else:
        text = json.dumps(value, ensure_ascii=False)
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


def error(failed: ModeldeckError, *, json_wanted: bool = False) -> None:
    """What went wrong, on stderr: a sentence and what is near, or as data."""
    if json_wanted:
        sys.stderr.write(json.dumps(dataclasses.asdict(failed.body()), ensure_ascii=False) + "\n")
        return
    note(f"modeldeck: {failed}")
    if failed.suggestions:
        note(f"did you mean: {', '.join(failed.suggestions)}")


def table(columns: Sequence[str], rows: Rows) -> None:
    """Rows under headings: as wide as the terminal, or, for a pipe, uncut and padded with blanks."""
    cells = [[one_line(cell or "", 2000) for cell in row] for row in rows]
    if sys.stdout.isatty():
        _rich(columns, cells)
    else:
        _padded(columns, cells)


def pairs(rows: Iterable[tuple[str, str | None]]) -> None:
    """Names and values, one a line."""
    known = [(name, one_line(value, 2000)) for name, value in rows if value]
    width = max((len(name) for name, _ in known), default=0)
    for name, value in known:
        line(f"{name:<{width}}  {value}")


def _padded(columns: Sequence[str], rows: list[list[str]]) -> None:
    from rich.cells import cell_len  # noqa: PLC0415  (wide characters take two columns)

    lines = [[column.upper() for column in columns], *rows]
    widths = [max(cell_len(row[index]) for row in lines) for index in range(len(columns))]
    for row in lines:
        padded = (cell + " " * (width - cell_len(cell)) for cell, width in zip(row, widths, strict=True))
        line("  ".join(padded).rstrip())


def _rich(columns: Sequence[str], rows: list[list[str]]) -> None:
    from rich.console import Console  # noqa: PLC0415
    from rich.table import Table  # noqa: PLC0415
    from rich.text import Text  # noqa: PLC0415

    drawn = Table(box=None, pad_edge=False, header_style="bold", expand=False)
    for column in columns:
        drawn.add_column(column, overflow="fold")
    for row in rows:
        drawn.add_row(*(Text(cell, style=_style(cell)) for cell in row))
    Console(highlight=False, markup=False, emoji=False).print(drawn)


def _style(cell: str) -> str:
    return next((style for word, style in STYLES.items() if word in cell.split()), "")
