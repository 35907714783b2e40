"""Keys that follow each other so closely that they were typed in one go: what began with another intent starts nothing.

A key that does nothing, or opens nothing, ends the use of its burst: the rest was meant for what it would have opened,
and as keys of their own the letters could start something.
"""

from __future__ import annotations

from collections.abc import Callable

GAP = 0.5
"""Seconds without a key after which what is typed is a new burst."""

SHOWN = {"enter": "⏎", "space": " ", "tab": "⇥"}
"""How keys that are no letters are shown among those that are."""

_LENGTH = 40
"""Characters shown of what was thrown away."""


class Burst:
    """The keys since the last pause."""

    def __init__(self) -> None:
        self.number = 0
        self.intents: list[object] = []
        """The screen of each of its keys that did something, beside moving about."""
        self._dead: str | None = None
        """Why the rest is thrown away; ``None`` while it is not."""
        self._where: object = None
        """The screen on which it is."""
        self._dropped = ""
        self._last = float("-inf")

    def key(self, at: float) -> None:
        """Take in a key that was pressed at ``at`` seconds; after a pause it begins a new burst."""
        if at - self._last > GAP:
            self.number += 1
            self.intents, self._dead, self._dropped = [], None, ""
        self._last = at

    def mixed(self, still_there: Callable[[object], bool]) -> bool:
        """Whether its newest key that did something came after others that did not just lead to its screen."""
        *before, newest = self.intents or [None]
        return any(one is newest or not still_there(one) for one in before)

    def dies(self, where: object, why: str) -> None:
        """Throw the rest of it away while the screen ``where`` is the one that hears keys."""
        self._where, self._dead = where, why

    def dead(self, where: object) -> bool:
        """Whether a key of it that the screen ``where`` hears is thrown away."""
        if self._where is not where:
            self._dead = None  # something has opened, if late
        return self._dead is not None

    def drop(self, key: str, character: str | None) -> str:
        """Throw a key away; the answer says what was thrown away so far and why."""
        self._dropped += as_shown(key, character)
        return f"{self._dead}; thrown away: {self._dropped[-_LENGTH:]}"


def as_shown(key: str, character: str | None) -> str:
    """Return a key as it is shown among letters."""
    return SHOWN.get(key) or (character if character and character.isprintable() else f"<{key}>")
