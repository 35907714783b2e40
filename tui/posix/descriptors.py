"""File descriptors: how many this process may have, and what to do when there are none left for a while."""

from __future__ import annotations

import contextlib
import errno
import resource

SHORTAGES = frozenset({errno.EMFILE, errno.ENFILE, errno.ENOMEM, errno.ENOBUFS, errno.EINTR})
"""Errors that say what the machine lacks now and may have a moment later, and nothing about the file or process."""
WANTED = 4096
"""Descriptors that an executor asks for; more than any amount of work needs, so that a leak is still noticed."""

_given: int | None = None
"""The soft limit that this process was started with, once it was raised."""


def is_shortage(error: BaseException) -> bool:
    """Whether ``error`` says that the machine lacks something for now."""
    return isinstance(error, OSError) and error.errno in SHORTAGES


def raise_limit(wanted: int = WANTED) -> int:
    """Raise the soft limit towards ``wanted``, as far as the hard one allows; return what it is now.

    Programs that call ``select`` or close every possible descriptor rely on a low one, so children get the old one
    back: the shim by :func:`for_children`, other programs by :func:`give_back`.
    """
    global _given  # noqa: PLW0603 - a property of the process, as its umask is
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    raised = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
    if soft == resource.RLIM_INFINITY or soft >= raised:
        return wanted if soft == resource.RLIM_INFINITY else soft
    resource.setrlimit(resource.RLIMIT_NOFILE, (raised, hard))
    _given = _given or soft
    return raised


def for_children() -> int | None:
    """Return the soft limit that children are to have; ``None``: the one that they inherit."""
    return _given


def give_back(pid: int) -> None:
    """Set the soft limit of the child ``pid``, which was just started, to the old one, where the system can do that."""
    if _given is not None and hasattr(resource, "prlimit"):
        with contextlib.suppress(OSError):  # it has ended
            hard = resource.prlimit(pid, resource.RLIMIT_NOFILE)[1]
            resource.prlimit(pid, resource.RLIMIT_NOFILE, (_given, hard))
