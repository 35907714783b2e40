"""Commands in files whose name an agent has for a command of its own."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from tui.core.items import Finding
from tui.executor.check.subject import Subject
from tui.executor.commands import clash, clashing, offered


def clashes(subject: Subject) -> Iterator[Finding]:
    """Yield each command that an agent, used by a workflow here, also has itself."""
    project = subject.project
    agents = {subject.settings.agents[name].kind: subject.settings.agents[name] for name in subject.used_agents()}
    for command in offered(project):
        for agent in agents.values():
            if not clashing(command, agent):
                continue
            root = subject.home if command.at_home else project.folder
            name = command.file.removeprefix("~/")
            yield subject.finding(
                "warning",
                "command-clash",
                clash(command, agent),
                f"give the file another name if /{command.name} is meant to be {agent.kind}'s own",
                file=root / name if root is not None else Path(name),
            )
