"""Which Pythons are used: those that ``tests.pythons`` finds, and the one of ``.venv``."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.pythons import Interpreter, identify, interpreters, usual_folders

ROOT = Path(__file__).parents[2]
HERE = "{}.{}.{}".format(*sys.version_info[:3])


def script(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(0o755)
    return path


def speaks_as(version: tuple[int, int, int], *, stable: bool = True, name: str = "cpython") -> str:
    lines = "\\n".join([*map(str, version), str(int(stable)), name, "/opt/other"])
    return f"printf '{lines}\\n'"


def test_of_each_version_the_first_that_works_is_found(tmp_path: Path) -> None:
    shims, usual, late = tmp_path / "shims", tmp_path / "usual", tmp_path / "late"
    script(shims / "python3.12", "echo 'pyenv: python3.12: command not found' >&2; exit 127")
    script(shims / "python3.13", "echo rubbish")
    script(shims / "python3.14", "exec /nonexistent/python")
    script(shims / "python3.9", speaks_as((3, 9, 18)))
    (shims / "python3.15").write_text("not executable")
    (shims / "python3").symlink_to(tmp_path / "gone")
    good = script(usual / "python3.12", speaks_as((3, 12, 7)))
    script(usual / "python3.12-config", speaks_as((3, 19, 0)))
    script(usual / "python3.15", speaks_as((3, 15, 0), stable=False))
    script(usual / "python3.16", speaks_as((3, 16, 0), name="pypy"))
    script(late / "python3.12", speaks_as((3, 12, 1)))
    later = script(late / "python3", speaks_as((3, 13, 0)))
    assert interpreters([shims, tmp_path / "no folder", usual, late]) == [
        Interpreter(good, (3, 12, 7), "/opt/other"),
        Interpreter(later, (3, 13, 0), "/opt/other"),
    ]


def test_pyenvs_versions_come_after_the_path_the_newest_first(tmp_path: Path) -> None:
    for name in ("3.9.18", "3.12.10", "3.12.9", "3.13.0"):
        (tmp_path / ".pyenv/versions" / name / "bin").mkdir(parents=True)
    folders = usual_folders({"HOME": str(tmp_path), "PATH": "/a::/b"})
    names = [str(folder).removeprefix(f"{tmp_path}/.pyenv/versions/") for folder in folders]
    assert names == ["/a", "/b", "3.13.0/bin", "3.12.10/bin", "3.12.9/bin", "3.9.18/bin"]
    (tmp_path / "own/versions/3.14.0/bin").mkdir(parents=True)
    elsewhere = usual_folders({"HOME": str(tmp_path), "PYENV_ROOT": str(tmp_path / "own"), "PATH": "/a"})
    assert elsewhere == [Path("/a"), tmp_path / "own/versions/3.14.0/bin"]


def test_the_python_that_tests_is_identified() -> None:
    found = identify(Path(sys.executable))
    assert found is not None
    assert (str(found), found.prefix) == (HERE, sys.base_prefix)


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    """A clone whose ``.venv`` is up to date, made by the Python that tests."""
    clone = tmp_path / "clone"
    clone.mkdir()
    for name in ("Makefile", "pyproject.toml", "requirements.lock"):
        shutil.copy(ROOT / name, clone)
    (clone / ".venv/bin").mkdir(parents=True)
    (clone / ".venv/bin/python").symlink_to(sys.executable)
    for name in ("run", "dev"):
        (clone / ".venv" / name).touch()
    return clone


def plan(clone: Path, *args: str) -> subprocess.CompletedProcess[str]:
    """What ``make`` would do, without doing it."""
    env = {"PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"}
    return subprocess.run(
        ["make", "-n", *args], cwd=clone, env=env, capture_output=True, text=True, check=False, timeout=60
    )


def test_a_venv_is_kept_where_no_python_or_its_own_is_asked_for(clone: Path) -> None:
    for args in ((), (f"PYTHON={sys.executable}",)):
        done = plan(clone, "test", *args)
        assert done.returncode == 0, done.stderr
        assert "rm -rf .venv" not in done.stdout
        assert "-m pytest" in done.stdout


def test_a_venv_of_another_python_is_made_again(clone: Path, tmp_path: Path) -> None:
    other = script(tmp_path / "other", "echo 3.99.0 /opt/other")
    out = plan(clone, "test", f"PYTHON={other}").stdout
    assert f"rm -rf .venv && {other} -m venv .venv" in out
    assert out.index("rm -rf .venv") < out.index("install") < out.index("-m pytest")


@pytest.mark.parametrize("broken", ["bin/python", "run"])
def test_a_venv_that_is_broken_or_unfinished_is_made_again(clone: Path, broken: str) -> None:
    (clone / ".venv" / broken).unlink()
    assert "rm -rf .venv &&" in plan(clone, "test").stdout


def test_a_python_that_is_none_gets_a_sentence_and_the_venv_stays(clone: Path, tmp_path: Path) -> None:
    old = script(tmp_path / "old", "exit 0")  # what one that is too old says to the question
    for name in ("/nonexistent/python3", str(old)):
        done = subprocess.run(
            ["make", "test", f"PYTHON={name}"], cwd=clone, capture_output=True, text=True, check=False, timeout=60
        )
        assert done.returncode != 0
        assert f"Modeldeck needs Python 3.11 or later; {name} is none" in done.stderr
        assert (clone / ".venv/bin/python").is_symlink()
