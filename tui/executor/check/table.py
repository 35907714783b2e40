"""All checks, by name: what each finds is told by its function."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from tui.core.items import Finding
from tui.executor.check import agents, commands, files, pins, selectors, surroundings, work
from tui.executor.check.subject import Subject

CHECKS: Mapping[str, Callable[[Subject], Iterator[Finding]]] = {
    "untrusted project": files.untrusted,
    "doubtful names": files.doubts,
    "theme": files.theme,
    "models that are not there": selectors.unresolved,
    "tags": selectors.tags,
    "retirement": selectors.endings,
    "models without proof": selectors.doubted,
    "alias cycles": selectors.cycles,
    "agents and their models": work.reach,
    "vision": work.vision,
    "profiles": work.unresolved_profiles,
    "steps": work.unresolved_steps,
    "questions": work.asking,
    "stages": work.preferences,
    "commands": agents.commands,
    "slash commands": commands.clashes,
    "kinds of agents": agents.kinds,
    "agents' providers": agents.providers,
    "unused agents": agents.unused,
    "agents' variables": agents.overriding,
    "variables of the shell": surroundings.overriding,
    "missing variables": surroundings.missing,
    "variables that were not approved": surroundings.unapproved,
    "lists of models": surroundings.unread,
    "agents' own settings": pins.pinned,
}


def findings(subject: Subject) -> tuple[Finding, ...]:
    """What all checks find, errors first, then by file and line."""
    found = [finding for check in CHECKS.values() for finding in check(subject)]
    told = {one.place for one in found if one.severity == "error" and one.code != "unresolved-step" and one.place}
    rest = [one for one in found if one.code != "unresolved-step" or not _told_within(one.place or "", told)]
    return tuple(sorted(rest, key=lambda one: (one.severity != "error", one.file or "~", one.line or 0)))


def _told_within(place: str, told: set[str]) -> bool:
    """Whether something in ``place`` is told already; then it says more than that the step can't start."""
    return any(one.startswith(f"{place}.") for one in told)
