"""Run the unit tests on every other Python that this machine has: ``python -m tests.pythons``.

Each version gets a virtual environment of its own, ``.venv/py3.13`` for example, with the packages of
``requirements.lock``; it is made again when the interpreter or the packages change.
"""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

OLDEST = (3, 11)
UNIT_TESTS = tuple(f"tests/{name}" for name in ("core", "resolver", "config", "store", "client", "cli"))
ROOT = Path(__file__).parents[1]

_NAME = re.compile(r"python3(\.\d+)?")
_LIMIT = 30
"""Seconds for an interpreter to answer who it is."""
_IDENTITY = """
import sys, sysconfig
free_threaded = bool(sysconfig.get_config_var("Py_GIL_DISABLED"))
stable = sys.version_info.releaselevel == "final" and not free_threaded
print(*sys.version_info[:3], int(stable), sys.implementation.name, sys.base_prefix, sep="\\n")
"""


@dataclass(frozen=True)
class Interpreter:
    """A Python that works."""

    command: Path
    version: tuple[int, int, int]
    prefix: str

    @property
    def minor(self) -> tuple[int, int]:
        """The version without its last number: what a package is made for."""
        return self.version[:2]

    def __str__(self) -> str:
        return ".".join(map(str, self.version))


def interpreters(folders: Iterable[Path]) -> list[Interpreter]:
    """Return one working CPython of each version from 3.11 on, oldest first.

    Of several with the same version the first one counts. A command that exists but does not work, such as a pyenv
    shim for which no version is set, is passed over; so are previews and free-threaded builds, for which packages
    publish no wheels.
    """
    found: dict[tuple[int, int], Interpreter] = {}
    for command in _commands(folders):
        one = identify(command)
        if one is not None and one.minor >= OLDEST:
            found.setdefault(one.minor, one)
    return [found[minor] for minor in sorted(found)]


def usual_folders(environ: os._Environ[str] | dict[str, str]) -> list[Path]:
    """Return the folders of the PATH, then those of the versions that pyenv installed, newest first."""
    root = Path(environ.get("PYENV_ROOT") or Path(environ.get("HOME", "/")) / ".pyenv")
    installed = sorted(root.glob("versions/*/bin"), key=lambda folder: _numbers(folder.parent.name), reverse=True)
    return [*(Path(part) for part in environ.get("PATH", "").split(os.pathsep) if part), *installed]


def _commands(folders: Iterable[Path]) -> Iterator[Path]:
    for folder in folders:
        try:
            names = sorted(path.name for path in folder.iterdir())
        except OSError:
            continue
        yield from (folder / name for name in names if _NAME.fullmatch(name))


def identify(command: Path) -> Interpreter | None:
    """Ask an interpreter who it is; ``None`` if it does not answer, or is no stable CPython."""
    try:
        done = subprocess.run(
            [command, "-I", "-c", _IDENTITY], capture_output=True, text=True, timeout=_LIMIT, check=False
        )
    except (OSError, subprocess.TimeoutExpired, UnicodeDecodeError):
        return None
    lines = done.stdout.splitlines()
    if done.returncode != 0 or len(lines) != 6 or lines[3:5] != ["1", "cpython"]:
        return None
    major, minor, patch = (int(line) for line in lines[:3])
    return Interpreter(command, (major, minor, patch), lines[5])


def _numbers(name: str) -> list[int]:
    return [int(part) for part in re.findall(r"\d+", name)]


def environment(one: Interpreter, root: Path) -> Path:
    """Return the Python of the virtual environment for ``one``, made again where it is not up to date."""
    folder = root / ".venv" / f"py{one.minor[0]}.{one.minor[1]}"
    python, stamp = folder / "bin" / "python", folder / "made-of"
    wanted = hashlib.sha256(f"{one}\n{one.prefix}\n".encode())
    for name in ("pyproject.toml", "requirements.lock"):
        wanted.update((root / name).read_bytes())
    if stamp.is_file() and stamp.read_text() == wanted.hexdigest():
        return python
    shutil.rmtree(folder, ignore_errors=True)
    _run([one.command, "-m", "venv", folder], root)
    packages = ["--constraint", "requirements.lock", "--editable", ".[dev]"]
    _run([python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", *packages], root)
    stamp.write_text(wanted.hexdigest())
    return python


def _run(command: list[str | Path], root: Path) -> None:
    subprocess.run(command, cwd=root, check=True)


def main() -> int:
    """Test on each; 1 if it fails on one of them."""
    here = sys.version_info[:2]
    others = [one for one in interpreters(usual_folders(os.environ)) if one.minor != here]
    names = ", ".join(f"{one} ({one.command})" for one in others)
    _print(f"Python {here[0]}.{here[1]} runs this. Others: {names or 'none, on the PATH or among those of pyenv'}")
    failed: list[Interpreter] = []
    for one in others:
        begun = time.monotonic()
        try:
            # Two at a time: many tests wait for processes more than they compute.
            options = ["-q", "-p", "no:cacheprovider", "--numprocesses", "2", "--dist", "worksteal"]
            _run([environment(one, ROOT), "-m", "pytest", *options, *UNIT_TESTS], ROOT)
            outcome = "passed"
        except subprocess.CalledProcessError:
            failed.append(one)
            outcome = "failed"
        _print(f"Python {one}: unit tests {outcome} in {time.monotonic() - begun:.0f} s")
    return 1 if failed else 0


def _print(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
