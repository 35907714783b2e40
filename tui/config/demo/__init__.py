"""The demo's files: a sample project, and a configuration in which every agent is a rehearsal."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from importlib import resources
from importlib.resources.abc import Traversable
from pathlib import Path

from tui.config.locations import PROJECT_FILE, Locations
from tui.config.trust import TrustStore

PACKED = {"modeldeck.yaml": PROJECT_FILE}
"""Names under which files are packed, for a hidden file is easily lost on the way into a package."""
HOME = "home"
"""The demo's home folder, which holds the commands that its workflows run."""


def locations(folder: Path) -> Locations:
    """The demo's places: all under ``folder``, so that nothing of the person's is touched or read."""
    return Locations(folder / "config.yaml", folder / "state", folder / "cache")


def lay_out(folder: Path, complete: Callable[[Path], None] = lambda _: None) -> Path:
    """Write the configuration and the sample project under ``folder`` and trust the project; returns its path.

    ``complete`` gets the project before it is trusted, with all that it is to hold.
    """
    places = locations(folder)
    source = resources.files("tui.config.demo")
    project = folder / "shop"
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    places.config_file.write_bytes(source.joinpath("config.yaml").read_bytes())
    (folder / HOME).mkdir(mode=0o700, exist_ok=True)
    for packed_as, target in (("project", project), (HOME, folder / HOME / ".claude")):
        for parts, packed in _files(source.joinpath(packed_as), ()):
            file = target.joinpath(*parts)
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(packed.read_bytes())
    complete(project)
    TrustStore(places.trust).trust(project)
    return project


def _files(place: Traversable, above: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], Traversable]]:
    for entry in place.iterdir():
        if entry.is_file():
            yield (*above, PACKED.get(entry.name, entry.name)), entry
        elif entry.name != "__pycache__":
            yield from _files(entry, (*above, entry.name))
