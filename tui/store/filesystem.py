"""Where a journal must not lie: SQLite's write-ahead log needs true locks, and memory shared by all who use it."""

from __future__ import annotations

import os
import re
from pathlib import Path

NETWORK = frozenset(
    {"nfs", "nfs4", "cifs", "smb3", "smbfs", "afs", "ceph", "lustre", "glusterfs", "ncpfs", "ocfs2", "gfs2", "beegfs"}
)
"""Kinds of file systems that other machines may write to at the same time; FUSE ones are told by their second name."""

NETWORK_FUSE = frozenset(
    {"fuse.sshfs", "fuse.glusterfs", "fuse.ceph", "fuse.s3fs", "fuse.rclone", "fuse.davfs", "fuse.juicefs"}
)

MOUNTS = Path("/proc/self/mountinfo")


def network_kind(path: Path, mounts: str | None = None) -> str | None:
    """The kind of the network file system that ``path`` is on; ``None`` where it is local or can't be told.

    ``mounts`` is the text of ``/proc/self/mountinfo``; without it that file is read, where there is one.
    """
    if mounts is None:
        try:
            mounts = MOUNTS.read_text(errors="surrogateescape")
        except OSError:
            return None
    place = os.path.realpath(path)
    best, kind = -1, None
    for line in mounts.splitlines():
        # "36 35 98:0 /root /mount/point rw,noatime master:1 - ext4 /dev/root rw": see proc(5).
        left, _, right = line.partition(" - ")
        words = left.split(" ")
        if len(words) < 5 or not right:
            continue
        point = re.sub(r"\\([0-7]{3})", lambda code: chr(int(code[1], 8)), words[4])
        inside = place == point or place.startswith(point.rstrip("/") + "/")
        # A later mount over the same point hides the earlier one.
        if inside and len(point) >= best:
            best, kind = len(point), right.split(" ")[0]
    return kind if kind in NETWORK or kind in NETWORK_FUSE else None
