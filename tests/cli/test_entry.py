"""The program's entry: what is imported when, and what is shown where there is no terminal."""

from __future__ import annotations

import subprocess
import sys

import pytest

from tests.cli.conftest import Shell
from tui import __version__

HEAVY = {"httpx", "pydantic", "yaml", "sqlalchemy", "starlette", "uvicorn", "markdown_it"}


def _imported(script: str) -> set[str]:
    code = f"import sys\n{script}\nprint(*sys.modules)"
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60)
    return set(result.stdout.split())


@pytest.mark.parametrize(
    "script",
    [
        "from tui.cli.main import parser; parser(['--help'])",
        "from tui.cli.main import main\ntry: main(['--version'])\nexcept SystemExit: pass",
        "import tui.client, tui.cli.main, tui.client.autostart",
        "from tui.cli import deck; import tui.dashboard.app; deck.connector",
    ],
    ids=["parser", "version", "client package", "dashboard"],
)
def test_what_is_heavy_is_not_imported_before_it_is_needed(script: str) -> None:
    assert not HEAVY & _imported(script)


@pytest.mark.parametrize("words", ["", "'--plain'", "'--project', 'shop'"], ids=["bare", "plain", "project"])
def test_the_dashboard_s_start_pays_for_no_command_s_imports(words: str) -> None:
    found = _imported(f"from tui.cli.main import parser; parser([{words}]); import tui.cli.deck, tui.dashboard.app")
    assert not {"tui.core.verbs", "tui.core.run", "tui.core.settings", "tui.cli.task", "tui.core.resolver"} & found


def test_the_version(shell: Shell) -> None:
    assert shell("--version").out == f"modeldeck {__version__}\n"


@pytest.mark.parametrize("args", [[], ["--plain"]])
def test_without_a_terminal_the_workflows_are_a_plain_list(shell: Shell, args: list[str]) -> None:
    result = shell(*args)
    assert result.code == 0
    assert "Take a nap" in result.out
    assert "\x1b" not in result.out
    assert ("needs a terminal" in result.err) == (not args)


def test_each_command_tells_its_flags(shell: Shell) -> None:
    for args in (["task", "start"], ["task", "list"], ["executor", "env"], ["trust"], ["demo"], ["explain"]):
        result = shell(*args, "--help")
        assert result.code == 0
        assert "usage: modeldeck" in result.out
