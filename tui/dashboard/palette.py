"""The command palette: every key that works here, by its description."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from textual.command import DiscoveryHit, Hit, Hits, Provider

from tui.dashboard.keymap import BY_ID, shown

LAST = frozenset({"quit", "suspend_process", "cancel", "delete", "reject"})
"""Actions that end something: below all others, so that enter alone never does one."""


class Keys(Provider):
    """One command for each binding that makes sense on the screen below."""

    def _commands(self) -> list[tuple[str, str, str]]:
        """Title, tooltip and action, with its namespace."""
        found = []
        seen = set()
        for active in self.screen.active_bindings.values():
            key = BY_ID.get(active.binding.id or "")
            if key is None or not active.enabled or key.id in seen or key.scope in ("list", "text"):
                continue
            seen.add(key.id)
            title = f"{key.description}  ({shown(active.binding.key)})"
            found.append((title, key.tooltip, f"app.{key.action}" if active.node is self.app else key.action))
        return sorted(found, key=lambda one: one[2].rpartition(".")[2] in LAST)

    async def discover(self) -> Hits:
        """Everything."""
        for title, tooltip, action in self._commands():
            yield DiscoveryHit(title, self._run(action), help=tooltip)

    async def search(self, query: str) -> Hits:
        """What matches."""
        matcher = self.matcher(query)
        for title, tooltip, action in self._commands():
            score = max(matcher.match(title), matcher.match(tooltip))
            if score > 0:
                yield Hit(score, matcher.highlight(title), self._run(action), help=tooltip)

    def _run(self, action: str) -> Callable[[], Awaitable[None]]:
        async def run() -> None:
            await self.app.run_action(action, self.screen)

        return run
