"""What is around the configuration: the shell's variables and the providers' lists. Names alone, never a value."""

from __future__ import annotations

from collections.abc import Iterator

from tui.agents.environment import overrides_model
from tui.core.items import Finding
from tui.executor.check.subject import Subject


def overriding(subject: Subject) -> Iterator[Finding]:
    """Variables of the shell that would decide over the model."""
    for name in sorted(subject.variables):
        if overrides_model(name):
            yield subject.finding(
                "warning",
                "environment-override",
                f"{name} is set here and decides over the model or its address; agents started by Modeldeck don't get "
                "it, one that you start yourself does",
                f"unset {name}",
            )


def missing(subject: Subject) -> Iterator[Finding]:
    """Variables that the configuration mentions and that nobody has."""
    for name in sorted(subject.project.loaded.env_names - subject.variables):
        yield subject.finding(
            "warning",
            "variable-missing",
            f"the configuration mentions the variable {name}, which is not set here and was not handed over",
            f"set {name} in the shell, then run: modeldeck executor env --hand-over",
        )


def unapproved(subject: Subject) -> Iterator[Finding]:
    """Variables that the project names and the user did not approve for it."""
    for name in sorted(subject.project.loaded.unapproved):
        yield subject.finding(
            "warning",
            "variable-unapproved",
            f"the project names the variable {name}, which you did not approve for it, so it is not handed over",
            f"look at the folder and approve it: modeldeck trust {subject.project.folder}",
        )


def unread(subject: Subject) -> Iterator[Finding]:
    """Lists of models that could not be read."""
    for provider in subject.catalog:
        if provider.list == "failed" and provider.usable:
            place = ("providers", provider.id)
            yield subject.finding(
                "warning",
                "list-unread",
                f"the model list of {provider.id} could not be read: {provider.error or 'nobody says why'}",
                "correct its address or key, or list its models by hand",
                place=place if subject.written(place) else None,
            )
