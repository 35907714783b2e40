"""Agents' own settings files that pin a model: it answers wherever no model is passed to the agent.

The files are read, bounded, and nothing of them is run. Of variables in them the names alone are told.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from tui.agents.environment import overrides_model
from tui.config.document import read_bounded
from tui.core.items import Finding
from tui.core.json_input import NestingError, read_json
from tui.core.plain import one_line
from tui.core.settings import AgentKind
from tui.executor.check.subject import Subject

LARGEST = 256_000
"""Bytes of an agent's settings file that are read; real ones have some thousands."""

_JSON_EXTRAS = re.compile(
    r'("(?:\\.|[^"\\])*(?:"|\Z))|//[^\n]*|/\*[\s\S]*?(?:\*/|\Z)|,(?=\s*[}\]])'
)  # what JSON with comments has beyond JSON


@dataclass(frozen=True, slots=True)
class SettingsFile:
    """Where a kind of agent reads its settings, and what in them names a model."""

    kind: AgentKind
    root: Literal["home", "config", "project"]
    """The home folder, the folder of settings (``XDG_CONFIG_HOME``), or the project."""
    path: str
    keys: tuple[str, ...] = ("model",)
    """Keys that name a model, their parts joined by dots."""
    own_choice: bool = False
    """Read only where the agent's configuration says ``settings: project``."""


FILES: tuple[SettingsFile, ...] = (
    SettingsFile("claude", "home", ".claude/settings.json"),
    SettingsFile("claude", "project", ".claude/settings.json", own_choice=True),
    SettingsFile("claude", "project", ".claude/settings.local.json", own_choice=True),
    SettingsFile("codex", "home", ".codex/config.toml"),
    SettingsFile("codex", "project", ".codex/config.toml"),
    SettingsFile("gemini", "home", ".gemini/settings.json", ("model", "model.name")),
    SettingsFile("gemini", "project", ".gemini/settings.json", ("model", "model.name")),
    SettingsFile("opencode", "config", "opencode/opencode.json", ("model", "small_model")),
    SettingsFile("opencode", "config", "opencode/opencode.jsonc", ("model", "small_model")),
    SettingsFile("opencode", "config", "opencode/config.json", ("model", "small_model")),
    SettingsFile("opencode", "project", "opencode.json", ("model", "small_model")),
    SettingsFile("opencode", "project", "opencode.jsonc", ("model", "small_model")),
)
"""As the agents' own documentation names them; a change of a project's asks for trust anew (``config.watched``)."""


def pinned(subject: Subject) -> Iterator[Finding]:
    """Models, and variables that decide over one, in the settings of agents that the configuration has."""
    for one in FILES:
        file = _file(one, subject)
        if file is None:
            continue
        content = read_bounded(file, LARGEST, follow=one.root != "project")
        if content is None:
            continue
        data = _data(content, file) if isinstance(content, bytes) else content
        if isinstance(data, str):
            yield subject.finding(
                "warning", "agent-settings-unread", f"{one.kind}'s own settings: {data}", "look at the file", file=file
            )
            continue
        yield from _findings(one, file, data, subject)


def _file(one: SettingsFile, subject: Subject) -> Path | None:
    agents = [agent for agent in subject.settings.agents.values() if agent.kind == one.kind]
    if not agents or (one.own_choice and all(agent.settings != "project" for agent in agents)):
        return None
    config = subject.user_env.get("XDG_CONFIG_HOME")
    roots = {
        "home": subject.home,
        "config": Path(config) if config else subject.home / ".config",
        "project": subject.project.folder,
    }
    root = roots[one.root]
    return root / one.path if root is not None else None


def _findings(one: SettingsFile, file: Path, data: Mapping[str, object], subject: Subject) -> Iterator[Finding]:
    for key in one.keys:
        model = _at(data, key)
        if isinstance(model, str) and model.strip():
            yield subject.finding(
                "warning",
                "agent-settings-pin",
                f"{one.kind}'s own settings pin {key} to {one_line(model, 120)!r}, which answers wherever Modeldeck "
                "passes no model",
                f"remove {key} there, or name a model in every profile that uses {one.kind}",
                file=file,
            )
    env = data.get("env")
    for name in sorted(env) if isinstance(env, dict) else ():
        if overrides_model(name):
            yield subject.finding(
                "warning",
                "agent-settings-override",
                f"{one.kind}'s own settings set {name}, which decides over the model or its address",
                f"remove {name} there",
                file=file,
            )


def _at(data: Mapping[str, object], key: str) -> object:
    value: object = data
    for part in key.split("."):
        value = value.get(part) if isinstance(value, dict) else None
    return value


def _data(content: bytes, file: Path) -> Mapping[str, object] | str:
    """What the file says, or why it can't be read."""
    read = _READERS[file.suffix]
    try:
        data = read(content.decode("utf-8-sig"))
    except NestingError as error:
        return f"the file can't be read: {error}"
    except (ValueError, RecursionError) as error:  # both readers' errors, and text that is not UTF-8
        return f"the file can't be read: {type(error).__name__}"
    return data if isinstance(data, dict) else "the file is no map of settings"


def _json(text: str) -> object:
    try:
        return read_json(text)
    except ValueError:  # comments may hold brackets and quotes, so that no depth is certain either
        without = _JSON_EXTRAS.sub(lambda found: found[1] or "", text)
        return read_json(_JSON_EXTRAS.sub(lambda found: found[1] or "", without))  # commas before a comment


_READERS: Mapping[str, Callable[[str], object]] = {".json": _json, ".jsonc": _json, ".toml": tomllib.loads}
