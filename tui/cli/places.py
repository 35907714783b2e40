"""Where this command runs: the person's files, environment and project. The one place that looks them up."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from tui.config.locations import Locations, project_of

if TYPE_CHECKING:
    from tui.client.client import ExecutorClient


def locations() -> Locations:
    """The person's files."""
    return Locations.of(os.environ, Path.home())


def project(named: str | None) -> Path:
    """The folder that was named, as it stands, else the project around the present folder."""
    return Path(named).expanduser().resolve() if named else project_of(Path.cwd())


def client() -> ExecutorClient:
    """A client of the person's executor; nothing is connected yet."""
    from tui.client.client import ExecutorClient  # noqa: PLC0415  (httpx and pydantic)

    return ExecutorClient(locations(), handed=os.environ)
