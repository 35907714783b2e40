"""One file after the other, read into what it offers; for one that is bad now, what it offered before."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from tui.config.discovered.command import LARGEST_COMMAND, Command, command_name, command_of
from tui.config.discovered.files import MOST, Found, found_in
from tui.config.discovered.registry import Pipeline, RegisteredAgent, agents_of, pipelines_of
from tui.config.document import Document, Problem, config_error, parse, read_bounded
from tui.config.watched import digest_of
from tui.core.command import CommandKind
from tui.core.errors import ConfigError
from tui.core.plain import one_line

LARGEST = 200_000
"""Bytes of a file."""


@dataclass(frozen=True, slots=True)
class Part:
    """What one file offers."""

    agents: tuple[RegisteredAgent, ...] = ()
    pipelines: tuple[Pipeline, ...] = ()
    commands: tuple[Command, ...] = ()


@dataclass(frozen=True, slots=True)
class Discovered:
    """What all files of a project offer, by file, and what is wrong with them."""

    parts: Mapping[str, Part] = field(default_factory=dict)
    problems: tuple[str, ...] = ()


Read = Callable[[Found, int], bytes | str | None]
"""Tells the bytes of a file of at most so many, the sentence that says why it is not read, or that there is none."""


def from_disk(found: Found, largest: int) -> bytes | str | None:
    """Read a file of a project as it is now."""
    return read_bounded(found.path, largest, follow=False)


def from_home(found: Found, largest: int) -> bytes | str | None:
    """Read a file of the user's own, which may be a link."""
    return read_bounded(found.path, largest, follow=True)


def discover(folder: Path, kept: Discovered | None = None, read: Read = from_disk) -> Discovered:
    """What the files of ``folder`` offer. ``kept`` is what they did when they were last read."""
    before = kept.parts if kept is not None else {}
    parts: dict[str, Part] = {}
    problems: list[str] = []
    count = 0
    for found in found_in(folder):
        count += 1
        part, wrong = _read(found, read)
        if wrong:
            then = "nothing of it is used" if part is None or part.commands else "the rest of it is used"
            if found.name in before:
                part, then = before[found.name], "what it said before stays in force"
            rest = f", and {len(wrong) - 1} more" if len(wrong) > 1 else ""
            problems.append(one_line(f"{wrong[0]}{rest}; {then}"))
        if part is not None:
            parts[found.name] = part
    if count >= MOST:
        problems.append(f"{folder} has more than {MOST} files of commands and agents; the rest is not read")
    return Discovered(parts, tuple(problems))


def _read(found: Found, read: Read) -> tuple[Part | None, tuple[str, ...]]:
    """What a file offers, and what is wrong with it."""
    if found.kind in ("claude", "opencode"):
        return _read_command(found, read)
    content = read(found, LARGEST)
    if content is None:
        return None, ()
    if isinstance(content, str):
        return None, (f"{found.name}: {content}",)
    text = content.decode("utf-8-sig", "replace")
    try:
        document = parse(text, found.name)
    except ConfigError as error:
        return None, error.problems or (error.message,)
    problems: list[Problem] = []
    if found.kind == "agents":
        part = Part(agents=agents_of(document, found.words[-1] if found.words else None, problems))
    else:
        part = Part(pipelines=pipelines_of(document, problems))
    return part, _told(document, problems)


def _read_command(found: Found, read: Read) -> tuple[Part | None, tuple[str, ...]]:
    if not found.words:
        return None, (f"{found.name} is a symbolic link, which is not followed here; put the commands there",)
    command = read_command(found, read)
    if command is None:
        return None, ()
    return Part(commands=(command,)), (f"{found.name} {command.problem}",) if not command.readable else ()


def read_command(found: Found, read: Read) -> Command | None:
    """Return the command in a file, with its ``problem`` where it can't be used; ``None`` if the file is gone.

    One with a problem still has its name, so that no other command of that name runs in its place.
    """
    kind: CommandKind = "claude" if found.kind == "claude" else "opencode"
    content = read(found, LARGEST_COMMAND)
    if content is None:
        return None
    if isinstance(content, bytes):
        try:
            text = content.decode("utf-8-sig")
        except UnicodeDecodeError:
            content = "it is not UTF-8; save it as UTF-8"
        else:
            return command_of(kind, found.name, found.words, text, digest=digest_of(content))
    return Command(
        command_name(kind, found.words), kind, found.name, "", problem=f"can't be read: {content}", readable=False
    )


def _told(document: Document, problems: list[Problem]) -> tuple[str, ...]:
    return config_error(document.name, problems).problems if problems else ()
