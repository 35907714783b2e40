"""Printing: tables for people, JSON for programs, errors as a sentence. Whatever is printed is cleaned here first."""

from __future__ import annotations

import dataclasses
import json
import sys
from collections.abc import Iterable, Sequence

from tui.core.errors import ModeldeckError
from tui.core.plain import json_escaped, one_line, plain

Rows = Iterable[Sequence[str | None]]

GAP = "  "
STYLES = {
    "DIFFERS": "bold red", "failed": "red", "lost": "red", "unproven": "yellow", "confirmed": "green",
    "succeeded": "green", "running": "cyan", "waiting_approval": "magenta", "waiting_answer": "magenta",
}  # fmt: skip
"""Colour by the word it goes with; the word alone says all."""


def line(text: str = "") -> None:
    """A line for a person."""
    sys.stdout.write(plain(text) + "\n")


def question(text: str) -> None:
    """Print a question whose answer goes on the same line."""
    sys.stdout.write(plain(text))
    sys.stdout.flush()


def note(text: str) -> None:
    """A line beside the output, on stderr."""
    sys.stderr.write(plain(text) + "\n")
    sys.stderr.flush()


def flush() -> None:
    """Let whoever reads have what was printed until now."""
    sys.stdout.flush()


def as_json(value: object, *, indent: int | None = None) -> None:
    """Print ``value``, one of our dataclasses or plain data, as JSON: on one line, or indented."""
    if dataclasses.is_dataclass(value):
        from tui.config.codec import write  # noqa: PLC0415  (pydantic)

        text = write(value).decode()
    else:
        text = json.dumps(value, ensure_ascii=False, indent=indent)
    sys.stdout.write(json_escaped(text) + "\n")
    sys.stdout.flush()


FLAGS = {"obstacle": "; to start anyway: --start-anyway", "worktree": " (--no-worktree)"}
"""Remedies that the command line adds to a refusal, by the error's code or field; the executor names no flags."""


def error(failed: ModeldeckError, *, json_wanted: bool = False) -> None:
    """What went wrong, on stderr: a sentence and what is near, or as data."""
    if json_wanted:
        sys.stderr.write(json_escaped(json.dumps(dataclasses.asdict(failed.body()), ensure_ascii=False)) + "\n")
        return
    note(f"modeldeck: {failed}{FLAGS.get(failed.code) or FLAGS.get(failed.field or '', '')}")
    if failed.suggestions and "did you mean" not in str(failed):
        note(f"did you mean: {', '.join(failed.suggestions)}")


def table(columns: Sequence[str], rows: Rows) -> None:
    """Rows under headings: cut to the terminal's width with a mark, or, for a pipe, whole and padded with blanks."""
    cells = [[one_line(cell or "", 2000) for cell in row] for row in rows]
    heading = [column.upper() for column in columns]
    widths = [max(map(_width, column)) for column in zip(heading, *cells, strict=True)]
    if not sys.stdout.isatty():
        for row in (heading, *cells):
            line(GAP.join(_padded(cell, width) for cell, width in zip(row, widths, strict=True)).rstrip())
        return
    from rich.console import Console  # noqa: PLC0415
    from rich.text import Text  # noqa: PLC0415

    console = Console(highlight=False, markup=False, emoji=False)
    widths = fitted(widths, console.width - len(GAP) * (len(widths) - 1))
    for row in (heading, *cells):
        drawn = [_padded(cut(cell, width), width) for cell, width in zip(row, widths, strict=True)]
        styles = ["bold" if row is heading else _style(cell) for cell in row]
        console.print(Text(GAP).join(map(Text, drawn, styles)), no_wrap=True, crop=True)


def fitted(widths: Sequence[int], room: int) -> list[int]:
    """``widths`` made narrower until they fit in ``room``, the widest first; the first one names the row and stays."""
    name, *fit = widths
    while fit and name + sum(fit) > room and max(fit) > 6:
        fit[fit.index(max(fit))] -= 1
    return [name, *fit]


def cut(text: str, width: int) -> str:
    """``text`` in at most ``width`` columns: an id loses its middle, a sentence its end; the cut is marked."""
    if _width(text) <= width:
        return text
    head, tail = text, "" if " " in text else text
    while _width(tail) > (width - 1) // 2:
        tail = tail[1:]
    while _width(head) > width - 1 - _width(tail):
        head = head[:-1]
    return f"{head}…{tail}"


def _padded(text: str, width: int) -> str:
    return text + " " * (width - _width(text))


def _width(text: str) -> int:
    if text.isascii():
        return len(text)
    from rich.cells import cell_len  # noqa: PLC0415  (wide characters take two columns)

    return cell_len(text)


def pairs(rows: Iterable[tuple[str, str | None]]) -> None:
    """Names and values, one a line."""
    known = [(name, one_line(value, 2000)) for name, value in rows if value]
    width = max((len(name) for name, _ in known), default=0)
    for name, value in known:
        line(f"{name:<{width}}  {value}")


def _style(cell: str) -> str:
    return next((style for word, style in STYLES.items() if word in cell.split()), "")
