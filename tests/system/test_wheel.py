"""What is built is whole: the wheel, installed where nothing of the checkout can be seen, starts and shows the demo."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import pytest

from tests.system.terminal import Terminal, of_folder

ROOT = Path(__file__).parents[2]
PARTS = ("tui", "tests", "themes", "docs", "pyproject.toml", "README.md", "CHANGELOG.md", "LICENSE", "Makefile")
DATA = ("config.example.yaml", "requirements.lock")
NO_SOURCE = shutil.ignore_patterns("__pycache__", "*.pyc", "__snapshots__")
LIMIT = 600
"""Seconds for an installation from the package index."""

pytestmark = pytest.mark.slow


def run(*command: str | Path, cwd: Path, env: dict[str, str] | None = None) -> str:
    """What the command prints; it must succeed."""
    done = subprocess.run(
        [str(part) for part in command], cwd=cwd, env=env, capture_output=True, text=True, check=False, timeout=LIMIT
    )
    assert done.returncode == 0, f"{command}\n{done.stdout[-3000:]}\n{done.stderr[-3000:]}"
    return done.stdout


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder with the sdist, and the wheel that was made from that sdist; both from a copy of the checkout."""
    folder = tmp_path_factory.mktemp("build")
    source = folder / "source"
    source.mkdir()
    for part in (*PARTS, *DATA):
        if (ROOT / part).is_dir():
            shutil.copytree(ROOT / part, source / part, ignore=NO_SOURCE)
        else:
            shutil.copy(ROOT / part, source / part)
    run(sys.executable, "-P", "-m", "build", "--outdir", folder / "dist", ".", cwd=source)
    return folder / "dist"


@pytest.fixture(scope="module")
def wheel(built: Path) -> Path:
    (found,) = built.glob("*.whl")
    return found


@pytest.fixture(scope="module")
def program(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """``modeldeck`` in a fresh environment that holds the wheel, its dependencies and nothing else."""
    environment = tmp_path_factory.mktemp("venv")
    run(sys.executable, "-m", "venv", environment, cwd=environment)
    constraint = ("--constraint", ROOT / "requirements.lock")
    pip = (environment / "bin" / "python", "-m", "pip", "--disable-pip-version-check", "install", "--quiet")
    run(*pip, *constraint, wheel, cwd=environment)
    return environment / "bin" / "modeldeck"


def person(folder: Path) -> dict[str, str]:
    home, temporary = folder / "home", folder / "tmp"
    home.mkdir(exist_ok=True)
    temporary.mkdir(exist_ok=True)
    return {"HOME": str(home), "TMPDIR": str(temporary), "PATH": "/usr/bin:/bin", "LANG": "C.UTF-8"}


def in_checkout(pattern: str) -> set[str]:
    """Files of the checkout that must come along."""
    return {str(path.relative_to(ROOT)) for path in ROOT.glob(pattern) if "__pycache__" not in path.parts}


def test_the_wheel_holds_all_that_is_not_python(wheel: Path) -> None:
    names = set(zipfile.ZipFile(wheel).namelist())
    assert {f"tui/{name}" for name in in_checkout("themes/*.yaml")} <= names
    assert {name for name in in_checkout("tui/**/*") if (ROOT / name).is_file()} <= names
    for name in (
        "tui/config.example.yaml",
        "tui/catalog/shipped.yaml",
        "tui/executor/shim.sh",
        "tui/config/demo/config.yaml",
        "tui/config/demo/project/modeldeck.yaml",
        "tui/dashboard/styles/base.tcss",
        "tui/store/migrations/versions/v0001_first_tables.py",
    ):
        assert name in names
    assert not any(name.startswith(("tests/", "docs/")) for name in names)


def test_the_source_distribution_can_be_worked_on(built: Path) -> None:
    (found,) = built.glob("*.tar.gz")
    with tarfile.open(found) as archive:
        names = {name.partition("/")[2] for name in archive.getnames()}
    for pattern in ("themes/*.yaml", "tui/**/*.py", "tui/**/*.yaml", "tests/**/*.py", "tests/**/*.yaml"):
        assert in_checkout(pattern) <= names
    assert {"config.example.yaml", "Makefile", "README.md", "LICENSE", "CHANGELOG.md", "requirements.lock"} <= names


def test_the_installed_program_lists_its_workflows_and_stops(
    program: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.mktemp("p")
    env = person(folder)
    assert run(program, "--version", cwd=folder, env=env).startswith("modeldeck ")
    page = json.loads(run(program, "task", "list", "--view", "workflows", "--json", cwd=folder, env=env))
    assert page["view"] == "workflows"
    models = json.loads(
        run(program, "task", "list", "--view", "models", "--scope", "all", "--json", cwd=folder, env=env)
    )
    assert any(provider["models"] for provider in models["models"])
    run(program, "executor", "stop", cwd=folder, env=env)
    assert of_folder(str(folder)) == {}


def test_the_installed_demo_runs_and_leaves_nothing(program: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    folder = tmp_path_factory.mktemp("d")
    with Terminal((str(program), "demo"), cwd=folder, env=person(folder)) as terminal:
        terminal.until(
            lambda screen: "● connected" in screen and "asking …" not in screen and "Create a spec" in screen
        )
        terminal.insist("s", 'Start "Create a spec"')
        terminal.until("a rehearsal: no model runs, nothing is spent")
        terminal.insist("enter", lambda screen: "running" in screen and "▶ plan" in screen)
        terminal.press("q")
        assert terminal.ended() == 0
        terminal.is_clean()
    assert os.listdir(folder / "tmp") == []  # noqa: PTH208
    assert of_folder(str(folder)) == {}
