"""What was discovered as profiles and workflows, beside those of the configuration, which come first by name."""

from __future__ import annotations

from dataclasses import dataclass, replace

from tui.config.discovered.command import Command
from tui.config.discovered.part import Discovered
from tui.config.discovered.registry import RegisteredAgent
from tui.core.plain import one_line
from tui.core.settings import Profile, Settings, Stage, Workflow


@dataclass(frozen=True, slots=True)
class Joined:
    """The settings with what was discovered."""

    settings: Settings
    names: tuple[str, ...]
    """Workflows that were discovered."""
    profiles: tuple[str, ...]
    warnings: tuple[str, ...]


def joined(discovered: Discovered, settings: Settings) -> Joined:
    """``settings`` with the agents as profiles and the pipelines and commands as workflows.

    Nothing here names a program: every discovered profile works with an agent of the configuration.
    """
    warnings: list[str] = []
    registered = {agent.name: agent for part in discovered.parts.values() for agent in part.agents}
    profiles = {
        name: profile
        for name, agent in registered.items()
        if name not in settings.profiles and (profile := _profile(agent, settings, warnings)) is not None
    }
    with_profiles = replace(settings, profiles={**settings.profiles, **profiles})
    workflows: dict[str, Workflow] = {}
    for part in discovered.parts.values():
        for pipeline in part.pipelines:
            stages = tuple(_with_profile(stage, settings) for stage in pipeline.stages)
            strange = [stage.profile for stage in stages if stage.type == "agent" and not _known(stage, with_profiles)]
            if strange:
                warnings.append(
                    f"{pipeline.file}: the pipeline {pipeline.name} is not used: there is no agent {strange[0]!r}"
                )
            elif pipeline.name not in settings.workflows:
                workflows[pipeline.name] = Workflow(stages, title=pipeline.name, description=pipeline.description)
        for command in part.commands:
            if command.name in settings.workflows or command.name in workflows:
                continue
            workflow = _workflow(command, settings)
            if workflow is not None:
                workflows[command.name] = workflow
    whole = replace(with_profiles, workflows={**settings.workflows, **workflows})
    told = tuple(one_line(warning) for warning in warnings)
    return Joined(whole, tuple(workflows), tuple(profiles), told)


def _profile(agent: RegisteredAgent, settings: Settings, warnings: list[str]) -> Profile | None:
    """A registry's agent, who is one of OpenCode's; without such an agent here the usual one does its work."""
    runs_on = next((name for name, one in settings.agents.items() if one.kind == "opencode"), None)
    if runs_on is None:
        usual = settings.profiles.get(settings.default_profile or "")
        if usual is None:
            warnings.append(f"{agent.file}: {agent.name} is not used: there is no agent of kind opencode")
            return None
        runs_on = usual.agent
        warnings.append(f"{agent.file}: there is no agent of kind opencode, so {agent.name} works with {runs_on}")
    return Profile(
        agent=runs_on,
        model=agent.default_model,
        instructions=agent.system_prompt_additions,
        title=one_line(agent.description, 120) if agent.description else None,
        opencode_agent=agent.opencode_agent,
    )


def _workflow(command: Command, settings: Settings) -> Workflow | None:
    """Return a command as a workflow of one stage, done by the default profile as any stage is that names nobody.

    What the stage sends is the command's text, as for every stage that names a command.
    """
    profile = settings.profiles.get(settings.default_profile or "")
    if profile is None or profile.agent not in settings.agents or not command.readable:
        return None
    stage = Stage(
        name=command.name.replace(":", "/").rpartition("/")[2],
        profile=settings.default_profile,
        model=command.model,
        command=f"/{command.name}",
    )
    hint = f"takes {command.hint}" if command.hint else None
    about = " · ".join(part for part in (command.description, hint) if part) or None
    return Workflow((stage,), title=command.title or command.name, description=about)


def _with_profile(stage: Stage, settings: Settings) -> Stage:
    if stage.type == "agent" and stage.profile is None:
        return replace(stage, profile=settings.default_profile)
    return stage


def _known(stage: Stage, settings: Settings) -> bool:
    return stage.profile in settings.profiles
