"""Which slash command a stage runs: the project's, the user's own, or one that its agent brings itself.

Modeldeck reads the files itself and sends their text as the prompt, whatever agent does the step.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import NoReturn

from tui.agents.own_commands import PROMPT_COMMANDS, calls_no_model, extension, sends_prompt
from tui.config.discovered import Command
from tui.core.command import StepCommand
from tui.core.errors import RequestError
from tui.core.plain import one_line
from tui.core.run import Run, Step
from tui.core.settings import TAKES_TOOLS, Agent, Permission, Stage
from tui.core.suggest import nearest
from tui.executor.projects import Project
from tui.executor.references import expand


@dataclass(frozen=True, slots=True)
class Called:
    """The command of a stage."""

    name: str
    """Without its slash."""
    arguments: str
    """What the stage writes behind it."""
    found: Command | None = None
    """The file; ``None``: the agent brings the command itself."""
    warnings: tuple[str, ...] = ()


def called_by(stage: Stage, project: Project) -> Called | None:
    """Return the command that ``stage`` names, or ``None`` where it names none.

    Raises :class:`RequestError` for one that is nowhere or can't be used.
    """
    written = (stage.command or "").strip()
    if stage.type != "agent" or not written:
        return None
    name, _, arguments = written.removeprefix("/").partition(" ")
    agent_id, agent = _usual_agent(stage, project)
    found = next(iter(_named(name, agent, project)), None)
    if found is None:
        return Called(name, arguments.strip(), warnings=tuple(_without_file(name, agent, project)))
    if found.problem:
        raise _error(f"The command /{name} can't be used: {found.file} {found.problem}")
    if not found.at_home and project.trust.files.get(found.file) != found.digest:
        raise _error(f"The command /{name} can't be used: {found.file} is not as it was trusted; ask again")
    return Called(name, arguments.strip(), found, tuple(_doubts(found, agent_id, agent)))


def with_command(step: Step, called: Called | None, given: str, project: Project) -> Step:
    """Return ``step``, whose model and agent are chosen, with its command and what the user should know of that.

    ``given`` is the run's input. Raises :class:`RequestError` for a file that the command's text may not refer to.
    """
    agent = project.settings.agents.get(step.agent or "")
    if called is None or agent is None:
        return step
    found = called.found
    if found is None or project.folder is None:
        return replace(step, warnings=(*step.warnings, *called.warnings))
    tools, told = _allowed(found, step.permission or "edit", agent)
    command = StepCommand(f"/{called.name}", found.kind, found.file, found.body, called.arguments, tools)
    expanded = expand(command, given, project.folder)
    absent = [
        f"/{called.name} refers to @{one_line(path, 80)}, which is not there now; without it the words alone are sent"
        for path in expanded.absent
    ]
    warnings = (*step.warnings, *called.warnings, *told, *absent)
    return replace(step, command=replace(command, files=expanded.files), warnings=warnings)


def own_line(called: Called | None) -> str | None:
    """Return the line that calls a command which the agent brings itself; ``None`` where a file has the text."""
    return f"/{called.name} {called.arguments}".strip() if called is not None and called.found is None else None


def clashing(command: Command, agent: Agent) -> bool:
    """Return whether the agent has a command of its own with the name of ``command``."""
    return agent.kind != "rehearsal" and (sends_prompt(command.name, agent) or calls_no_model(command.name, agent))


def clash(command: Command, agent: Agent) -> str:
    """Return the sentence on a command that the agent has too."""
    whose = "your own" if command.at_home else "the project's"
    return f"/{command.name} is also a command of {agent.kind}'s own; {whose} is used ({command.file})"


def offered(project: Project) -> tuple[Command, ...]:
    """Return every command in a file, the project's before the user's own."""
    parts = project.loaded.discovered.parts.values()
    own = project.home.commands() if project.home is not None else ()
    return (*(command for part in parts for command in part.commands), *own)


def without_texts(run: Run) -> Run:
    """Return ``run`` without the texts of its commands, for where many runs are listed or each change is sent."""
    if all(step.command is None for step in run.steps):
        return run
    steps = (replace(step, command=replace(step.command, text="")) if step.command else step for step in run.steps)
    return replace(run, steps=tuple(steps))


def _usual_agent(stage: Stage, project: Project) -> tuple[str, Agent]:
    """Return the profile's agent. Another may do the work, but it is of the same kind."""
    settings = project.settings
    profile = settings.profiles.get(stage.profile or "")
    agent_id = profile.agent if profile is not None else ""
    return agent_id, settings.agents.get(agent_id, Agent())


def _named(name: str, agent: Agent, project: Project) -> Iterable[Command]:
    """Return the commands ``name``: the project's first, and of those the ones that were written for the agent."""
    every = [command for command in offered(project) if command.name == name]
    return sorted(every, key=lambda command: (command.at_home, command.kind != agent.kind))


def _without_file(name: str, agent: Agent, project: Project) -> Iterator[str]:
    """Yield what to know of a command that is in no file. Raises :class:`RequestError` where there is none at all."""
    if sends_prompt(name, agent):
        return
    if project.home is not None and (what := extension(name, agent, project.home.home, project.folder)):
        yield f"/{one_line(name, 80)} is taken for {what}, which Modeldeck does not read"
        return
    if calls_no_model(name, agent):
        raise _error(f"The command /{name} is {agent.kind}'s own and does no work of a step; name another")
    if project.folder is not None and not project.trust.trusted:
        yield f"the commands of a folder that is not trusted are not read, /{one_line(name, 80)} among them"
        return
    _unknown(name, agent, project)


def _unknown(name: str, agent: Agent, project: Project) -> NoReturn:
    known = [*(command.name for command in offered(project)), *PROMPT_COMMANDS.get(agent.kind, ())]
    near = tuple(f"/{one}" for one in nearest(name, known))
    own = f", and {agent.kind} has none of that name" if agent.kind in PROMPT_COMMANDS else ""
    hint = f"; did you mean {near[0]}?" if near else ""
    raise RequestError(
        f"There is no command /{one_line(name, 80)} in the project (.claude/commands, .opencode/command) "
        f"or in your home{own}{hint}",
        suggestions=near,
        field="command",
    )


def _doubts(found: Command, agent_id: str, agent: Agent) -> Iterator[str]:
    if clashing(found, agent):
        yield clash(found, agent)
    if found.bad_tools:
        yield f"{found.file}: allowed-tools names {found.bad_tools[0]!r}, which is no tool, so it is not passed"
    if found.agent:
        yield f"/{found.name} asks for OpenCode's agent {found.agent!r}, which {agent_id} does not have"


def _allowed(found: Command, permission: Permission, agent: Agent) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return which of the command's tools its agent is given, and what the user should know of it."""
    if not found.tools:
        return (), ()
    listed = one_line(", ".join(found.tools), 300)
    if agent.kind not in TAKES_TOOLS:
        return (), (f"/{found.name} allows {listed}, and an agent of kind {agent.kind} can't be given that",)
    if permission == "plan":
        return (), (f"/{found.name} allows {listed}, which is not passed: the permission is plan",)
    if permission == "full":
        return found.tools, ()
    return found.tools, (f"/{found.name} allows its agent, beyond the permission {permission}: {listed}",)


def _error(message: str) -> RequestError:
    return RequestError(one_line(message, 600), field="command")
