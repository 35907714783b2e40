"""Lines of output as JSON objects, read so that no line can do harm: rubbish is shown as it is, cleaned and bounded."""

from __future__ import annotations

from collections.abc import Mapping

from tui.core.json_input import read_json
from tui.core.plain import one_line, plain
from tui.core.verbs import Message

TEXT_LIMIT = 16_000
"""Characters of one message."""
LINE_LIMIT = 400
"""Characters of what is shown on one line: tool calls, system events, rubbish."""

Object = Mapping[str, object]
_NOTHING: Object = {}


def decode(line: bytes) -> Object | None:
    """The JSON object on ``line``, or ``None`` if it holds none (or is nested too deep to be one of an agent's)."""
    if not line.lstrip().startswith(b"{"):
        return None
    try:
        value = read_json(line)
    except ValueError:
        return None
    return value if isinstance(value, dict) else None


def raw(attempt: str, line: bytes, offset: int) -> tuple[Message, ...]:
    """A line that is no event of the agent's, as a message; nothing for a blank one."""
    text = one_line(line[: LINE_LIMIT * 8].decode("utf-8", "replace"), LINE_LIMIT)
    return (Message(attempt, offset, "raw", text),) if text else ()


def bounded(text: str, limit: int = TEXT_LIMIT) -> str:
    """``text`` made plain, of at most ``limit`` characters, the cut marked."""
    text = plain(text[: limit * 2]).strip("\n")
    return text if len(text) <= limit else text[: limit - 1] + "…"


def obj(value: object) -> Object:
    """``value`` if it is an object, else an empty one."""
    return value if isinstance(value, dict) else _NOTHING


def items(value: object) -> list[object]:
    """``value`` if it is a list, else an empty one."""
    return value if isinstance(value, list) else []


def text(value: object) -> str:
    """``value`` if it is text, else an empty one."""
    return value if isinstance(value, str) else ""


def word(value: object, limit: int = 200) -> str:
    """``value`` as a name on one line, empty if it is no text."""
    return one_line(value, limit) if isinstance(value, str) else ""


def count(value: object) -> int:
    """``value`` as a number of things: 0 if it is no whole number, or below zero, or beyond all sense."""
    if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 1 << 53:
        return value
    return 0
