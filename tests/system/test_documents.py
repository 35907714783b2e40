"""Documents name tests that exist."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SECURITY = (ROOT / "docs" / "security.md").read_text()
NAMED = re.compile(r"`(tests/[^`\s]*)::(\w+)`")


def test_every_test_that_the_security_page_names_exists() -> None:
    named = set(NAMED.findall(SECURITY))
    assert SECURITY.count("::") == len(NAMED.findall(SECURITY)), "a test is written in another way"
    missing = [f"{file}::{name}" for file, name in sorted(named) if name not in names_in(ROOT / file)]
    assert missing == []


def test_every_promise_names_its_test() -> None:
    rows = [line for line in SECURITY.splitlines() if line.startswith("| ") and line != "| Promise | Test |"]
    assert len(rows) > 50
    assert [row for row in rows if NAMED.search(row) is None] == []


@pytest.mark.parametrize("link", re.findall(r"\]\((decisions[^)]*)\)", SECURITY))
def test_every_link_of_the_security_page_leads_somewhere(link: str) -> None:
    assert (ROOT / "docs" / link).exists()


def names_in(file: Path) -> set[str]:
    """Return the names of the test functions in ``file``; none where there is no such file."""
    if not file.is_file():
        return set()
    body = ast.parse(file.read_text()).body
    return {one.name for one in body if isinstance(one, (ast.FunctionDef, ast.AsyncFunctionDef))}
