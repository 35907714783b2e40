"""Whether work survives the end of the person's login, read from how this machine is set up. Nothing is run for it.

systemd-logind ends processes in two ways that no detaching helps against, for both go by control group: the user's own
service manager ends with the last login unless the user lingers, and with ``KillUserProcesses=yes`` so does all that a
login started. Anywhere else nothing ends a process that has a session of its own, as executor and attempts have.
"""

from __future__ import annotations

import pwd
from collections.abc import Iterator
from pathlib import Path

from tui.config.document import read_bounded

LARGEST = 1 << 16
"""Bytes of a file that is read."""
_FOLDERS = ("etc/systemd", "run/systemd", "usr/local/lib/systemd", "usr/lib/systemd", "lib/systemd")
"""Where systemd's own files are looked for, the first one first."""


def at_logout(uid: int, root: Path = Path("/")) -> str:
    """Whether work of the user ``uid`` goes on after a logout, in one sentence, and what to do if it does not."""
    if not (root / "run/systemd/system").is_dir():
        return "work goes on after a logout: nothing here ends processes then"
    group, user = _text(root / "proc/self/cgroup"), _name(uid)
    if f"user@{uid}.service" in group:
        if (root / "var/lib/systemd/linger" / user).exists():
            return f"work goes on after a logout: {user} lingers"
        return f"work ends with the last logout; to let it go on: loginctl enable-linger {user}"
    if "session-" not in group or not _kills(user, root):
        return "work goes on after a logout"
    return (
        "work ends with the logout (KillUserProcesses=yes in logind.conf); to let it go on: "
        f"loginctl enable-linger {user}, and start the executor with systemd-run --user --scope modeldeck executor run"
    )


def _kills(user: str, root: Path) -> bool:
    """Whether logind kills what a login of ``user`` started."""
    said = {"KillUserProcesses": "no", "KillOnlyUsers": "", "KillExcludeUsers": "root"}
    for file in _files(root):
        section = ""
        for line in map(str.strip, _text(file).splitlines()):
            name, is_setting, value = line.partition("=")
            if line.startswith("["):
                section = line
            elif is_setting and section == "[Login]" and name.strip() in said:
                said[name.strip()] = value.strip()
    only, exempt = said["KillOnlyUsers"].split(), said["KillExcludeUsers"].split()
    wanted = said["KillUserProcesses"].lower() in ("yes", "true", "on", "1", "y", "t")
    return wanted and user not in exempt and (not only or user in only)


def _files(root: Path) -> Iterator[Path]:
    """Settings of logind, in the order in which they count, the last one most: as systemd has it."""
    main = (root / folder / "logind.conf" for folder in _FOLDERS)
    yield from [file for file in main if file.is_file()][:1]
    parts: dict[str, Path] = {}
    for folder in reversed(_FOLDERS):  # one of the same name in an earlier folder takes the other's place
        parts |= {file.name: file for file in (root / folder / "logind.conf.d").glob("*.conf")}
    yield from (parts[name] for name in sorted(parts))


def _text(file: Path) -> str:
    """What ``file`` says, nothing where it can't be read."""
    said = read_bounded(file, LARGEST, follow=True)
    return said.decode("utf-8", "replace") if isinstance(said, bytes) else ""


def _name(uid: int) -> str:
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return str(uid)
