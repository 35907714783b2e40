"""Keys that a lagging line sends twice, or a finger hits by mistake: they cost nothing."""

from __future__ import annotations

from collections.abc import Callable


class Stray:
    """Remembers the last deliberate key. ``clock`` counts seconds and never goes back."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self.clock = clock
        self._asked: tuple[str, float] | None = None
        self._done: tuple[str, float] | None = None

    def confirmed(self, what: str, within: float = 4.0) -> bool:
        """Whether this is the second time that ``what`` is wanted; the first time asks."""
        asked, self._asked = self._asked, (what, self.clock())
        if asked is not None and asked[0] == what and self.clock() - asked[1] <= within:
            self._asked = None
            return True
        return False

    def forget(self) -> None:
        """What was asked for is wanted no more."""
        self._asked = None

    def doubled(self, what: str, within: float = 1.0) -> bool:
        """Whether ``what`` was done a moment ago already, so that this one is to be ignored."""
        done = self._done
        if done is not None and done[0] == what and self.clock() - done[1] < within:
            return True
        self._done = (what, self.clock())
        return False
