"""The first frame comes from what is remembered, before any socket, and imports little."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.dashboard.fake import NOW, SONNET, WORKFLOWS, Executor
from tests.dashboard.terminal import Terminal
from tui.core.verbs import StartWorkflow
from tui.dashboard.cache import recall, remember
from tui.dashboard.state import Card
from tui.dashboard.theme import first_theme

LATER = (
    "httpx",
    "pydantic",
    "yaml",
    "ruamel",
    "markdown_it",
    "sqlalchemy",
    "tui.client",
    "tui.config.codec",
    "tui.core.verbs",
)
"""Packages that the first frame must not wait for."""


def kept(folder: Path) -> None:
    executor = Executor()
    faces = [Card(item, plan=executor.plan(StartWorkflow(item.name))).face(NOW) for item in WORKFLOWS]
    _, theme = first_theme(None, plain=False)
    remember(folder / "deck.json", Path("/shop"), faces, as_of=NOW.isoformat(), theme=theme, keymap={"pick-model": "p"})


@pytest.mark.parametrize("remembered", [True, False], ids=["remembered", "first-time"])
def test_the_first_frame_imports_neither_client_nor_readers_of_files(tmp_path: Path, remembered: bool) -> None:
    if remembered:
        kept(tmp_path)
    report = tmp_path / "modules.json"
    with Terminal("tests.dashboard.first_paint", str(report), str(tmp_path)) as terminal:
        terminal.shows("starting")
        terminal.shows("Add a bug" if remembered else "The deck is read as soon as the executor answers")
        modules = json.loads(report.read_text())
        early = [name for name in modules if any(name == one or name.startswith(f"{one}.") for one in LATER)]
        assert early == []
        terminal.press("q")
        assert terminal.ends() == 0


def test_a_remembered_deck_is_painted_whole_and_told_as_of_when(tmp_path: Path) -> None:
    kept(tmp_path)
    with Terminal("tests.dashboard.first_paint", str(tmp_path / "m"), str(tmp_path)) as terminal:
        terminal.shows("executor starting")
        assert "as of 20 Nov" in terminal.text
        assert f"→ {SONNET}" in terminal.text
        assert "stage default (clarify): sonnet" in terminal.text


def test_the_cache_keeps_what_a_card_needs_and_no_pick(tmp_path: Path) -> None:
    kept(tmp_path)
    found = recall(tmp_path / "deck.json", Path("/shop"))
    assert [face.name for face in found.faces] == [item.name for item in WORKFLOWS]
    assert [face.pick for face in found.faces] == [None] * 5
    assert found.keymap == {"pick-model": "p"}
    assert recall(tmp_path / "deck.json", Path("/other")).faces == []


@pytest.mark.parametrize(
    "content",
    [
        "",
        "{",
        "[]",
        '{"version": 99}',
        '{"version": 2, "decks": {"/shop": {"cards": [1, {"stages": 3, "plan": [[1]]}]}}}',
    ],
    ids=["empty", "cut", "list", "newer", "odd"],
)
def test_a_broken_cache_is_as_good_as_none(tmp_path: Path, content: str) -> None:
    file = tmp_path / "deck.json"
    file.write_text(content)
    assert [face.name for face in recall(file, Path("/shop")).faces] in ([], ["?"])


def test_text_from_the_cache_is_cleaned_again(tmp_path: Path) -> None:
    file = tmp_path / "deck.json"
    card = {"name": "w", "title": "evil\x1b]0;x\x07\u202e", "stages": [], "plan": []}
    file.write_text(json.dumps({"version": 2, "decks": {"/shop": {"as_of": "x", "cards": [card]}}}))
    assert recall(file, Path("/shop")).faces[0].title == "evil"


def test_decks_of_many_folders_are_not_kept_for_ever(tmp_path: Path) -> None:
    file = tmp_path / "deck.json"
    for number in range(20):
        remember(file, Path(f"/p{number}"), [], as_of=NOW.isoformat(), theme=None, keymap={})
    assert list(json.loads(file.read_text())["decks"]) == [f"/p{number}" for number in range(12, 20)]
