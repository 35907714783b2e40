"""The demo's project, as the command lays it out."""

from __future__ import annotations

import fcntl
import os
import subprocess
from pathlib import Path

from tui.cli.demo import make_repository
from tui.config.demo import HELD, PREFIX, hold, lay_out, left_over, locations
from tui.config.trust import TrustStore


def test_the_project_is_a_repository_with_one_commit_and_trusted_as_such(tmp_path: Path) -> None:
    environ = {"PATH": os.environ["PATH"], "HOME": str(tmp_path)}
    project = lay_out(tmp_path / "demo", lambda shop: make_repository(shop, environ))
    said = subprocess.run(
        ["git", "status", "--porcelain", "--branch"],
        cwd=project,
        env=environ,
        capture_output=True,
        text=True,
        check=True,
    )
    assert len(said.stdout.splitlines()) == 1, "everything is committed"
    assert (project / ".git" / "refs").is_dir()
    assert TrustStore(locations(tmp_path / "demo").trust).state(project).trusted


def test_without_git_the_project_is_there_all_the_same(tmp_path: Path) -> None:
    project = lay_out(tmp_path / "demo", lambda shop: make_repository(shop, {"PATH": str(tmp_path)}))
    assert not (project / ".git").exists()
    assert (project / "README.md").is_file()


def test_a_demo_is_left_over_when_neither_it_nor_its_executor_is_there(tmp_path: Path) -> None:
    folder = tmp_path / f"{PREFIX}x"
    lay_out(folder)
    handle = hold(folder)
    os.utime(folder, (0, 0))
    assert left_over(tmp_path) == ()
    os.close(handle)
    assert left_over(tmp_path) == (folder,)
    with locations(folder).lock.open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        assert left_over(tmp_path) == ()
    os.utime(folder)
    assert left_over(tmp_path) == (), "it may be laid out just now"
    (folder / HELD).unlink()
    os.utime(folder, (0, 0))
    assert left_over(tmp_path) == (), "it is no demo"
