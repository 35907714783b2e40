"""The files that a command's text refers to: bounded, read below the agent's folder, through no link."""

from __future__ import annotations

import os
import stat
from dataclasses import dataclass
from pathlib import Path

from tui.core.command import Reference, StepCommand, pieces
from tui.core.errors import RequestError
from tui.core.plain import one_line

LARGEST = 200_000
"""Bytes of a file that is sent with a command."""
LARGEST_TOTAL = 400_000
"""Bytes of all of them."""
MOST_NAMES = 200
"""Names of a folder that are listed."""


@dataclass(frozen=True, slots=True)
class Expanded:
    """A command as it is sent."""

    text: str
    files: tuple[str, ...]
    """Paths that were found, as they are written."""
    absent: tuple[str, ...]
    """Paths that name nothing in the folder; their text is sent as it is written."""


def expand(command: StepCommand, given: str, root: Path) -> Expanded:
    """Return the command with its arguments filled in and the files that it refers to behind its text.

    Raises :class:`RequestError` for a file that may not, or can't, be sent, and for one that is there no more.
    """
    text: list[str] = []
    found: dict[str, str] = {}
    absent: dict[str, None] = {}
    left = LARGEST_TOTAL
    for piece in pieces(command, given):
        if isinstance(piece, str):
            text.append(piece)
            continue
        if piece.path not in found:
            content = _content(command, piece, root)
            if content is None:
                if piece.path in command.files:
                    raise _error(command, piece, "is there no more")
                absent[piece.path] = None
                text.append(piece.written)
                continue
            left -= len(content.encode())
            if left < 0:
                raise _error(command, piece, f"makes its files larger than {LARGEST_TOTAL:,} bytes in all")
            found[piece.path] = content
        text.append(piece.path)
    whole = "".join(text).strip()
    if whole.startswith("/"):  # it would be taken for a command of the agent's own
        whole = f"The command {command.name}:\n\n{whole}"
    parts = [f"--- The file {path} ---\n{content}" for path, content in found.items()]
    return Expanded("\n\n".join([whole, *parts]), tuple(found), tuple(absent))


def _content(command: StepCommand, reference: Reference, root: Path) -> str | None:
    """Return what ``reference`` names below ``root``, or ``None`` where that is nothing."""
    path = reference.path
    if path.startswith(("/", "~")) or ".." in Path(path).parts:
        raise _error(command, reference, "is outside of the project; a command may send files of the project alone")
    try:
        real = Path(os.path.realpath(root / path, strict=True))
        within = real.relative_to(os.path.realpath(root, strict=True))
    except ValueError:
        raise _error(command, reference, "leads out of the project by a link") from None
    except OSError:
        return None
    try:
        descriptor = _open(root, within)
    except OSError as error:
        raise _error(command, reference, f"can't be read: {error.strerror}") from None
    try:
        content = _read(descriptor)
    finally:
        os.close(descriptor)
    if content is None:
        raise _error(command, reference, "is neither a file nor a folder")
    if len(content) > LARGEST:
        raise _error(command, reference, f"is larger than {LARGEST:,} bytes")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise _error(command, reference, "is not text in UTF-8; attach it to the run instead") from None


def _open(root: Path, within: Path) -> int:
    """Open ``within``, one folder after the other, so that no link that is put there meanwhile is followed."""
    flags = os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK
    descriptor = os.open(os.path.realpath(root), flags | os.O_DIRECTORY)
    for part in within.parts:
        try:
            below = os.open(part, flags | os.O_NOFOLLOW, dir_fd=descriptor)
        finally:
            os.close(descriptor)
        descriptor = below
    return descriptor


def _read(descriptor: int) -> bytes | None:
    """Return a file's bytes, one more than may be sent at most, or a folder's names; ``None`` for anything else."""
    mode = os.fstat(descriptor).st_mode
    if stat.S_ISDIR(mode):
        names = sorted(os.listdir(descriptor))
        more = [f"and {len(names) - MOST_NAMES} more"] if len(names) > MOST_NAMES else []
        return "\n".join([*names[:MOST_NAMES], *more]).encode("utf-8", "replace")
    if not stat.S_ISREG(mode):
        return None
    parts, left = [], LARGEST + 1
    while left > 0 and (part := os.read(descriptor, left)):
        parts.append(part)
        left -= len(part)
    return b"".join(parts)


def _error(command: StepCommand, reference: Reference, why: str) -> RequestError:
    path = one_line(reference.path, 120)
    return RequestError(f"the command {command.name} ({command.file}) refers to @{path}, which {why}", field="command")
