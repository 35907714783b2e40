"""``modeldeck explain --scenario`` and ``--check``."""

from __future__ import annotations

import argparse
import json
from pathlib import Path

import pytest

from tui.cli import explain

GOOD = """
id: good
catalog: [{id: quay, source: env, models: [rope, {id: hemp, tools: true}]}]
request: {kind: worker, model: "node:docs"}
expect: {model: quay/hemp, tier: message override}
"""
FAILING = """
id: failing
catalog: [{id: quay, source: env, models: [rope]}]
request: {kind: worker, model: rope}
expect: {model: quay/hemp, tier: default, warning: something, reason: other, rejected: quay/x}
"""
REFUSED = """
id: refused
catalog: [{id: quay, source: env, models: [rope]}]
request: {kind: worker, model: ropes}
expect: {error: [ropes, not found], suggestions: quay/rope}
"""


def run(*words: str | Path) -> int:
    parser = argparse.ArgumentParser()
    explain.add_parser(parser.add_subparsers())
    args = parser.parse_args(["explain", *map(str, words)])
    code = args.func(args)
    assert isinstance(code, int)
    return code


def write(folder: Path, name: str, *documents: str) -> Path:
    file = folder / name
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text("---".join(documents), encoding="utf-8")
    return file


def test_check_counts_what_passed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write(tmp_path, "sub/a.yaml", GOOD, "\n# a comment alone\n", REFUSED)
    write(tmp_path, "b.yml", GOOD)
    write(tmp_path, "notes.txt", "no scenario")
    assert run("--check", tmp_path) == 0
    assert capsys.readouterr().out == "3 passed, 0 failed\n"


def test_check_prints_each_difference_with_its_place(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = write(tmp_path, "a.yaml", GOOD, FAILING)
    assert run("--check", file) == 1
    out = capsys.readouterr().out
    assert f"failing ({file}:7)" in out
    for name in ("model", "tier", "warning", "reason", "rejected"):
        assert f"\n  {name}: " in out
    assert out.endswith("1 passed, 1 failed\n")


def test_check_tells_an_error_that_was_not_expected_and_one_that_did_not_come(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    unexpected = REFUSED.replace(
        "expect: {error: [ropes, not found], suggestions: quay/rope}", "expect: {tier: default}"
    )
    missing = GOOD.replace("expect: {", "expect: {error: [], ")
    assert run("--check", write(tmp_path, "a.yaml", unexpected, missing)) == 1
    out = capsys.readouterr().out
    assert 'unexpected error: message override: Model "ropes" not found' in out
    assert "expected an error" in out


TAIL = "request: {kind: worker}\nexpect: {}\n"
BAD = [
    ("id: x\n  - y: [\n", 2, "not YAML"),
    ("id: x\nid: y\n", 2, "twice"),
    ("catalog: []\nrequest: {}\nexpect: {}\n", 1, "id is missing"),
    ("id: x\nrequest: {kind: worker}\n", 1, "expect is missing"),
    ("id: x\nrequest: []\nexpect: {}\n", 2, "request must be a map"),
    ("id: x\nrequest: {kind: worker}\nexpect: {modle: a/b}\n", 3, "did you mean model?"),
    ("id: x\nrequest:\n  kind: worker\n  profil: p\nexpect: {}\n", 4, "did you mean profile?"),
    (f"id: x\nconfig:\n  profiles:\n    p: {{agnt: a}}\n{TAIL}", 4, "did you mean agent?"),
    (f"id: x\nconfig: {{agents: {{a: {{kind: robot}}}}}}\n{TAIL}", 2, "robot"),
    (f"id: x\ncatalog: [{{id: q, source: moon}}]\n{TAIL}", 2, "moon"),
    (f"id: x\ncatalog: [{{id: q, models: [{{id: m, tool: true}}]}}]\n{TAIL}", 2, "tool"),
    (f"id: x\ncatalog: [{{id: q, models: [{{id: m, tools: 3}}]}}]\n{TAIL}", 2, "true or false"),
    (f"id: x\ncatalog: [{{id: q, models: [{{id: m, context: big}}]}}]\n{TAIL}", 2, "number"),
    ("# nothing\n", 0, "no scenario"),
]


@pytest.mark.parametrize(("text", "line", "told"), BAD)
def test_a_bad_file_is_one_clear_sentence(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], text: str, line: int, told: str
) -> None:
    file = write(tmp_path, "a.yaml", text)
    assert run("--check", file) == 2
    error = capsys.readouterr().err
    assert told in error
    assert error.startswith(f"{file}:{line}: " if line else f"{file}: ")
    assert run("--scenario", file) == 2
    assert capsys.readouterr().err == error


def test_a_bad_file_does_not_hide_the_others(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write(tmp_path, "a.yaml", "id: [")
    write(tmp_path, "b.yaml", GOOD, FAILING)
    assert run("--check", tmp_path, tmp_path / "none.yaml") == 2
    captured = capsys.readouterr()
    assert captured.out.endswith("1 passed, 1 failed\n")
    assert "there is no such file" in captured.err


def test_a_bad_scenario_does_not_hide_the_others_of_its_file(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = write(tmp_path, "a.yaml", GOOD, "\nid: bad\nrequest: {}\n", GOOD)
    assert run("--check", file) == 2
    captured = capsys.readouterr()
    assert captured.out == "2 passed, 0 failed\n"
    assert captured.err == f'{file}:7: scenario "bad": expect is missing\n'


def test_an_empty_folder_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("--check", tmp_path) == 2
    assert "no YAML file" in capsys.readouterr().err


def test_a_scenario_is_told_with_its_whole_trace(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("--scenario", write(tmp_path, "a.yaml", GOOD)) == 0
    out = capsys.readouterr().out
    assert "message override: node:docs, auto-selected from configured models -> quay/hemp" in out
    assert "quay/hemp 10" in out
    assert "quay/rope 0: a lower score" in out
    assert len([line for line in out.splitlines() if line[:5].strip().isdigit()]) == 14


def test_a_scenario_that_comes_to_an_error_exits_with_2(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("--scenario", write(tmp_path, "a.yaml", REFUSED)) == 2
    out = capsys.readouterr().out
    assert 'error: message override: Model "ropes" not found' in out
    assert "did you mean: quay/rope" in out


def test_a_scenario_as_data(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("--scenario", write(tmp_path, "a.yaml", GOOD), "--json") == 0
    found = json.loads(capsys.readouterr().out)
    assert (found["id"], found["reference"], found["policy"]) == ("good", "quay/hemp", "dynamic")
    assert found["trace"][0]["candidates"][0] == {"reference": "quay/hemp", "score": 10.0, "rejected": None}


def test_several_scenarios_as_data(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("--scenario", write(tmp_path, "a.yaml", GOOD, REFUSED), "--json") == 2
    good, refused = json.loads(capsys.readouterr().out)
    assert good["reference"] == "quay/hemp"
    assert refused["error"]["suggestions"] == ["quay/rope"]
    assert len(refused["trace"]) == 14


def test_check_as_data(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("--check", write(tmp_path, "a.yaml", GOOD, FAILING), "--json") == 1
    found = json.loads(capsys.readouterr().out)
    assert found["passed"] == 1
    assert found["failed"][0]["id"] == "failing"
