"""The slash commands that agents bring themselves, and how they answer to one that they do not have.

Measured with claude 2.1.328, where a name that it does not know goes to the model as plain text; opencode's own were
read from its program, version 1.18.33.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

from tui.core.settings import Agent, AgentKind

_CLAUDE_PROMPTS = """
batch claude-api code-review dataviz debug deep-research doctor fewer-permission-prompts goal init insights loop
plugin-authoring review run run-skill-generator security-review simplify team-onboarding update-config verify
workflow-authoring"""
_CLAUDE_SILENT = """
add-dir agents auto-mode-setup autocompact bug clear color compact config context cost effort export fast focus heapdump
help hooks ide install-github-app list-agents login mcp memory model output-style permissions plan plugin recap
release-notes reload-plugins reload-skills rename resume schedule skills status statusline terminal-setup ultrareview
usage vim"""

PROMPT_COMMANDS: Mapping[AgentKind, frozenset[str]] = {
    "claude": frozenset(_CLAUDE_PROMPTS.split()),
    "opencode": frozenset({"init", "review"}),
}
"""Those that send a prompt to a model."""

SILENT_COMMANDS: Mapping[AgentKind, frozenset[str]] = {"claude": frozenset(_CLAUDE_SILENT.split())}
"""Those that a step can't use: they call no model, or need a terminal."""

_NAME = re.compile(r"[\w][\w.-]*")
_UNKNOWN = re.compile(
    r"(?:error:\s*)?(?:unknown (?:slash )?(?:command|skill)|command not found)\s*:?\s*[\"'`]?/?[\w:./-]+[\"'`]?\.?"
    r"(?:\s*available commands:.*)?",
    re.IGNORECASE,
)


def sends_prompt(name: str, agent: Agent) -> bool:
    """Return whether the command ``name`` is one of the agent's own that sends a prompt.

    A rehearsal can take the part of any agent, so it has them all.
    """
    if agent.kind == "rehearsal":
        return any(name in names for names in PROMPT_COMMANDS.values())
    return name in PROMPT_COMMANDS.get(agent.kind, ())


def calls_no_model(name: str, agent: Agent) -> bool:
    """Return whether the command ``name`` is the agent's own and can't do a step's work."""
    return name in SILENT_COMMANDS.get(agent.kind, ())


def extension(name: str, agent: Agent, home: Path, project: Path | None) -> str | None:
    """Return what of the user's extensions of an agent has the command ``name``, as a sentence goes on; or ``None``.

    The files are not read: the agent itself knows what is in them.
    """
    if agent.kind != "claude":
        return None
    roots = [home, *([project] if project is not None and agent.settings == "project" else [])]
    if _NAME.fullmatch(name) and any((root / ".claude/skills" / name / "SKILL.md").is_file() for root in roots):
        return f"claude's skill {name}"
    if name.startswith("mcp__"):
        return "a command of an MCP server"
    if ":" in name and (home / ".claude/plugins").is_dir():
        return "a command of a plugin of claude's"
    return None


def says_unknown(result: str) -> bool:
    """Return whether an answer says, and says nothing else, than that there is no such command."""
    text = result.strip()
    return len(text) <= 4000 and "\n" not in text and _UNKNOWN.fullmatch(text) is not None
