"""Bad input gets one clear sentence, a fitting exit code, and nothing on stdout."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.cli.conftest import Shell

CASES = yaml.safe_load(Path(__file__).with_name("bad_input.yaml").read_text())


@pytest.mark.parametrize("case", CASES, ids=[case["name"] for case in CASES])
def test_bad_input_is_told_in_a_sentence(shell: Shell, case: dict[str, Any]) -> None:
    result = shell(*case["args"], stdin=case.get("stdin", ""))
    assert result.code == case["code"], result
    assert result.err.startswith("modeldeck"), result.err
    assert "Traceback" not in result.err
    assert [part for part in case["says"] if part not in result.err] == [], result.err
    assert result.out == ""


def test_with_json_the_error_is_data_on_stderr(shell: Shell) -> None:
    result = shell("task", "start", "--workflow", "npa", "--json")
    error = json.loads(result.err)
    assert (result.code, result.out) == (2, "")
    assert (error["code"], error["suggestions"]) == ("bad_request", ["nap"])


def test_nothing_was_started_by_any_of_it(shell: Shell) -> None:
    assert shell("task", "list", "--view", "runs", "--json").data["tasks"] == []


def test_a_broken_configuration_names_file_and_line(fresh: Shell) -> None:
    Path(fresh.env["MODELDECK_CONFIG"]).write_text("default_model: opus\nagnets: {}\n")
    result = fresh("task", "start", "--workflow", "nap")
    assert result.code == 2
    assert "config.yaml:2" in result.err
    assert "agents" in result.err
    assert fresh("task", "list", "--view", "tasks").code == 0, "what runs can be seen all the same"
