"""The trace: who said what, what became of it, and what is noted beside the tiers."""

from __future__ import annotations

import pytest

from tui.core.catalog import Catalog, Model, Provider
from tui.core.errors import ResolutionError
from tui.core.resolution import PastMessage, Resolution, ResolutionRequest, SpecChoices, TraceRow
from tui.core.resolver import resolve
from tui.core.resolver.tiers import TIERS
from tui.core.settings import Agent, Profile, Settings, Stage, Workflow

CATALOG = Catalog(
    (
        Provider("quay", source="env", models=(Model("one", efforts=("low", "high")), Model("two"))),
        Provider("zai", source="env", models=(Model("glm-5"),)),
    )
)
SETTINGS = Settings(
    default_model="two",
    agents={"c": Agent("claude"), "g": Agent("claude", providers=("zai",))},
    profiles={"p": Profile("c", "zai/glm-5", effort="high"), "any": Profile("none", "one")},
    presets={"eco": {"plan": "one"}},
    workflows={"f": Workflow((Stage("plan", model="gone"), Stage("ok", "approval")))},
)


def rows(found: Resolution | ResolutionError) -> dict[str, TraceRow]:
    return {row.tier: row for row in found.trace}


def test_the_tiers_are_the_fourteen_of_the_table() -> None:
    assert [tier.number for tier in TIERS] == list(range(1, 15))
    assert [(tier.name, tier.nature) for tier in TIERS] == [
        ("message override", "explicit"),
        ("step override", "explicit"),
        ("stage preference", "stored"),
        ("run model", "explicit"),
        ("worker setting", "stored"),
        ("last message", "inherited"),
        ("stage default", "inherited"),
        ("stage table", "inherited"),
        ("profile default", "inherited"),
        ("command map", "inherited"),
        ("model set", "inherited"),
        ("project default", "inherited"),
        ("default", "inherited"),
        ("agent default", None),
    ]


def test_each_row_tells_what_became_of_its_tier() -> None:
    request = ResolutionRequest("step", workflow="f", stage="plan", profile="any", spec=SpecChoices(stage_models={}))
    found = rows(resolve(request, SETTINGS, CATALOG))
    assert found["message override"].outcome == "not asked"
    assert found["step override"].outcome == "silent"
    assert (found["stage default"].outcome, found["stage default"].said) == ("passed over", "gone")
    assert found["stage default"].detail == "not found"
    assert (found["profile default"].outcome, found["profile default"].said) == ("won", "one")
    assert (found["default"].outcome, found["default"].said) == ("not reached", "two")


def test_a_tag_that_fell_back_and_the_tiers_it_jumped_over() -> None:
    request = ResolutionRequest("message", profile="any", model="node", messages=(PastMessage(None, "one"),))
    found = rows(resolve(request, SETTINGS, CATALOG))
    assert found["message override"].outcome == "fell back"
    assert found["last message"].outcome == "not asked"
    assert found["last message"].said == "one"
    assert found["default"].outcome == "won"


def test_another_agent_of_the_kind_is_noted() -> None:
    answer = resolve(ResolutionRequest("worker", profile="p"), SETTINGS, CATALOG)
    assert answer.agent == "g"
    note = rows(answer)["agent"]
    assert (note.outcome, note.said) == ("note", "c -> g")


def test_the_tier_that_gave_the_effort_is_noted() -> None:
    note = rows(resolve(ResolutionRequest("worker", profile="p"), SETTINGS, CATALOG))["effort"]
    assert (note.said, note.detail) == ("high", "high is named by profile default")


def test_a_choice_from_a_preset_says_so() -> None:
    found = rows(resolve(ResolutionRequest("step", stage="plan", preset="eco"), SETTINGS, CATALOG))
    assert 'preset "eco"' in str(found["run model"].detail)


def test_an_error_carries_the_trace_and_what_would_have_come() -> None:
    with pytest.raises(ResolutionError) as caught:
        resolve(ResolutionRequest("worker", profile="any", model="quay/three"), SETTINGS, CATALOG)
    found = rows(caught.value)
    assert len(found) == 14
    assert found["message override"].outcome == "error"
    assert [one.reference for one in found["message override"].candidates] == ["quay/three"]
    assert (found["profile default"].outcome, found["profile default"].said) == ("not reached", "one")
    assert caught.value.field == "model"
    assert caught.value.suggestions[0].startswith("quay/")


def test_an_effort_that_is_refused_leaves_a_whole_trace() -> None:
    with pytest.raises(ResolutionError) as caught:
        resolve(ResolutionRequest("worker", model="quay/one", effort="extreme"), SETTINGS, CATALOG)
    assert len(caught.value.trace) == 15
    assert caught.value.field == "effort"
    assert caught.value.suggestions == ("low", "high")


def test_a_gate_asks_nobody() -> None:
    answer = resolve(ResolutionRequest("step", workflow="f", stage="ok"), SETTINGS, CATALOG)
    assert {row.outcome for row in answer.trace[:-1]} == {"not asked"}
    assert answer.trace[-1].outcome == "won"
