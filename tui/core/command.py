"""A slash command whose text comes from a file: the placeholders in it, and the files that it refers to.

Measured with claude 2.1.328 and opencode 1.18.33: both fill in ``$ARGUMENTS`` and numbered placeholders, and append
arguments that no placeholder takes. Both also run ``!`` lines in a shell and attach ``@`` files, each by its own rule.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

CommandKind = Literal["claude", "opencode"]
"""The agent that a command file was written for."""

_WORD = re.compile(r"\"([^\"]*)\"|'([^']*)'|(\S+)")
_PLACEHOLDER = re.compile(r"(\\?)\$(ARGUMENTS(?:\[(\d{1,3})\])?|(\d)(?!\w))")
_SHELL: Mapping[CommandKind, re.Pattern[str]] = {
    "claude": re.compile(r"(?:(?<=^)|(?<=\s))!`([^`]+)`|```!\s*\n?([\s\S]*?)\n?```", re.MULTILINE),
    "opencode": re.compile(r"!`([^`]+)`"),
}
_REFERENCE: Mapping[CommandKind, re.Pattern[str]] = {
    "claude": re.compile(r"(?<!\S)@(?:\"([^\"\n]+)\"|([^\s\"`]+))"),
    "opencode": re.compile(r"(?<![\w`])@(?:\"([^\"\n]+)\"|([^\s\"`,]+))"),
}
_TRAILING = ".,;:!?)]}'\""
_LINES = re.compile(r"#L?\d+(?:-L?\d+)?$")


@dataclass(frozen=True, slots=True)
class StepCommand:
    """A command as it is stored with a step: its text does not change when the file does."""

    name: str
    """With its slash: ``/implement``."""
    kind: CommandKind
    file: str
    """Where it was read: relative to the project, or beginning with ``~/`` for one of the user's own."""
    text: str
    """Of the file below the front matter, before anything is filled in."""
    arguments: str = ""
    """What the stage itself writes behind the name; the run's input follows it."""
    tools: tuple[str, ...] = ()
    """What of the file's ``allowed-tools`` the agent is given."""
    files: tuple[str, ...] = ()
    """Paths that the text refers to and that were there when the run was planned."""


@dataclass(frozen=True, slots=True)
class Reference:
    """A file that a command's text refers to with ``@``."""

    written: str
    """The whole token, as it is sent where there is no such file."""
    path: str


def shell_lines(kind: CommandKind, text: str) -> tuple[str, ...]:
    """Return the shell commands that the agent itself would run before it sends ``text``."""
    found = _SHELL[kind].finditer(text)
    return tuple(line for match in found if (line := next(filter(None, match.groups()), "").strip()))


def pieces(command: StepCommand, given: str) -> Iterator[str | Reference]:
    """Yield the command's text with its placeholders filled in, its ``@`` references apart.

    ``given`` follows the stage's own arguments. What is filled in is never read as a placeholder or a reference itself.
    """
    arguments = " ".join(part for part in (command.arguments.strip(), given.strip()) if part)
    fill = _Filling(command, arguments)
    at = 0
    for match in _REFERENCE[command.kind].finditer(command.text):
        written = match[1] or match[2].rstrip(_TRAILING)
        end = match.end() if match[1] else match.start() + 1 + len(written)
        path = _LINES.sub("", fill(written))
        if not path:
            continue
        yield fill(command.text[at : match.start()])
        yield Reference(fill(command.text[match.start() : end]), path)
        at = end
    yield fill(command.text[at:])
    if arguments and not fill.used:
        yield f"\n\n{'ARGUMENTS: ' if command.kind == 'claude' else ''}{arguments}"


class _Filling:
    """Fills in one command's arguments."""

    def __init__(self, command: StepCommand, arguments: str) -> None:
        self._whole = arguments
        self._words = [next(part for part in match if part is not None) for match in _words(arguments)]
        found = [match for match in _PLACEHOLDER.finditer(command.text) if not match[1]]
        self.used = bool(found)
        numbers = {int(match[4]) for match in found if match[4]}
        # Files are written both ways: claude counts from 0 by now, older files and opencode count from 1.
        self._first = 0 if 0 in numbers else 1
        self._greedy = max(numbers, default=None) if command.kind == "opencode" else None

    def __call__(self, text: str) -> str:
        return _PLACEHOLDER.sub(self._value, text)

    def _value(self, match: re.Match[str]) -> str:
        escaped, name, index, number = match.groups()
        if escaped:
            return f"${name}"
        if number is not None:
            at = int(number) - self._first
            return " ".join(self._words[at:]) if int(number) == self._greedy else self._word(at)
        return self._word(int(index)) if index is not None else self._whole

    def _word(self, at: int) -> str:
        return self._words[at] if at < len(self._words) else ""


def _words(arguments: str) -> Iterator[tuple[str | None, ...]]:
    for match in _WORD.finditer(arguments):
        yield match.groups()
