"""What is in force when the layers are good."""

from __future__ import annotations

import time
from pathlib import Path

from tui.config.load import load
from tui.config.locations import PROJECT_FILE
from tui.core import defaults


def written(folder: Path, text: str, name: str = "config.yaml") -> Path:
    file = folder / name
    file.write_text(text, "utf-8")
    return file


def test_without_any_file_the_shipped_settings_stand(tmp_path: Path) -> None:
    loaded = load(tmp_path / "none.yaml", tmp_path)

    settings = loaded.settings
    assert settings.shipped_default_model == "opus"
    assert settings.default_model is None
    assert settings.project.default_model is None
    assert settings.aliases == defaults.ALIASES
    assert settings.stage_models == defaults.STAGE_MODELS
    assert settings.model_sets == defaults.MODEL_SETS
    assert {name: agent.kind for name, agent in settings.agents.items()} == {
        "claude": "claude",
        "rehearsal": "rehearsal",
    }
    assert settings.profiles["claude"].agent == "claude"
    assert not settings.workflows
    assert not loaded.env_names
    assert not loaded.warnings


def test_an_empty_file_says_nothing(tmp_path: Path) -> None:
    assert load(written(tmp_path, "# later\n")) == load(tmp_path / "none.yaml")


def test_a_key_with_nothing_after_it_says_nothing(tmp_path: Path) -> None:
    loaded = load(written(tmp_path, "aliases:\n# glm: zai/glm-5\nlimits:\nfavourites:\ntheme:\nsmall_model:\n"))

    assert loaded.settings == load(tmp_path / "none.yaml").settings


def test_a_person_is_reminded_once_a_day_or_as_often_as_the_file_says_or_never(tmp_path: Path) -> None:
    def hours(text: str) -> float | None:
        return load(written(tmp_path, text)).settings.remind_hours

    assert (hours(""), hours("remind_hours: 2.5\n"), hours("remind_hours: null\n")) == (24, 2.5, None)


def test_a_stage_that_names_nobody_is_done_by_the_default_profile(tmp_path: Path) -> None:
    file = written(
        tmp_path,
        """
        profiles: {mine: {agent: rehearsal}}
        workflows:
          x: {stages: [{name: a}, {type: approval}, {name: b, profile: mine}]}
        """,
    )

    shipped = load(file).settings.workflows["x"].stages
    file.write_text(
        f"default_profile: mine\n{file.read_text().replace('        profiles', 'profiles', 1)}".replace(
            "\n        ", "\n"
        )
    )
    chosen = load(file).settings.workflows["x"].stages

    assert [stage.profile for stage in shipped] == ["claude", None, "mine"]
    assert [stage.profile for stage in chosen] == ["mine", None, "mine"]


def test_maps_are_merged_over_the_shipped_ones_and_an_empty_map_clears_them(tmp_path: Path) -> None:
    settings = load(written(tmp_path, "aliases: {mine: openai/gpt-5.5}\nstage_models: {}\n")).settings

    assert settings.aliases == {**defaults.ALIASES, "mine": "openai/gpt-5.5"}
    assert settings.stage_models == {}


def test_each_layer_keeps_its_default_model(tmp_path: Path) -> None:
    user = written(tmp_path, "default_model: sonnet\n")
    written(tmp_path, "default_model: agent-default\n", PROJECT_FILE)

    settings = load(user, tmp_path, trusted=True).settings

    assert settings.shipped_default_model == "opus"
    assert settings.default_model == "sonnet"
    assert settings.project.default_model == "agent-default"


def test_the_origin_of_a_workflow_is_the_topmost_layer_that_speaks_of_it(tmp_path: Path) -> None:
    user = written(
        tmp_path, "workflows: {a: {stages: [{name: s}]}, b: {stages: [{name: s}]}, c: {stages: [{name: s}]}}"
    )
    written(tmp_path, "workflows: {b: {title: Ours}, c: {}, d: {stages: [{name: t}]}}", PROJECT_FILE)

    loaded = load(user, tmp_path, trusted=True)

    assert loaded.origin == {"a": "user", "b": "project", "d": "project"}
    assert loaded.settings.workflows["b"].title == "Ours"
    assert loaded.settings.workflows["b"].stages[0].name == "s"


def test_the_names_of_variables_come_from_providers_and_whole_references(tmp_path: Path) -> None:
    user = written(
        tmp_path,
        "providers: {a: {kind: openai, api_key_env: A_KEY}, b: {models: [{id: m}]}}\n"
        "agents: {x: {kind: claude, env: {ONE: $ONE, TWO: '$TWO and more', THREE: '3', FOUR: '$', FIVE: $OTHER}}}\n",
    )

    assert load(user).env_names == {"A_KEY", "ONE", "OTHER"}


def test_the_digest_changes_with_the_content_alone(tmp_path: Path) -> None:
    first = load(written(tmp_path, "strict: true\ntheme: mono\n")).digest
    same = load(written(tmp_path, "# turned round\ntheme: mono\nstrict: true\n")).digest
    other = load(written(tmp_path, "strict: false\ntheme: mono\n")).digest

    assert first == same
    assert first != other


def test_a_model_may_be_written_with_an_effort_everywhere(tmp_path: Path) -> None:
    loaded = load(
        written(
            tmp_path,
            "default_model: {model: opus, effort: high}\npresets: {p: {plan: {effort: low}}}\n"
            "profiles: {claude: {model: {model: opus}}}\n",
        )
    )

    assert loaded.settings.default_model == {"model": "opus", "effort": "high"}
    assert loaded.settings.presets["p"]["plan"] == {"effort": "low"}
    assert loaded.settings.profiles["claude"].agent == "claude"


def test_a_provider_that_is_nearly_known_gets_a_warning(tmp_path: Path) -> None:
    loaded = load(written(tmp_path, "agents: {x: {kind: claude, providers: [antropic, openrouter]}}"))

    assert loaded.warnings == (
        "agents.x.providers names 'antropic', which is no provider here; did you mean anthropic?",
    )


def test_a_symbolic_link_of_the_person_is_followed(tmp_path: Path) -> None:
    real = written(tmp_path, "theme: mono\n", "dotfiles.yaml")
    link = tmp_path / "config.yaml"
    link.symlink_to(real)

    assert load(link).settings.theme == "mono"


def test_three_hundred_workflows_are_read_in_less_than_a_blink(tmp_path: Path) -> None:
    stage = "{name: s%d, profile: claude, model: opus, command: /plan, requires: [vision]}"
    stages = ", ".join(stage % number for number in range(5))
    user = written(
        tmp_path, "workflows:\n" + "".join(f"  w{n}: {{title: W {n}, stages: [{stages}]}}\n" for n in range(300))
    )
    load(user)

    began = time.process_time()
    loaded = load(user)

    assert len(loaded.settings.workflows) == 300
    assert time.process_time() - began < 1  # tens of milliseconds where nothing else runs
