"""Where this command runs: the person's files, environment and project. The one place that looks them up."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from tui.cli import show
from tui.config.locations import Locations, project_of
from tui.core.errors import RequestError

if TYPE_CHECKING:
    from tui.client.client import ExecutorClient


def locations() -> Locations:
    """The person's files."""
    return Locations.of(os.environ, Path.home())


def project(named: str | None) -> Path:
    """The folder that was named, as it stands, else the project around the present folder.

    Raises :class:`RequestError` where there is none, or where its name can't stand in a request.
    """
    try:
        found = Path(named).expanduser().resolve() if named else project_of(Path.cwd())
        str(found).encode()
    except FileNotFoundError:
        raise RequestError("The folder you are in is gone; go to another one", field="project") from None
    except UnicodeEncodeError:
        raise RequestError(f"The folder {str(found)!r} has a name that is not UTF-8 text; rename it") from None
    except RuntimeError:  # the home of a user who is none, or links in a circle
        raise RequestError(f"The folder {named} can't be found", field="project") from None
    return found


def client() -> ExecutorClient:
    """A client of the person's executor; nothing is connected yet."""
    from tui.client.client import ExecutorClient  # noqa: PLC0415  (httpx and pydantic)

    return ExecutorClient(locations(), handed=os.environ, warn=show.note, one_command=True)
