"""Where in which file the configuration says something, so that a view or a finding can point at it."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from tui.config.document import Document, Place, read_document
from tui.config.locations import PROJECT_FILE
from tui.config.substeps import places
from tui.core.errors import ConfigError
from tui.core.items import Layer


@dataclass(frozen=True)
class Said:
    """The topmost layer that says something, and where; the shipped settings are no file."""

    layer: Layer = "shipped"
    file: str | None = None
    line: int | None = None


@dataclass(frozen=True)
class Sources:
    """The files in force, the topmost first."""

    documents: tuple[tuple[Layer, Document], ...]

    @classmethod
    def read(cls, config_file: Path, folder: Path | None) -> Sources:
        """The person's file and that of ``folder``, a trusted one; what is missing or can't be read is left out."""
        files: list[tuple[Layer, Path, bool]] = [("user", config_file, True)]
        if folder is not None:
            files.insert(0, ("project", folder / PROJECT_FILE, False))
        found: list[tuple[Layer, Document]] = []
        for layer, file, follow in files:
            with suppress(ConfigError):
                document = read_document(file, follow=follow)
                if document is not None:
                    found.append((layer, document))
        return cls(tuple(found))

    def of(self, place: Place) -> Said:
        """Who says what stands at ``place``; nobody's file for what is shipped."""
        for layer, document in self.documents:
            if document.holds(place):
                return Said(layer, document.name, document.line(place))
        return Said()

    def steps(self, workflow: str, count: int) -> tuple[Place, ...]:
        """Where each of ``count`` steps of ``workflow`` stands: its stage or its substep, as the files alone know."""
        place = ("workflows", workflow, "stages")
        found = next((places(document.at(place)) for _, document in self.documents if document.holds(place)), ())
        return tuple((*place, *(found[index] if index < len(found) else (index,))) for index in range(count))

    def near(self, place: Place) -> Said:
        """The same; for something that is left out, who says what it is left out of."""
        for length in range(len(place), 1, -1):
            said = self.of(place[:length])
            if said.file is not None:
                return said
        return self.of(place)
