"""What a step hands to the next one, read from its agent's final text and written into the next one's prompt.

The agent is asked to end its answer with a block that :data:`ASKED` describes. What it writes is read leniently: any
heading level, bold marks, any bullets, parts left out, in any order. Whatever is read is bounded.
"""

from __future__ import annotations

import re

from tui.core.plain import ends, one_line, plain
from tui.core.run import HandOff

ITEMS = 12
"""Items of one part that are kept."""
ITEM = 400
"""Characters of one item."""
UNSTATED = 2_000
"""Characters that are kept of a final text without a block."""
WITHIN = 40_000
"""Characters at the end of the text in which the block is looked for."""

PARTS = {"done": "Done", "decisions": "Decisions", "open_questions": "Open questions", "context": "Context"}
"""Field of :class:`HandOff` by what it is called where people and agents read it."""
ASKED = """\
End your answer with a hand-off to the next step, as short lists under these words (leave out what is empty):

## Hand-off
Done:
- what you did
Decisions:
- what you decided, and why
Open questions:
- what is not settled
Context:
- files, commands and findings that the next step needs"""

_FIELDS = {
    "done": "done",
    "decision": "decisions",
    "decisions": "decisions",
    "question": "open_questions",
    "questions": "open_questions",
    "open question": "open_questions",
    "open questions": "open_questions",
    "context": "context",
}
_NOTHING = frozenset({"", "-", "–", "—", "none", "none.", "nothing", "nothing.", "n/a", "(none)"})
_DRESS = " \t*_#`"
"""What stands around a heading's words."""
_HEADING = re.compile(r"hand[- ]?(?:off|over)")
_BULLET = re.compile(r"\s*(?:[-*+•]|\d{1,3}[.)])\s+")
_FENCE = ("```", "~~~")


def read(result: str) -> HandOff:
    """What ``result`` hands over. Where its agent wrote no block, ``done`` is the text's head and tail."""
    lines = _lines(result)
    block = _begin(lines)
    parts = {} if block is None else _parts(lines[block + 1 :])
    if parts:
        done, decisions, questions, context = (tuple(parts.get(field, ())) for field in PARTS)
        return HandOff(done, decisions, questions, context)
    text = ends(plain(result).strip(), UNSTATED)
    return HandOff(done=(text,) if text else (), stated=False)


def answer(result: str) -> str:
    """``result`` without the block at its end."""
    lines = _lines(result)
    block = _begin(lines)
    if block is None or not _parts(lines[block + 1 :]):
        return result
    return result[: len(result) - sum(map(len, lines[block:]))].rstrip()


def _lines(result: str) -> list[str]:
    """The lines at the end of ``result``, with their ends."""
    return result[max(0, len(result) - WITHIN) :].splitlines(keepends=True)


def _begin(lines: list[str]) -> int | None:
    """Which line is the heading of the last block."""
    return next((at for at in range(len(lines) - 1, -1, -1) if _HEADING.fullmatch(_bare(lines[at]))), None)


def _bare(line: str) -> str:
    """A heading's words alone, in small letters; nothing of a line that is too long to be one."""
    return line.strip().strip(_DRESS).rstrip(":").strip(_DRESS).lower() if len(line) <= 80 else ""


def _parts(lines: list[str]) -> dict[str, list[str]]:
    """The items by field, of the lines under the block's heading; those before any part's name are done."""
    parts: dict[str, list[str]] = {}
    field, fresh = "done", True
    for line in lines:
        text = line.strip()
        if text.startswith(_FENCE):
            continue
        named, rest = _named(text)
        if named is not None:
            field, fresh, text = named, True, rest
        elif text.startswith("#"):
            break  # the block has ended
        bullet = _BULLET.match(line) if named is None else None
        said = one_line((line[bullet.end() :] if bullet else text)[: ITEM * 4], ITEM)
        items = parts.setdefault(field, [])
        if not said or said.lower() in _NOTHING:
            fresh = fresh or not said
        elif bullet or fresh or not items:
            items.append(said)
            fresh = False
        else:
            items[-1] = one_line(f"{items[-1]} {said}", ITEM)
    return {field: items[:ITEMS] for field, items in parts.items() if items}


def _named(text: str) -> tuple[str | None, str]:
    """The field that a line names, and what else stands on the line."""
    bullet = _BULLET.match(text)
    head, colon, rest = text[bullet.end() if bullet else 0 :][: ITEM * 4].partition(":")
    field = _FIELDS.get(_bare(head))
    return (None, "") if field is None or (bullet and not colon) else (field, rest.lstrip("*_ ").rstrip())
