"""Aliases that lead to themselves."""

from __future__ import annotations

from collections.abc import Iterator

from tui.core.items import Finding
from tui.core.resolver.aliases import shipped, value_of
from tui.core.resolver.written import MalformedError
from tui.core.settings import Settings
from tui.executor.check.subject import Subject


def cycles(subject: Subject) -> Iterator[Finding]:
    """Each cycle once, where its first alias stands."""
    for names in _cycles(subject.settings):
        yield subject.finding(
            "error",
            "alias-cycle",
            f"the aliases go in a cycle: {' -> '.join((*names, names[0]))}",
            "let one of them name a model",
            place=("aliases", names[0]),
        )


def in_cycles(settings: Settings) -> frozenset[str]:
    """The case-folded names that lead into a cycle."""
    turning = {name.casefold() for names in _cycles(settings) for name in names}
    return frozenset(
        name.casefold() for name in settings.aliases if turning & {one.casefold() for one in _path(name, settings)}
    )


def _cycles(settings: Settings) -> Iterator[tuple[str, ...]]:
    told: set[frozenset[str]] = set()
    for name in settings.aliases:
        path = _path(name, settings)
        folded = [one.casefold() for one in path]
        if folded[-1] in folded[:-1]:
            start = folded.index(folded[-1])
            members = frozenset(folded[start:])
            if members not in told:
                told.add(members)
                yield tuple(path[start:-1])


def _path(name: str, settings: Settings) -> list[str]:
    """The aliases from ``name`` on; the last is no alias, or one that was passed already."""
    path = [name]
    while "/" not in path[-1]:
        try:
            value = value_of(path[-1], settings)
        except MalformedError:
            break
        if value is None or shipped(path[-1], value):
            break
        passed = value.casefold() in {one.casefold() for one in path}
        path.append(value)
        if passed:
            break
    return path
