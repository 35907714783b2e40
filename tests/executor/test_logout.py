"""What the machine's own files say of work after a logout."""

from __future__ import annotations

import os
import pwd
from pathlib import Path

import pytest

from tests.executor.conftest import House
from tui.executor.logout import at_logout

UID = os.getuid()
USER = pwd.getpwuid(UID).pw_name
SESSION = f"0::/user.slice/user-{UID}.slice/session-3.scope\n"
MANAGED = f"0::/user.slice/user-{UID}.slice/user@{UID}.service/app.slice/term.scope\n"
YES = "[Login]\nKillUserProcesses=yes\nKillExcludeUsers=\n"


def machine(root: Path, group: str, **files: str) -> Path:
    (root / "run/systemd/system").mkdir(parents=True)
    named = {"main": "etc/systemd/logind.conf", "etc_part": "etc/systemd/logind.conf.d/50-mine.conf"}
    named |= {"lib_part": "usr/lib/systemd/logind.conf.d/10-theirs.conf", "linger": f"var/lib/systemd/linger/{USER}"}
    named |= {"lib_same": "usr/lib/systemd/logind.conf.d/50-mine.conf", "group": "proc/self/cgroup"}
    for name, content in {**files, "group": group}.items():
        file = root / named[name]
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(content)
    return root


CASES = [
    ("usual", SESSION, {"main": "[Login]\n#KillUserProcesses=no\n"}, "goes on"),
    ("nothing-said", SESSION, {}, "goes on"),
    ("kills", SESSION, {"main": YES}, "systemd-run --user --scope"),
    ("kills-by-a-part", SESSION, {"main": "[Login]\nKillUserProcesses=no\n", "lib_part": YES}, "ends with the logout"),
    ("later-part-wins", SESSION, {"lib_part": YES, "etc_part": "[Login]\nKillUserProcesses = off\n"}, "goes on"),
    ("hidden-part", SESSION, {"lib_same": YES, "etc_part": ""}, "goes on"),
    ("other-section", SESSION, {"main": "[Manager]\nKillUserProcesses=yes\n"}, "goes on"),
    ("not-this-user", SESSION, {"main": YES + "KillOnlyUsers=nobody-else\n"}, "goes on"),
    ("excluded", SESSION, {"main": YES + f"KillExcludeUsers={USER}\n"}, "goes on"),
    ("manager", MANAGED, {}, f"enable-linger {USER}"),
    ("manager-lingers", MANAGED, {"linger": "", "main": YES}, "lingers"),
    ("a-service", "0::/system.slice/box.service\n", {"main": YES}, "goes on"),
    ("rubbish", SESSION, {"main": "\x00\xff=[[\n=\nKillUserProcesses\n"}, "goes on"),
]


@pytest.mark.parametrize(("group", "files", "says"), [case[1:] for case in CASES], ids=[case[0] for case in CASES])
def test_it_says_what_becomes_of_work(tmp_path: Path, group: str, files: dict[str, str], says: str) -> None:
    assert says in at_logout(UID, machine(tmp_path, group, **files))


def test_without_systemd_nothing_ends_it(tmp_path: Path) -> None:
    assert "goes on" in at_logout(UID, tmp_path)


def test_a_pipe_in_the_place_of_a_file_is_not_waited_for(tmp_path: Path) -> None:
    root = machine(tmp_path, SESSION)
    (root / "etc/systemd/logind.conf.d").mkdir(parents=True)
    os.mkfifo(root / "etc/systemd/logind.conf.d/a.conf")
    assert "goes on" in at_logout(UID, root)


async def test_the_status_tells_it(house: House) -> None:
    status = (await house.list("status")).status
    assert status is not None
    assert "logout" in (status.logout or "")
