"""Agents: whether they can be started, run something, and are told by nobody else which model to use."""

from __future__ import annotations

from collections.abc import Iterator

from tui.agents.environment import overrides_model
from tui.agents.table import one_shot
from tui.core.errors import MachineError, RequestError
from tui.core.items import Finding, Severity
from tui.core.settings import RUNS_PROVIDERS
from tui.executor.check.subject import Subject
from tui.executor.programs import command_of


def commands(subject: Subject) -> Iterator[Finding]:
    """Agents whose program is not there; an error where a workflow works with it."""
    for name, agent in subject.settings.agents.items():
        try:
            command_of(name, agent, subject.user_env)
        except MachineError as error:
            yield subject.finding(
                _gravity(subject, name),
                "command-missing",
                error.message.partition(";")[0],
                f"install it, or name its whole path in agents.{name}.command",
                place=("agents", name, "command"),
            )


def kinds(subject: Subject) -> Iterator[Finding]:
    """Agents of a kind that can't run a step."""
    for name, agent in subject.settings.agents.items():
        try:
            one_shot(agent.kind)
        except RequestError as error:
            yield subject.finding(
                _gravity(subject, name),
                "kind-cannot-run",
                error.message.rstrip("."),
                "use an agent of another kind for the steps of workflows",
                place=("agents", name, "kind"),
                suggestions=error.suggestions,
            )


def providers(subject: Subject) -> Iterator[Finding]:
    """Agents that can run nothing, or a provider that nobody knows."""
    known = {*subject.catalog.by_id, *(one for usual in RUNS_PROVIDERS.values() for one in usual)}
    for name, agent in subject.settings.agents.items():
        place = ("agents", name, "providers")
        if agent.providers == ():
            yield subject.finding(
                "warning",
                "runs-nothing",
                f"the agent {name} has an empty list of providers, so it runs nothing",
                "name providers, or remove the key to run what its kind can",
                place=place,
            )
        for index, provider in enumerate(agent.providers or ()):
            if provider not in known:
                yield subject.finding(
                    "warning",
                    "unknown-provider",
                    f"the agent {name} names the provider {provider!r}, which nobody configured",
                    f"add providers.{provider}, or correct the name",
                    place=(*place, index),
                )


def unused(subject: Subject) -> Iterator[Finding]:
    """Agents that a file defines and that no profile leads to, not even by their kind."""
    agents = subject.settings.agents
    kinds_in_use = {agents[one.agent].kind for one in subject.settings.profiles.values() if one.agent in agents}
    for name, agent in agents.items():
        if subject.written(("agents", name)) and agent.kind not in kinds_in_use:
            yield subject.finding(
                "warning",
                "unused-agent",
                f"no profile uses the agent {name}, nor another of kind {agent.kind}",
                "let a profile name it, or remove it",
                place=("agents", name),
            )


def overriding(subject: Subject) -> Iterator[Finding]:
    """Variables that the configuration sets for an agent and that decide over the model, whatever is chosen."""
    for name, agent in subject.settings.agents.items():
        for variable in agent.env:
            if overrides_model(variable):
                yield subject.finding(
                    "warning",
                    "agent-env-override",
                    f"the agent {name} is given {variable}, which decides over its model or address whatever is chosen",
                    "remove it and name the model in a profile, or the address in a provider",
                    place=("agents", name, "env", variable),
                )


def _gravity(subject: Subject, agent: str) -> Severity:
    return "error" if agent in subject.used_agents() else "warning"
