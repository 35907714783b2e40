"""Substeps in a file: the steps that they become, and where each of them stands."""

from __future__ import annotations

import json
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from tui.config.document import Data, parse
from tui.config.load import load
from tui.config.locations import PROJECT_FILE
from tui.config.substeps import expanded, places
from tui.core.settings import Stage, Substep

FLOW = """
workflows:
  x:
    stages:
      - name: plan
        model: opus
        effort: high
        prompt: Keep it short.
        requires: [vision]
        timeout: 60
        interactive: true
        substeps:
          - {name: explore, model: haiku, command: /explore}
          - {name: weigh, prompt: Weigh it., effort: low}
          - {name: decide, model: {model: sonnet, effort: medium}}
      - {name: ok, type: approval}
      - {name: build}
"""


def stages_of(folder: Path, text: str = FLOW) -> tuple[Stage, ...]:
    file = folder / "config.yaml"
    file.write_text(text)
    return load(file).settings.workflows["x"].stages


def test_each_substep_is_a_step_in_its_stages_place(tmp_path: Path) -> None:
    assert [stage.label for stage in stages_of(tmp_path)] == [
        "plan/explore",
        "plan/weigh",
        "plan/decide",
        "ok",
        "build",
    ]


def test_a_substep_has_what_its_stage_has(tmp_path: Path) -> None:
    for stage in stages_of(tmp_path)[:3]:
        assert (stage.name, stage.profile, stage.requires, stage.timeout) == ("plan", "claude", ("vision",), 60)
        assert stage.interactive
        assert stage.substeps == ()


def test_the_stages_prompt_goes_before_the_substeps_own_and_its_command_is_its_own(tmp_path: Path) -> None:
    explore, weigh, _, *_ = stages_of(tmp_path)

    assert (explore.command, explore.prompt) == ("/explore", "Keep it short.")
    assert (weigh.command, weigh.prompt) == (None, "Keep it short.\n\nWeigh it.")


def test_a_substep_without_a_model_has_its_stages_and_an_effort_goes_with_the_model_it_was_written_for(
    tmp_path: Path,
) -> None:
    explore, weigh, decide, *_ = stages_of(tmp_path)

    assert (explore.model, explore.effort) == ("haiku", None)
    assert (weigh.model, weigh.effort) == ("opus", "low")
    assert (decide.model, decide.effort) == ("sonnet", "medium")


def test_an_effort_in_the_stages_map_counts_for_a_substep_without_one(tmp_path: Path) -> None:
    stages = stages_of(
        tmp_path,
        """
        workflows:
          x: {stages: [{name: a, model: {model: opus, effort: high}, substeps: [{name: b}, {name: c, effort: low}]}]}
        """,
    )

    chosen = [(stage.model, stage.effort) for stage in stages]
    assert chosen == [({"model": "opus", "effort": "high"}, None), ("opus", "low")]


def test_a_substep_is_chosen_for_by_its_own_name_where_it_names_a_model_and_by_its_stages_else(tmp_path: Path) -> None:
    assert [stage.chosen_as for stage in stages_of(tmp_path)] == ["plan/explore", "plan", "plan/decide", "ok", "build"]


def test_the_places_of_steps_point_into_the_file() -> None:
    document = parse("stages: [{name: a}, {name: b, substeps: [{name: c}, {name: d}]}, {name: e}]", "file")

    found = places(document.at(("stages",)))

    assert found == ((0,), (1, "substeps", 0), (1, "substeps", 1), (2,))
    assert [document.at(("stages", *one, "name")) for one in found] == ["a", "c", "d", "e"]
    assert places(None) == ()


def test_the_file_of_a_folder_that_is_not_trusted_smuggles_nothing_in_with_its_substeps(tmp_path: Path) -> None:
    (tmp_path / PROJECT_FILE).write_text(
        """
        workflows:
          gate: {stages: [{type: approval, substeps: [{name: a, command: /rm}]}]}
          posing: {stages: [{name: a, part: b, apart: true}]}
          many: {stages: [{name: a, substeps: [&s {name: b}, *s, *s]}]}
        """
        + "  huge: {stages: [{name: a, substeps: ["
        + "{name: b}, " * 2_000
        + "{name: c}]}]}\n"
    )

    listed = dict(load(None, tmp_path).listed)

    assert [(stage.type, stage.command, stage.substeps) for stage in listed["gate"].stages] == [("approval", None, ())]
    assert [stage.label for stage in listed["posing"].stages] == ["a"]
    assert [stage.label for stage in listed["many"].stages] == ["a/b"] * 3
    assert len(listed["huge"].stages) == 50
    assert load(None, tmp_path).settings.workflows == {}


NAMES = st.sampled_from(["plan", "build", "review"])
SUBSTEPS = st.lists(st.sampled_from(["a", "b", "c", "d"]), min_size=1, unique=True)


@given(st.lists(st.tuples(NAMES, st.none() | SUBSTEPS), min_size=1, max_size=6))
def test_each_step_is_found_where_the_file_has_it(written: list[tuple[str, list[str] | None]]) -> None:
    data: Data = [
        {"name": name, **({"substeps": [{"name": part} for part in parts]} if parts else {})} for name, parts in written
    ]
    document = parse(json.dumps({"stages": data}), "file")
    stages = tuple(Stage(name, substeps=tuple(map(Substep, parts or ()))) for name, parts in written)

    steps = expanded(stages)

    assert [step.part or step.name for step in steps] == [document.at(("stages", *one, "name")) for one in places(data)]
