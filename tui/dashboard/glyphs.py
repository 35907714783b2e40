"""The signs on screen: named once, each with a twin for terminals without UTF-8. A sign never stands without a word."""

from __future__ import annotations

from collections.abc import Mapping

DONE = "✓"
RUNNING = "▶"
WAITING = "?"
FAILED = "✗"
CANCELLED = "-"
LOST = "!"
NOT_YET = "·"
BAR = "┃"
ARROW = "→"
DROP = "▾"
CYCLE = "↕"
STAR = "★"
CONNECTED = "●"
APART = "○"
CUT = "…"
RULE = "─"
WALL = "│"
HERE = "◀"
PART = "└"

_TWINS = str.maketrans(
    {
        DONE: "+",
        RUNNING: ">",
        FAILED: "x",
        NOT_YET: ".",
        BAR: "|",
        ARROW: ">",
        DROP: "v",
        CYCLE: "^",
        STAR: "*",
        CONNECTED: "*",
        APART: "o",
        CUT: "~",
        RULE: "-",
        WALL: "|",
        HERE: "<",
        "·": "-",
        "—": "-",
        "–": "-",
        "“": '"',
        "”": '"',
        "’": "'",
        "┌": "+",
        "┐": "+",
        "└": "+",
        "┘": "+",
        "╭": "+",
        "╮": "+",
        "╰": "+",
        "╯": "+",
    }
)


def ascii_twin(text: str) -> str:
    """``text`` in ASCII, as wide as before as far as our own signs go; what has no twin becomes ``?``."""
    return text if text.isascii() else text.translate(_TWINS).encode("ascii", "replace").decode()


def speaks_utf8(env: Mapping[str, str]) -> bool:
    """Whether the terminal's locale is UTF-8, by the variables and the order that POSIX gives them."""
    named = next((env[name] for name in ("LC_ALL", "LC_CTYPE", "LANG") if env.get(name)), "")
    return "utf8" in named.lower().replace("-", "")
