"""Whether the real claude reads a project's own commands: why Modeldeck does (``tui.executor.commands``)."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Literal

import pytest

from tests.agents.launching import launch, play
from tests.anthropic_server import AnthropicServer
from tui.agents.table import one_shot
from tui.core.settings import Agent

pytestmark = pytest.mark.agents


@pytest.mark.parametrize(("settings", "reads_it"), [("user", False), ("project", True)])
def test_only_with_the_projects_settings_does_claude_read_its_commands(
    claude_cli: Path,
    empty_home: Path,
    provider: AnthropicServer,
    tmp_path: Path,
    settings: Literal["user", "project"],
    reads_it: bool,
) -> None:
    project = tmp_path / "shop"
    commands = project / ".claude" / "commands" / "team"
    commands.mkdir(parents=True)
    (commands / "plan-it.md").write_text("---\ndescription: Plan it\n---\nPlan with care: $ARGUMENTS\n")
    agent = Agent("claude", command=(str(claude_cli),), settings=settings)
    asked = launch(agent, empty_home, base_url=provider.url, prompt="/team:plan-it a discount", cwd=project)
    driver = one_shot("claude")
    played = play(driver.command(asked), driver.reader(asked.attempt, asked.reference))
    assert played.exit_code == 0
    sent = json.dumps([call.body for call in provider.calls])
    assert ("Plan with care: a discount" in sent) is reads_it
