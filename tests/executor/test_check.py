"""What ``check`` finds: one bad configuration for each finding, in a table."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.executor.conftest import House
from tui.config.discovered import HomeCommands
from tui.config.git_settings import GitSettings
from tui.config.load import load
from tui.config.trust import TrustState
from tui.config.watched import snapshot
from tui.core.catalog import Catalog, Model, Provider
from tui.core.errors import RequestError
from tui.core.items import Finding
from tui.core.verbs import List
from tui.executor.check.files import refused
from tui.executor.check.pins import LARGEST
from tui.executor.check.subject import Subject
from tui.executor.check.table import CHECKS, findings
from tui.executor.projects import Project
from tui.executor.sources import Sources

CASES = yaml.safe_load(Path(__file__).with_name("checks.yaml").read_text())
TODAY = "2026-11-20"

SEES = ("text", "image")
BLIND = ("text",)
CATALOG = Catalog(
    (
        Provider(
            "anthropic",
            source="config",
            models=(
                Model("opus-9", input=SEES, tools=True, context=200_000, efforts=("low", "high")),
                Model("haiku-9", input=BLIND, attachment=False, tools=True),
                Model("opus-1", input=SEES, retires=TODAY),
                Model("opus-2", input=SEES, retires="2027-01-19"),
                Model("opus-3", input=SEES, retires="2027-01-20"),
                Model("opus-4", status="deprecated"),
                Model("vectors", use="embedding"),
            ),
        ),
        Provider("openai", models=(Model("gpt-9"),)),
        Provider(
            "quay", source="custom", models=(Model("rope", input=BLIND, attachment=False),), gone=(Model("hemp"),)
        ),
        Provider("bay", source="custom", models=(Model("rope"),)),
        Provider("empty", source="custom"),
    ),
    "catalog",
)
FOG = Provider("fog", source="custom", list="failed", error="the connection was refused")


class Place:
    """A person's files, of which a case writes those that it is about."""

    def __init__(self, folder: Path) -> None:
        self.config = folder / "config.yaml"
        self.folder = folder / "shop"
        self.home = folder / "home"
        self.programs = folder / "bin"
        for one in (self.folder, self.home, self.programs):
            one.mkdir()
        claude = self.programs / "claude"
        claude.write_text("#!/bin/sh\n")
        claude.chmod(0o755)

    def write(self, root: Path, files: Mapping[str, str]) -> None:
        for name, text in files.items():
            file = root / name
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text)

    def check(
        self, *, trusted: bool = False, variables: tuple[str, ...] = (), catalog: Catalog = CATALOG
    ) -> tuple[Finding, ...]:
        wrong = refused(self.config, self.folder)
        if wrong:
            return wrong
        loaded = load(self.config, self.folder, trusted=trusted)
        files = snapshot(self.folder, GitSettings(), outside=True).files
        trust = TrustState(True, "trusted", files) if trusted else TrustState(False, "never trusted")
        subject = Subject(
            project=Project(self.folder, loaded, catalog, trust, home=HomeCommands(self.home, {})),
            sources=Sources.read(self.config, self.folder if trusted else None),
            today=TODAY,
            home=self.home,
            user_env={"PATH": str(self.programs), "HOME": str(self.home)},
            themes=self.config.parent / "themes",
            variables=frozenset(variables),
        )
        return findings(subject)


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return Place(tmp_path)


@pytest.mark.parametrize("case", CASES, ids=[case["name"] for case in CASES])
def test_each_mistake_is_found(place: Place, case: dict[str, Any]) -> None:
    place.config.write_text(case.get("config", ""))
    place.write(place.home, case.get("home", {}))
    place.write(place.folder, case.get("folder", {}))
    if "project" in case:
        place.write(place.folder, {".modeldeck.yaml": case["project"]})
    found = place.check(
        trusted=case.get("trusted", False),
        variables=tuple(case.get("variables", ())),
        catalog=Catalog((*CATALOG.providers, FOG)) if case.get("fog") else CATALOG,
    )
    if "only" in case:
        found = tuple(one for one in found if one.code == case["only"])
    told = [[one.code, one.place, one.line] for one in found]
    wanted = case["finds"]
    if case.get("unordered"):
        told, wanted = sorted(told, key=str), sorted(wanted, key=str)
    assert told == wanted
    if "says" in case:
        text = f"{found[0].message} {found[0].fix}"
        assert [part for part in case["says"] if part not in text] == [], text
    if "near" in case:
        assert case["near"] in found[0].suggestions
    if "errors" in case:
        assert sum(one.severity == "error" for one in found) == case["errors"]
    for one in found:
        assert one.message
        assert one.fix
        assert "very-secret" not in str(one)
        assert (one.file is None) <= (one.line is None)


def test_each_code_has_its_mistake_in_the_table() -> None:
    folder = Path(__file__).parents[2] / "tui/executor/check"
    source = "".join(file.read_text() for file in folder.glob("*.py"))
    codes = set(re.findall(r'"([a-z]+(?:-[a-z]+)+|config|doubtful)"', source)) - {"agent-default"}
    assert codes == {row[0] for case in CASES for row in case["finds"]}
    assert len(CHECKS) > 20


HOSTILE = [
    "default_model: '" + "x" * 10_000 + "'",
    "default_model: 'anthropic/" + "x" * 10_000 + "'",
    r'default_model: "\e[31mred\a\u202e"',
    r'presets: {"\e[31m": {"\u202ex": "a/b:c/d"}}',
    "aliases: {" + ", ".join(f"a{number}: a{number + 1}" for number in range(500)) + "}\ndefault_model: a0",
    r'agents: {"\e]0;x\a": {kind: claude, command: ["\e[31m"]}}',
    r'agents: {a: {kind: claude, command: ["\e[31m"], env: {X: "$Y"}}}',
    r'workflows: {"a\nb": {stages: [{name: "\e[31m"}]}}',
    "agents: {c: {kind: claude, command: ['']}}",
    "agents: {c: {kind: claude, command: ['~/../../x']}}",
]


@pytest.mark.parametrize("config", HOSTILE, ids=range(len(HOSTILE)))
def test_hostile_text_is_told_plainly_and_bounded(place: Place, config: str) -> None:
    place.config.write_text(config)
    for one in place.check():
        assert len(one.message) <= 400
        assert len(one.fix) <= 400
        assert len(one.place or "") <= 200
        text = "".join((one.message, one.fix, one.place or "", *one.suggestions))
        assert text.isprintable(), text


def test_a_stray_file_of_an_agent_does_no_harm(place: Place) -> None:
    settings = place.home / ".claude" / "settings.json"
    settings.parent.mkdir()
    for content in ("[" * 100_000, '{"a": /*' + "/*" * 50_000, '{"model": 3, "env": []}', "x" * (LARGEST + 1)):
        settings.write_text(content)
        assert {one.code for one in place.check()} <= {"agent-settings-unread"}
    settings.unlink()
    os.mkfifo(settings)
    assert [one.code for one in place.check()] == ["agent-settings-unread"]


# --- as a view --------------------------------------------------------------------------------------------------------


async def test_the_view_judges_what_is_in_force(house: House) -> None:
    config = house.locations.config_file
    config.write_text(config.read_text() + "aliases: {a: b, b: a}\n")
    page = await house.list("check", variables=("ANTHROPIC_MODEL",))
    assert [one.code for one in page.check if one.severity == "error"] == ["alias-cycle"]
    assert [one.message for one in page.check if one.code == "environment-override"] != []
    lines = config.read_text().splitlines()
    assert [lines[(one.line or 0) - 1] for one in page.check if one.code == "alias-cycle"] == ["aliases: {a: b, b: a}"]


async def test_a_file_that_broke_is_told_with_its_lines(house: House) -> None:
    await house.list("status")
    house.locations.config_file.write_text("agnets: {}\nstrict: 3\nprovider: {}\nworkflow: {}\n")
    page = await house.list("check")
    assert [(one.code, one.line) for one in page.check] == [("config", line) for line in (1, 2, 3, 4)]


async def test_a_file_that_never_was_good_is_told_too(house: House) -> None:
    house.locations.config_file.write_text("agnets: {}\n")
    await house.restart()
    page = await house.list("check")
    assert [(one.code, one.line, one.suggestions) for one in page.check] == [("config", 1, ("agents",))]


async def test_a_folder_that_is_not_there_is_no_finding(house: House) -> None:
    with pytest.raises(RequestError):
        await house.executor.verbs.list(List("check", project="/no/such/folder"))


async def test_without_a_folder_the_persons_own_file_is_checked(house: House) -> None:
    page = await house.executor.verbs.list(List("check"))
    assert [one for one in page.check if one.severity == "error"] == []
