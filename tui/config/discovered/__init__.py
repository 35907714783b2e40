"""What a project's own files offer beside its ``.modeldeck.yaml``: commands, and registries of agents and pipelines.

They are other programs' files: a bad one is told of and takes nothing down, what it said before stays in force.
"""

from __future__ import annotations

from tui.config.discovered.command import Command
from tui.config.discovered.files import Found, found_in, is_loaded, stamp
from tui.config.discovered.home import HomeCommands
from tui.config.discovered.join import Joined, joined
from tui.config.discovered.part import Discovered, Part, discover, from_disk

__all__ = [
    "Command",
    "Discovered",
    "Found",
    "HomeCommands",
    "Joined",
    "Part",
    "discover",
    "found_in",
    "from_disk",
    "is_loaded",
    "joined",
    "stamp",
]
