"""Files that a person names to go with the work."""

from __future__ import annotations

import mimetypes
from pathlib import Path

from tui.core.errors import RequestError
from tui.core.resolution import Attachment


def attachment(name: str, folder: Path | None = None) -> Attachment:
    """The file ``name``, from ``folder`` or from where one is; a picture asks for vision.

    Raises :class:`RequestError` where there is no such file.
    """
    try:
        path = ((folder or Path()) / Path(name).expanduser()).resolve()
    except RuntimeError:  # the home of a user who is none, or links in a circle
        path = None
    if path is None or not path.is_file():
        raise RequestError(f"There is no file {name} to attach", field="attachments")
    kind, _ = mimetypes.guess_type(path.name)
    return Attachment(str(path), "image" if (kind or "").startswith("image/") else "file")
