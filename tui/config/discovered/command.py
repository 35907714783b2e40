"""A slash command in a file: its name from the path, what it is about from the front matter, its text."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from tui.config.document import Data, parse
from tui.core.command import CommandKind, shell_lines
from tui.core.errors import ConfigError
from tui.core.plain import one_line

LARGEST_COMMAND = 64_000
"""Bytes of a command's file: all of it is sent, with every step that runs the command."""
MOST_TOOLS = 50
"""Tools that one command may allow."""

_SEPARATOR: Mapping[CommandKind, str] = {"claude": ":", "opencode": "/"}
"""Between the folders of a command's name, as each agent itself names it."""
_TEXTS = ("title", "description", "model", "argument-hint", "agent", "template")
_TOOLS = ("allowed-tools", "allowed_tools")
_LINE = re.compile(rf"({'|'.join((*_TEXTS, *_TOOLS))})\s*:\s*(.*)", re.IGNORECASE)
_TOOL = re.compile(r"[A-Za-z][\w.*-]{0,99}(?:\([^()\n]{0,300}\))?")
_NEXT_TOOL = re.compile(r"[^\s,(]+(?:\([^)]*\))?")


@dataclass(frozen=True, slots=True)
class Command:
    """A command that a project, or the user's home, offers."""

    name: str
    """``team:deep``: how its workflow is called; with a slash before it the command."""
    kind: CommandKind
    """Whose command it is."""
    file: str
    body: str
    title: str | None = None
    description: str | None = None
    model: str | None = None
    digest: str | None = None
    """Of the file's bytes, as the trust in a folder records them."""
    hint: str | None = None
    """Its arguments, as shown to the user."""
    tools: tuple[str, ...] = ()
    """What it allows its agent to use."""
    bad_tools: tuple[str, ...] = ()
    """What stands in ``allowed-tools`` and is no name of a tool."""
    agent: str | None = None
    """OpenCode's own agent that it wants."""
    problem: str | None = None
    """Why it can't be used, as a sentence that goes on from the file's name."""
    readable: bool = True
    """Whether the file could be read; one that could not is wrong, whoever would use it."""

    @property
    def at_home(self) -> bool:
        """Whether it is one of the user's own and not a project's."""
        return self.file.startswith(("~/", "/"))


def command_of(
    kind: CommandKind, file: str, words: tuple[str, ...], text: str, *, digest: str | None = None
) -> Command:
    """Return the command in a file with this ``text``."""
    front, body = _front(text, file)
    said = {key: value for key, value in front.items() if isinstance(value, str)}
    body = (body.strip() and body) or (said.get("template", "") if kind == "opencode" else "")
    description = said.get("description") or next((line.lstrip("# ") for line in body.splitlines() if line.strip()), "")
    tools = _tools(next((front[key] for key in _TOOLS if key in front), None))
    good = tuple(tool for tool in tools if _TOOL.fullmatch(tool))
    return Command(
        name=command_name(kind, words),
        kind=kind,
        file=file,
        body=body.strip(),
        title=one_line(said.get("title", ""), 120) or None,
        description=one_line(description, 400) or None,
        model=one_line(said.get("model", ""), 200) or None,
        digest=digest,
        hint=one_line(said.get("argument-hint", ""), 120) or None,
        tools=good,
        bad_tools=tuple(one_line(tool, 80) for tool in tools if tool not in good),
        agent=one_line(said.get("agent", ""), 80) or None,
        problem=_problem(kind, body),
    )


def command_name(kind: CommandKind, words: tuple[str, ...]) -> str:
    """Return the name of the command in the file that ``words`` lead to."""
    return _SEPARATOR[kind].join(words)


def _problem(kind: CommandKind, body: str) -> str | None:
    if not body.strip():
        return "has no text, so there is nothing to send"
    lines = shell_lines(kind, body)
    if not lines:
        return None
    more = f" and {len(lines) - 1} more" if len(lines) > 1 else ""
    return (
        f"runs a shell before its text is sent (!`{one_line(lines[0], 60)}`{more}), which Modeldeck does not do; "
        "write in words what the agent is to run, so that its permission decides"
    )


def _tools(written: Data) -> list[str]:
    """Return the tools in a list, or in a text where commas or blanks part them."""
    if isinstance(written, list):
        tools = [str(tool).strip() for tool in written]
    elif isinstance(written, str):
        tools = _NEXT_TOOL.findall(written.strip("[] "))
    else:
        tools = []
    return list(dict.fromkeys(tool.strip("'\"") for tool in tools if tool.strip("'\"")))[:MOST_TOOLS]


def _front(text: str, file: str) -> tuple[dict[str, Data], str]:
    """Return the front matter and the rest. Agents read it leniently, so what is no YAML is read by the line."""
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
    # A hint such as [issue] is a list to YAML; it was meant as it is written.
    if isinstance(hint := data.get("argument-hint"), list):
        data["argument-hint"] = " ".join(f"[{part}]" for part in hint)
    return {key: data[key] for key in (*_TEXTS, *_TOOLS) if key in data}, body
