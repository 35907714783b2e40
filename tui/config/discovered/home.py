"""Commands of the user's own, in the folders where claude and opencode look for them. They need no trust."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path

from tui.config.discovered.command import Command
from tui.config.discovered.files import Found, Kind, commands_in, stamp_of
from tui.config.discovered.part import from_home, read_command

CLAUDE: tuple[tuple[str, Kind], ...] = ((".claude/commands", "claude"),)
OPENCODE: tuple[tuple[str, Kind], ...] = (("opencode/command", "opencode"), ("opencode/commands", "opencode"))


class HomeCommands:
    """The user's own commands, read again when a file of them changes."""

    def __init__(self, home: Path, environ: Mapping[str, str]) -> None:
        config = environ.get("XDG_CONFIG_HOME", "")
        self._home = home
        self._config = Path(config) if config.startswith("/") else home / ".config"
        self._stamp: object = None
        self._read: tuple[Command, ...] = ()

    @property
    def home(self) -> Path:
        """The user's home folder."""
        return self._home

    def stamp(self) -> tuple[object, ...]:
        """Return what changes when one of the files does."""
        return stamp_of(self._files(), follow=True)

    def commands(self) -> tuple[Command, ...]:
        """Return every command, those that can't be used with their problem."""
        stamp = self.stamp()
        if stamp != self._stamp:
            found = (read_command(one, from_home) for one in self._files())
            self._read = tuple(replace(one, file=self._shown(one)) for one in found if one is not None)
            self._stamp = stamp
        return self._read

    def _files(self) -> Iterator[Found]:
        yield from commands_in(self._home, CLAUDE)
        yield from commands_in(self._config, OPENCODE)

    def _shown(self, command: Command) -> str:
        if command.kind == "claude":
            return f"~/{command.file}"
        path = self._config / command.file
        return f"~/{path.relative_to(self._home)}" if path.is_relative_to(self._home) else str(path)
