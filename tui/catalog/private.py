"""Files in the cache folder: for their owner alone, and whole or not there."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path


def keep(file: Path, content: bytes) -> None:
    """Put ``content`` into ``file`` (0600), by way of a new file that takes its place. Raises ``OSError``."""
    file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    part = file.with_name(f"{file.name}.{os.getpid()}.part")
    with suppress(FileNotFoundError):
        part.unlink()
    opened = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
    with os.fdopen(opened, "wb") as out:
        out.write(content)
    part.replace(file)


def kept(file: Path, largest: int) -> bytes | None:
    """What ``file`` holds; ``None`` where there is none that can be read, it is a link, or it is larger than that."""
    try:
        opened = os.open(file, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    except OSError:
        return None
    with os.fdopen(opened, "rb") as source:
        try:
            content = source.read(largest + 1)
        except OSError:
            return None
    return content if len(content) <= largest else None
