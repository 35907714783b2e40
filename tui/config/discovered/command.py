"""A slash command in a file: its name from the path, what it is about from the front matter, its text."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from tui.config.document import parse
from tui.core.errors import ConfigError
from tui.core.plain import one_line

_SEPARATOR = {"claude": ":", "opencode": "/"}
"""Between the folders of a command's name, as each agent itself names it."""
_LINE = re.compile(r"(title|description|model)\s*:\s*(.*)", re.IGNORECASE)
_TOLD = ("title", "description", "model")


@dataclass(frozen=True, slots=True)
class Command:
    """A command that a project offers."""

    name: str
    """``team:deep``: how its workflow is called; with a slash before it the command."""
    kind: Literal["claude", "opencode"]
    """Whose command it is."""
    file: str
    body: str
    title: str | None = None
    description: str | None = None
    model: str | None = None


def command_of(kind: Literal["claude", "opencode"], file: str, words: tuple[str, ...], text: str) -> Command:
    """The command in a file with this ``text``."""
    said, body = _front(text, file)
    description = said.get("description") or next((line.lstrip("# ") for line in body.splitlines() if line.strip()), "")
    return Command(
        name=_SEPARATOR[kind].join(words),
        kind=kind,
        file=file,
        body=body.strip(),
        title=one_line(said.get("title", ""), 120) or None,
        description=one_line(description, 400) or None,
        model=one_line(said.get("model", ""), 200) or None,
    )


def _front(text: str, file: str) -> tuple[dict[str, str], str]:
    """What the front matter says, and the rest. Agents read it leniently, so what is no YAML is read by the line."""
    lines = text.splitlines()
    if not lines or lines[0].strip() != "---":
        return {}, text
    end = next((number for number, line in enumerate(lines[1:], 1) if line.strip() == "---"), None)
    if end is None:
        return {}, text
    front, body = lines[1:end], "\n".join(lines[end + 1 :])
    try:
        data = parse("\n".join(front), file).data
    except ConfigError:
        found = (_LINE.fullmatch(line.strip()) for line in front)
        return {one[1].casefold(): one[2].strip("'\" ") for one in found if one is not None}, body
    return {key: value for key in _TOLD if isinstance(value := data.get(key), str)}, body
