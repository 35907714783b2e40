"""What a folder would run, contact or redirect if it were trusted, as sentences for a person. It is only read.

One reader for each kind of file; a file that can't be read as what it should be is told of too, for an agent may read
it in another way.
"""

from __future__ import annotations

import json
import os
import re
import tomllib
from collections import Counter
from collections.abc import Callable, Iterator
from fnmatch import fnmatchcase
from pathlib import Path

from tui.config.discovered.command import command_of
from tui.config.foreign import listing
from tui.config.locations import PROJECT_FILE
from tui.config.scripts import elsewhere
from tui.config.walk import Found
from tui.config.watched import Snapshot
from tui.core.json_input import read_json
from tui.core.plain import one_line, shown_address, with_shown_addresses

MOST_SENTENCES = 60
LONGEST = 240
"""Characters of a sentence."""

_TOLD = re.compile(r"URL|PROXY|ENDPOINT|HOST|MODEL", re.IGNORECASE)
"""Variables whose values matter to a person: where things are sent, and which model."""

Table = dict[str, object]
Reader = Callable[[bytes], Iterator[str]]
"""Tells what a file's content would do, in sentences that go on from the file's name."""


def would_run(folder: Path, taken: Snapshot) -> tuple[str, ...]:
    """The sentences for ``folder``, a real path, as it was when ``taken``."""
    sentences: list[str] = []
    unread: Counter[str] = Counter()
    for name, found in taken.found.items():
        if name in taken.git:
            continue
        if name in taken.scripts:
            sentences.append(f"{name} is a file that the settings above run or hand over")
        if name == PROJECT_FILE and found.link is None:
            sentences += listing(name, taken.contents[name])[0]
        elif name not in taken.scripts or _reader(name) is not None:
            sentences += _told(found, taken.contents.get(name), unread)
    sentences += _git(folder, taken)
    sentences += [
        f"{by} names {word}, which is outside of the folder: a change of it is not noticed"
        for word, by in taken.words.items()
        if elsewhere(folder, word)
    ]
    sentences += [
        f"{place} holds {count} more file{'s' * (count > 1)} for agents" for place, count in sorted(unread.items())
    ]
    rest = len(sentences) - MOST_SENTENCES
    if rest > 0:
        sentences = [*sentences[:MOST_SENTENCES], f"and {rest} more"]
    return tuple(one_line(sentence, LONGEST) for sentence in sentences)


def _told(found: Found, content: bytes | str | None, unread: Counter[str]) -> Iterator[str]:
    if found.link is not None:
        yield f"{found.name} is a link to {found.link}, which was not looked at; trust counts for what it holds too"
        return
    reader = _reader(found.name)
    if reader is None:
        unread[found.name.rpartition("/")[0] or found.name] += 1
        return
    if not isinstance(content, bytes):
        yield f"{found.name} was not read: {content or 'it is gone'}"
        return
    try:
        told = list(reader(content))
        if not told and reader is _command:
            unread[found.name.rpartition("/")[0]] += 1
        for sentence in told:
            yield f"{found.name} {sentence}"
    except (ValueError, RecursionError):
        yield f"{found.name} can't be read, so what it would do is unknown"


def _reader(name: str) -> Reader | None:
    """Who reads the file ``name``; one in a folder above is read like that of the folder itself."""
    name = name.removeprefix("../" * name.count("../"))
    return next((reader for pattern, reader in READERS if fnmatchcase(name, pattern)), None)


def _git(folder: Path, taken: Snapshot) -> Iterator[str]:
    for setting in taken.view.settings:
        file = os.path.relpath(os.path.normpath(setting.file), folder)
        more = ", which was not looked at; trust counts for what it holds too" if setting.includes else ""
        yield f"{file} {setting.sentence}{more}"
    if taken.view.problem is not None:
        yield f"{taken.view.problem}, so any change of the repository's settings asks again"
    for name in taken.git:
        if name.endswith("/info/attributes"):
            yield f"{name} says which files git hands to filters"
        elif name in taken.found and not name.endswith((".git", "config", "config.worktree")):
            yield f"{name} is a hook that git runs"


def _claude(content: bytes) -> Iterator[str]:
    settings = _json(content)
    for event, hooks in _table(settings.get("hooks")).items():
        commands = ", ".join(_commands(hooks))
        yield f"runs a hook at {event}: {commands or 'of an unknown kind'}"
    for name, value in _table(settings.get("env")).items():
        # Of other variables the name alone is told: a token may be among them.
        yield f"sets {name}={with_shown_addresses(str(value))}" if _TOLD.search(name) else f"sets {name}"
    for name in ("apiKeyHelper", "awsAuthRefresh", "awsCredentialExport", "otelHeadersHelper"):
        if name in settings:
            yield f"runs a program for {name}: {settings[name]}"
    if "statusLine" in settings:
        yield f"runs a program for its status line: {', '.join(_commands(settings['statusLine']))}"
    if settings.get("enableAllProjectMcpServers") or settings.get("enabledMcpjsonServers"):
        yield "starts servers of .mcp.json without a question"
    for name in ("model", "permissions"):
        if name in settings:
            yield f"sets {name}: {json.dumps(settings[name])}"


def _servers(content: bytes) -> Iterator[str]:
    settings = _json(content)
    for key in ("mcpServers", "mcp"):
        for name, server in _table(settings.get(key)).items():
            yield f"starts or contacts the server {name}: {_whereabouts(server)}"


def _opencode(content: bytes) -> Iterator[str]:
    try:
        settings = _json(content)
    except ValueError:  # with comments, as OpenCode allows
        yield "configures OpenCode: providers, servers and plugins may be among it"
        return
    yield from _servers(content)
    plugins = settings.get("plugin")
    if plugins:
        yield f"runs plugins: {json.dumps(plugins)}"
    for name, provider in _table(settings.get("provider")).items():
        yield f"configures the provider {name}: {_address(_table(_table(provider).get('options')).get('baseURL'))}"


def _codex(content: bytes) -> Iterator[str]:
    settings: Table = tomllib.loads(content.decode("utf-8"))
    for name, server in _table(settings.get("mcp_servers")).items():
        yield f"starts or contacts the server {name}: {_whereabouts(server)}"
    for name, provider in _table(settings.get("model_providers")).items():
        yield f"configures the provider {name}: {_address(_table(provider).get('base_url'))}"
    for name in ("notify", "model", "model_provider", "sandbox_mode", "approval_policy"):
        if name in settings:
            yield f"sets {name}: {json.dumps(settings[name])}"


def _gemini(content: bytes) -> Iterator[str]:
    yield from _servers(content)
    settings = _json(content)
    for name in ("hooks", "tools", "security", "model", "extensions"):
        if name in settings:
            yield f"sets {name}: {json.dumps(settings[name])}"


def _variables(content: bytes) -> Iterator[str]:
    lines = content.decode("utf-8", "replace").splitlines()
    names = [
        line.partition("=")[0].removeprefix("export ").strip() for line in lines if "=" in line and line[:1] != "#"
    ]
    if names:
        yield f"sets variables for agents that read it: {', '.join(names)}"


def _code(_: bytes) -> Iterator[str]:
    yield "is code that OpenCode runs when it starts there"


def _command(content: bytes) -> Iterator[str]:
    command = command_of("claude", "", ("",), content.decode("utf-8", "replace"))
    if command.tools:
        yield f"lets the agent that runs this command use {', '.join(command.tools)}"


def _registry(_: bytes) -> Iterator[str]:
    yield "is a registry of agents or pipelines"


READERS: tuple[tuple[str, Reader], ...] = (
    (".claude/settings*.json", _claude),
    (".mcp.json", _servers),
    ("opencode.json*", _opencode),
    (".opencode/opencode.json*", _opencode),
    (".opencode/plugin/*", _code),
    (".opencode/plugins/*", _code),
    (".opencode/tool/*", _code),
    (".opencode/tools/*", _code),
    (".gemini/settings.json", _gemini),
    (".qwen/settings.json", _gemini),
    (".codex/config.toml", _codex),
    (".env", _variables),
    (".gemini/.env", _variables),
    (".claude/commands/*.md", _command),
    (".opencode/command/*.md", _command),
    (".opencode/commands/*.md", _command),
    ("agents.yaml", _registry),
    ("pipelines.yaml", _registry),
)
"""Who reads which file; a file that fits none is counted."""


def _json(content: bytes) -> Table:
    value = read_json(content)
    if not isinstance(value, dict):
        raise ValueError("not a map")
    return value


def _table(value: object) -> Table:
    return value if isinstance(value, dict) else {}


def _commands(value: object) -> Iterator[str]:
    """Every ``command`` at any depth of ``value``."""
    if isinstance(value, dict):
        if isinstance(value.get("command"), str):
            yield value["command"]
        for part in value.values():
            yield from _commands(part)
    elif isinstance(value, list):
        for part in value:
            yield from _commands(part)


def _whereabouts(server: object) -> str:
    """The command or the address of a server."""
    said = _table(server)
    command = said.get("command")
    if isinstance(command, list):
        return " ".join(map(str, command))
    args = said.get("args")
    if isinstance(command, str):
        return " ".join([command, *(map(str, args) if isinstance(args, list) else ())])
    url = said.get("url") or said.get("httpUrl")
    return _address(url) if url else "of an unknown kind"


def _address(value: object) -> str:
    return shown_address(str(value)) if value else "no address"
