"""The project's own scenarios, one test each: every row of every table of how a model is chosen."""

from __future__ import annotations

from pathlib import Path

import pytest

from tui.config.scenario import Scenario, read_scenarios, scenario_files
from tui.config.scenario_check import differences

FOLDER = Path(__file__).parent / "scenarios"
READ = [(file.stem, scenario) for file in scenario_files(FOLDER) for scenario in read_scenarios(file)]
SCENARIOS = [
    pytest.param(scenario, id=f"{name}-{scenario.id}") for name, scenario in READ if isinstance(scenario, Scenario)
]


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_scenario_comes_to_what_it_expects(scenario: Scenario) -> None:
    assert differences(scenario) == []


def test_every_scenario_can_be_read_and_has_a_name_of_its_own() -> None:
    assert [scenario for _, scenario in READ if not isinstance(scenario, Scenario)] == []
    names = [param.id for param in SCENARIOS]
    assert len(names) == len(set(names))
