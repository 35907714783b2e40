"""All keys, with what they do; one's own keys in place of the shipped ones."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tui.dashboard.keymap import KEYS, SCOPES, shown
from tui.dashboard.row import Row
from tui.dashboard.screens.text import TextScreen

if TYPE_CHECKING:
    from tui.dashboard.desk import Desk


class HelpScreen(TextScreen):
    """The key table, by where the keys work."""

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk, Row(" Keys", "strong").add("   change one by its id under keymap: in the config", "dim"))

    def rows(self, width: int) -> list[Row]:
        """One row a key."""
        rows = []
        for scope, name in SCOPES.items():
            rows += [Row(), Row(f" {name}", "accent")]
            for key in KEYS:
                if key.scope == scope:
                    row = Row("   ").add(shown(self.desk.keys.get(key.id, key.keys)), "key").to(16)
                    row.add(key.tooltip)
                    rows.append((row.right(Row(key.id, "dim"), width) if width >= 96 else row).cut(width))
        return rows
