"""What a person reads for a file that is wrong."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

import pytest
import yaml

from tui.config.load import load
from tui.core.errors import ConfigError


@dataclass
class Case:
    rule: str
    file: str
    problems: list[str]


CASES = [Case(**case) for case in yaml.safe_load(Path(__file__).with_name("errors.yaml").read_text("utf-8"))]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.rule.replace("/", "-"))
def test_each_mistake_has_its_line_and_sentence(case: Case, tmp_path: Path) -> None:
    file = tmp_path / "config.yaml"
    file.write_text(case.file, "utf-8")

    with pytest.raises(ConfigError) as caught:
        load(file)

    assert [problem.removeprefix(f"{file}:") for problem in caught.value.problems] == case.problems
    assert caught.value.message.startswith(f"{file}:")
    assert caught.value.path == str(file)
    assert "\x1b" not in caught.value.message


def test_the_message_tells_the_first_problems_and_how_many_there_are(tmp_path: Path) -> None:
    file = tmp_path / "config.yaml"
    file.write_text("".join(f"unknown{n}: 1\n" for n in range(5)))

    with pytest.raises(ConfigError) as caught:
        load(file)

    lines = caught.value.message.splitlines()
    assert [line.split(":")[1] for line in lines[:3]] == ["1", "2", "3"]
    assert lines[3:] == ["... and 2 more"]


def test_the_nearest_name_is_a_suggestion_too(tmp_path: Path) -> None:
    file = tmp_path / "config.yaml"
    file.write_text("favorites: [opus]\n")

    with pytest.raises(ConfigError) as caught:
        load(file)

    assert caught.value.suggestions[0] == "favourites"


def test_a_file_over_a_megabyte_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "config.yaml"
    file.write_text("# " + "x" * 1_000_000)

    with pytest.raises(ConfigError, match="larger than 1,000,000 bytes"):
        load(file)


def test_a_file_that_is_not_utf8_tells_the_line(tmp_path: Path) -> None:
    file = tmp_path / "config.yaml"
    file.write_bytes(b"theme: mono\nkeymap: {a: \xe4}\n")

    with pytest.raises(ConfigError, match=r":2: the file is not UTF-8 text"):
        load(file)


def test_aliases_that_multiply_are_bounded(tmp_path: Path) -> None:
    file = tmp_path / "config.yaml"
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 12)]
    file.write_text("\n".join(lines))

    with pytest.raises(ConfigError, match="aliases repeat more than 20,000 values"):
        load(file)


@pytest.mark.parametrize("text", ["[" * 100_000, "{a: " * 100_000, "- " * 100_000, "? " * 100_000])
def test_deep_nesting_ends_in_a_sentence_and_not_in_a_crash(text: str, tmp_path: Path) -> None:
    file = tmp_path / "config.yaml"
    file.write_text(text)

    with pytest.raises(ConfigError):
        load(file)


def test_a_pipe_is_refused_at_once(tmp_path: Path) -> None:
    file = tmp_path / "config.yaml"
    os.mkfifo(file)

    with pytest.raises(ConfigError, match="not a regular file"):
        load(file)


def test_a_folder_in_the_files_place_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="not a regular file"):
        load(tmp_path)
