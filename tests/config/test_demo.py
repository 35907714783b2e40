"""The demo's files: everything is there, everything is a rehearsal, nothing of the person's is needed."""

from __future__ import annotations

from pathlib import Path

import pytest

from tui.catalog.offer import offered
from tui.config.demo import HOME, lay_out, locations
from tui.config.discovered import HomeCommands
from tui.config.load import Loaded, load
from tui.config.trust import TrustStore
from tui.core.resolution import ResolutionRequest
from tui.core.resolver import resolve


@pytest.fixture
def project(tmp_path: Path) -> Path:
    return lay_out(tmp_path / "demo")


@pytest.fixture
def loaded(project: Path, tmp_path: Path) -> Loaded:
    return load(locations(tmp_path / "demo").config_file, project, trusted=True)


def test_the_project_is_there_and_trusted(project: Path, tmp_path: Path) -> None:
    assert sorted(str(file.relative_to(project)) for file in project.rglob("*") if file.is_file()) == [
        ".modeldeck.yaml",
        "README.md",
        "src/cart.py",
    ]
    assert TrustStore(locations(tmp_path / "demo").trust).state(project).trusted


def test_everything_is_under_the_folder(project: Path, tmp_path: Path) -> None:
    found = locations(tmp_path / "demo")

    for place in (project, found.config_file, found.state_folder, found.cache_folder, found.themes):
        assert place.is_relative_to(tmp_path / "demo")


def test_every_command_of_its_workflows_is_in_its_home(loaded: Loaded, project: Path, tmp_path: Path) -> None:
    named = {stage.command for flow in loaded.settings.workflows.values() for stage in flow.stages if stage.command}
    found = HomeCommands(tmp_path / "demo" / HOME, {}).commands()
    assert {f"/{command.name}" for command in found} == named
    assert not [command.problem for command in found if command.problem]


def test_there_are_eight_workflows_of_several_stages_each(loaded: Loaded) -> None:
    assert list(loaded.origin) == [
        "create-spec",
        "add-bug",
        "add-todo",
        "add-story",
        "execute-tasks",
        "review-change",
        "talk-it-over",
        "see-it-fail",
    ]
    assert all(len(workflow.stages) > 1 for workflow in loaded.settings.workflows.values())
    assert not loaded.warnings


def test_no_stage_can_spend_anything(loaded: Loaded) -> None:
    settings = loaded.settings
    stages = [stage for workflow in settings.workflows.values() for stage in workflow.stages if stage.type == "agent"]
    kinds = {settings.agents[settings.profiles[stage.profile or ""].agent].kind for stage in stages}

    assert kinds == {"rehearsal"}
    assert not loaded.env_names


@pytest.mark.parametrize("preset", [None, "economy", "performance", "house"])
def test_every_stage_comes_to_a_model_without_a_warning(preset: str | None, loaded: Loaded, tmp_path: Path) -> None:
    settings, catalog = loaded.settings, offered(loaded.settings, {}, tmp_path)

    found = {
        (name, stage.name): resolve(
            ResolutionRequest("step", workflow=name, index=index, stage=stage.name, preset=preset), settings, catalog
        )
        for name, workflow in settings.workflows.items()
        for index, stage in enumerate(workflow.stages)
    }

    assert not [resolution.warnings for resolution in found.values() if resolution.warnings]
    if preset is None:
        assert {resolution.tier for resolution in found.values()} == {
            "stage default",
            "profile default",
            "command map",
            "project default",
            "agent default",
        }


def test_every_behaviour_can_be_seen(loaded: Loaded) -> None:
    parts = [agent.rehearsal for agent in loaded.settings.agents.values() if agent.rehearsal]

    assert {part.outcome for part in parts} == {"succeed", "fail", "hang", "crash", "ask"}
    assert any(part.claims for part in parts)


def test_there_are_substeps_and_a_stage_that_asks(loaded: Loaded) -> None:
    settings = loaded.settings
    stages = [stage for workflow in settings.workflows.values() for stage in workflow.stages]
    asking = [settings.agents[settings.profiles[stage.profile or ""].agent] for stage in stages if stage.interactive]

    assert [stage.label for stage in stages if stage.part] == ["review/collect", "review/judge", "review/sum-up"]
    assert [agent.rehearsal.outcome for agent in asking if agent.rehearsal] == ["ask"]


def test_its_models_can_be_picked_without_a_key(loaded: Loaded, tmp_path: Path) -> None:
    catalog = offered(loaded.settings, {}, tmp_path)

    assert [provider.id for provider in catalog if provider.usable] == ["anthropic", "openai", "google", "zai"]
    known = {f"{provider.id}/{model.id}" for provider in catalog for model in provider.models}
    assert known.issuperset(loaded.settings.favourites)
