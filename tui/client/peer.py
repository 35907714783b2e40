"""Who is at the other end of a Unix socket, by the kernel's word: asked before the first byte is sent."""

from __future__ import annotations

import contextlib
import socket
import struct
from dataclasses import dataclass
from pathlib import Path

_SO_PEERCRED: int | None = getattr(socket, "SO_PEERCRED", None)
_UCRED = struct.Struct("iII")
"""Linux: pid, uid, gid."""

# <sys/un.h> of macOS, which Python does not name: level SOL_LOCAL, options LOCAL_PEERCRED (struct xucred: version, uid,
# groups) and LOCAL_PEERPID. FreeBSD has the same LOCAL_PEERCRED.
_SOL_LOCAL = 0
_LOCAL_PEERCRED = 1
_LOCAL_PEERPID = 2
_XUCRED = struct.Struct("=II")


@dataclass(frozen=True, slots=True)
class Peer:
    """The process that listens at a socket; ``pid`` is ``None`` where the system does not tell."""

    uid: int
    pid: int | None


def peer(connected: socket.socket) -> Peer:
    """Who listens at the other end of ``connected``. Raises :class:`OSError` if it is gone already."""
    if _SO_PEERCRED is not None:
        pid, uid, _ = _UCRED.unpack(connected.getsockopt(socket.SOL_SOCKET, _SO_PEERCRED, _UCRED.size))
        return Peer(uid, pid)
    _, uid = _XUCRED.unpack_from(connected.getsockopt(_SOL_LOCAL, _LOCAL_PEERCRED, 128))
    with contextlib.suppress(OSError):
        return Peer(uid, *struct.unpack("i", connected.getsockopt(_SOL_LOCAL, _LOCAL_PEERPID, 4)))
    return Peer(uid, None)


def listener(path: Path, *, limit: float = 5.0) -> Peer | None:
    """Who listens at the socket ``path`` now; ``None`` if nobody does. Sends nothing."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as probe:
        probe.settimeout(limit)
        try:
            probe.connect(str(path))
            return peer(probe)
        except (FileNotFoundError, ConnectionRefusedError):
            return None
