"""What a folder would run, contact or redirect if it were trusted, as sentences for a person. It is only read."""

from __future__ import annotations

from pathlib import Path


def would_run(folder: Path) -> tuple[str, ...]:
    """The sentences for ``folder``, a real path."""
    return ()
