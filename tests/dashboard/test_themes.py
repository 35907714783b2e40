"""Themes are files; a bad one costs a sentence and nothing else."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from rich.color import ColorSystem

from tests.dashboard.conftest import connected, make, until
from tests.dashboard.fake import Executor
from tests.dashboard.terminal import Terminal
from tui.config.themes import shipped_folder, theme_names
from tui.core.errors import ConfigError
from tui.dashboard.app import ModeldeckApp
from tui.dashboard.theme import contrast, first_theme, needs_plain, read_theme, selection
from tui.dashboard.widgets.menu import Menu


@pytest.mark.parametrize("name", sorted(theme_names(Path("/nowhere"))))
async def test_every_shipped_theme_can_be_worn(executor: Executor, tmp_path: Path, name: str) -> None:
    executor.status = replace(executor.status, theme=name)
    app = make(executor, themes=tmp_path)
    async with app.run_test(size=(120, 40)) as pilot:
        await connected(pilot)
        assert app.theme == name
        await pilot.press("m")
        await pilot.pause()
        await pilot.press("escape", "S")
        await pilot.pause()


def test_the_default_and_the_plain_theme_are_read_without_yaml() -> None:
    for plain, name in ((False, "brutalist"), (True, "terminal")):
        theme, _ = first_theme(None, plain=plain)
        assert theme.name == name


def test_a_theme_of_one_s_own_comes_before_a_shipped_one(tmp_path: Path) -> None:
    (tmp_path / "paper.yaml").write_text("primary: red\nforeground: black\nbackground: white\n")
    theme, data = read_theme("paper", tmp_path)
    assert (theme.name, theme.background, data["primary"]) == ("paper", "white", "red")


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ("primary: red\nforeground: x-ish\nbackground: white", "foreground: 'x-ish' is no colour"),
        ("primary: red", "'foreground' is missing"),
        ("primary: red\nprimry: red", "unknown key 'primry'"),
        ("[1, 2]", "a theme is a map"),
        ("a: [", "not valid YAML"),
        ("primary: red\nforeground: red\nbackground: red\nvariables: 3", "variables: a map is wanted"),
    ],
    ids=["colour", "missing", "unknown", "list", "yaml", "variables"],
)
def test_a_bad_theme_is_told_with_its_file_and_key(tmp_path: Path, content: str, told: str) -> None:
    (tmp_path / "mine.yaml").write_text(content)
    with pytest.raises(ConfigError) as caught:
        read_theme("mine", tmp_path)
    assert told in str(caught.value)
    assert "mine.yaml" in str(caught.value)


async def test_a_bad_theme_gives_one_toast_and_the_default(executor: Executor, tmp_path: Path) -> None:
    (tmp_path / "mine.yaml").write_text("primary: [")
    executor.status = replace(executor.status, theme="mine")
    app = make(executor, themes=tmp_path)
    async with app.run_test(size=(120, 40), notifications=True) as pilot:
        await connected(pilot)
        await pilot.press("r", "r")
        await until(pilot, lambda: len(app._notifications) == 1, "one toast")
        assert app.theme == "brutalist"


@pytest.mark.parametrize(
    ("env", "plain"),
    [
        ({"NO_COLOR": "1", "TERM": "xterm-256color", "COLORTERM": "truecolor"}, True),
        ({"NO_COLOR": "", "TERM": "xterm-256color"}, False),
        ({"TERM": "linux"}, True),
        ({"TERM": "xterm"}, True),
        ({"TERM": "tmux-256color"}, False),
        ({"TERM": "xterm", "COLORTERM": "truecolor"}, False),
    ],
    ids=["no-color", "no-color-empty", "console", "xterm", "tmux", "truecolor"],
)
def test_the_terminal_s_own_colours_are_kept_where_there_are_few(env: dict[str, str], plain: bool) -> None:
    assert needs_plain(env) is plain


async def test_under_no_color_the_theme_asked_for_gives_way(executor: Executor, tmp_path: Path) -> None:
    executor.status = replace(executor.status, theme="paper")
    app: ModeldeckApp = make(executor, themes=tmp_path, env={"NO_COLOR": "1", "LANG": "C.UTF-8"})
    async with app.run_test(size=(120, 40)) as pilot:
        await connected(pilot)
        assert app.theme == "terminal"


DEPTHS = (ColorSystem.STANDARD, ColorSystem.EIGHT_BIT, ColorSystem.TRUECOLOR)


@pytest.mark.parametrize("system", DEPTHS, ids=lambda system: system.name.lower())
@pytest.mark.parametrize("name", sorted(theme_names(Path("/nowhere"))))
async def test_the_chosen_line_is_told_from_the_others_at_every_depth(
    executor: Executor, tmp_path: Path, name: str, system: ColorSystem
) -> None:
    executor.status = replace(executor.status, theme=name)
    app = make(executor, themes=tmp_path, env={"LANG": "C.UTF-8"} | ({"NO_COLOR": "1"} if name == "terminal" else {}))
    async with app.run_test(size=(120, 40)) as pilot:
        await connected(pilot)
        await pilot.press("4")
        await pilot.pause()
        menu = app.screen.query_one(Menu)
        base = menu.ink("text")
        chosen = selection(menu.get_component_rich_style("ink--chosen"), base, system)
        if chosen.reverse:
            return
        assert chosen.color and chosen.bgcolor and base.bgcolor
        assert contrast(chosen.bgcolor, base.bgcolor, system) >= 3
        assert contrast(chosen.color, chosen.bgcolor, system) >= 4.5


@pytest.mark.parametrize(
    "env",
    [
        {"COLORTERM": "truecolor"},
        {"COLORTERM": "", "TERM": "xterm-256color"},
        {"COLORTERM": "", "TERM": "xterm-16color"},
        {"NO_COLOR": "1"},
    ],
    ids=["true", "256", "16", "none"],
)
def test_on_a_terminal_the_chosen_line_is_reversed_or_light(env: dict[str, str]) -> None:
    with Terminal("tests.dashboard.program", "9", env=env) as terminal:
        terminal.shows("connected")
        terminal.press("m")
        terminal.shows("inherit")
        terminal.settle()
        rows = [row for row in terminal.cells() if "inherit" in "".join(str(cell[0]) for cell in row[10:60])]
        at = "".join(str(cell[0]) or " " for cell in rows[-1]).index("inherit")
        others = [row[at] for row in terminal.cells()[12:20]]
        chosen = rows[-1][at]
        assert chosen[3] or str(chosen[2]) in {"e8e8e6", "d7d7d7", "dadada", "e4e4e4", "eeeeee"}, chosen
        assert all(cell[3] != chosen[3] or cell[2] != chosen[2] for cell in others)


def test_the_shipped_themes_are_found() -> None:
    assert {"brutalist", "paper", "terminal"} <= {file.stem for file in shipped_folder().glob("*.yaml")}
