"""Aliases that lead to themselves."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from tui.core.resolver.aliases import shipped, value_of
from tui.core.resolver.written import MalformedError
from tui.core.settings import Settings


def cycles_of(settings: Settings) -> tuple[tuple[str, ...], ...]:
    """Every cycle, from its first alias on."""
    return tuple(_cycles(_nexts(settings)))


def into_cycles(settings: Settings) -> frozenset[str]:
    """The case-folded names that lead into a cycle."""
    nexts = _nexts(settings)
    turning = {name for names in _cycles(nexts) for name in names}
    before: dict[str, list[str]] = {}
    for name, following in nexts.items():
        before.setdefault(following, []).append(name)
    waiting = list(turning)
    while waiting:
        found = [name for name in before.get(waiting.pop(), ()) if name not in turning]
        turning.update(found)
        waiting += found
    return frozenset(name.casefold() for name in turning)


def _cycles(nexts: Mapping[str, str]) -> Iterator[tuple[str, ...]]:
    """Every cycle; each alias is passed once, however long the chains are."""
    walk_of: dict[str, str] = {}
    for start in nexts:
        path: list[str] = []
        name: str | None = start
        while name is not None and name not in walk_of:
            walk_of[name] = start
            path.append(name)
            name = nexts.get(name)
        if name is not None and walk_of[name] == start:
            yield tuple(path[path.index(name) :])


def _nexts(settings: Settings) -> dict[str, str]:
    """For each alias that stands for another one, which one."""
    folded: dict[str, str] = {}
    for name in settings.aliases:
        folded.setdefault(name.strip().casefold(), name)
    nexts = {}
    for name in settings.aliases:
        try:
            value = value_of(name, settings)
        except MalformedError:
            continue
        if value is None or "/" in value or shipped(name, value):
            continue
        following = value if value in settings.aliases else folded.get(value.casefold())
        if following is not None:
            nexts[name] = following
    return nexts
