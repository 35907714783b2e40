"""Whether the steps of a run can start here: one answer for plans, cards, dry runs and the start itself.

What stands in the way of a step is an obstacle. A start with an obstacle is refused before anything runs, unless it
asks to start anyway; then the step fails at its turn, with the same sentence.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cache

from tui.agents.base import Find, Launch, find_in_path, find_program
from tui.agents.environment import missing
from tui.agents.table import one_shot
from tui.core.errors import ErrorBody, ModeldeckError, ObstacleError, from_body
from tui.core.run import TERMINAL_STEP, Run, Step
from tui.executor.environment import needs_of
from tui.executor.launching import launch_of
from tui.executor.programs import USUAL
from tui.executor.projects import Project

_PROMPT = "-"
"""Stands for the prompt, which nothing here depends on: the files that it refers to are read when the step begins."""


@dataclass(frozen=True, slots=True)
class Subject:
    """What a check judges: a step that an agent is to do, and how the agent would be launched."""

    run: Run
    step: Step
    launch: Launch
    project: Project


Check = Callable[[Subject], Iterable[ModeldeckError]]
"""Yields what stands in the way, each as the error that the step would fail with."""


def _kind(subject: Subject) -> Iterator[ModeldeckError]:
    """Agents of the kind can run a step."""
    try:
        one_shot(subject.launch.agent.kind)
    except ModeldeckError as error:
        yield error


def _program(subject: Subject) -> Iterator[ModeldeckError]:
    """The agent's program is found in the PATH in use."""
    kind = subject.launch.agent.kind
    if kind == "rehearsal":
        return
    try:
        find_program(subject.launch, USUAL.get(kind, ""))
    except ModeldeckError as error:
        yield error


def _variables(subject: Subject) -> Iterator[ModeldeckError]:
    """The variables that the agent and the provider need were provided."""
    needs = needs_of(subject.step, subject.project.settings)
    try:
        subject.project.require_approved(subject.launch.agent_id, needs)
    except ModeldeckError as error:
        yield error
        return
    for name, where in sorted(needs.items()):
        if name not in subject.launch.handed:
            yield missing(subject.launch, name, where)


def _command(subject: Subject) -> Iterator[ModeldeckError]:
    """The command can be built, as it will be for an attempt."""
    try:
        one_shot(subject.launch.agent.kind).command(subject.launch)
    except ModeldeckError as error:
        yield error


CHECKS: tuple[tuple[Check, ...], ...] = ((_kind,), (_program, _variables), (_command,))
"""All checks, in groups: a group is asked only where those before it found nothing."""


@dataclass(frozen=True)
class Readiness:
    """Judges the steps of any number of plans; each program is looked for once, so make one per request."""

    handed: Mapping[str, str] = field(repr=False)
    """Values of the variables that clients provided."""
    user_env: Mapping[str, str] = field(repr=False)
    """The environment of the agents, whose PATH is searched."""
    find: Find = field(default_factory=lambda: cache(find_in_path))

    def checked(self, run: Run, project: Project) -> Run:
        """Return ``run`` with its obstacles on every step that is still to be done."""
        steps = tuple(replace(step, obstacles=self.obstacles(run, step, project)) for step in run.steps)
        return run if steps == run.steps else replace(run, steps=steps)

    def obstacles(self, run: Run, step: Step, project: Project) -> tuple[ErrorBody, ...]:
        """Return what stands in the way of ``step``; nothing for one that is done, has no agent or has no model."""
        if step.type != "agent" or step.status in TERMINAL_STEP or step.error is not None:
            return ()
        try:
            launch = launch_of(
                run,
                step.index,
                project.settings,
                attempt="",
                prompt=_PROMPT,
                handed=project.provided(self.handed, step.agent),
                user_env=self.user_env,
                find=self.find,
            )
        except ModeldeckError as error:
            return (error.body(),)
        subject = Subject(run, step, launch, project)
        for group in CHECKS:
            if found := [error.body() for check in group for error in check(subject)]:
                return tuple(dict.fromkeys(found))
        return ()

    def require_known(self, run: Run, step: Step, project: Project) -> None:
        """Raise the obstacle that the start of ``run`` already knew of, if ``step`` still has it."""
        if step.obstacles:
            still = self.obstacles(run, step, project)
            for one in step.obstacles:
                if one in still:
                    raise from_body(one)


def refusal(run: Run) -> ObstacleError | None:
    """Return the error of a start with obstacles, which names every step that has one."""
    steps: dict[ErrorBody, list[Step]] = {}
    for step in run.steps:
        for obstacle in step.obstacles:
            steps.setdefault(obstacle, []).append(step)
    if not steps:
        return None
    told = [f"{', '.join(step.numbered for step in some)}: {one.message.rstrip('.')}." for one, some in steps.items()]
    first = next(iter(steps))
    return ObstacleError(f"{' '.join(told)} Nothing was started", field=first.field)
