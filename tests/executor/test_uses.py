"""Models that are made for something else than chat: wherever one is named, it is refused with a suggestion."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.executor.conftest import CONFIG, House
from tui.core.config_verbs import SetDefault, SetFavourite, StageDefault, UpdateWorkflow
from tui.core.errors import ResolutionError
from tui.core.spec_verbs import CreateSpec
from tui.core.verbs import Start, StartWorkflow

EMBEDDING = "lab/text-embedding-3-small"
OWN = CONFIG.replace(
    "  anthropic: {kind: list}\n",
    "  anthropic: {kind: list}\n"
    "  lab: {kind: list, models: [{id: text-embedding-3-small}, {id: text-writer-3, input: [text]}, "
    "{id: image-describer, use: chat}]}\n",
)

EXPLICIT: dict[str, Callable[[str, str], Start]] = {
    "start": lambda project, model: StartWorkflow("one", project=project, model=model),
    "dry run": lambda project, model: StartWorkflow("one", project=project, model=model, dry_run=True),
    "step": lambda project, model: StartWorkflow("one", project=project, step_models={"0": model}),
    "workflow default": lambda project, model: UpdateWorkflow("one", {0: StageDefault(model)}, None, project),
    "default": lambda _, model: SetDefault(model),
    "favourite": lambda _, model: SetFavourite(model, on=True),
    "spec": lambda project, model: CreateSpec(
        "chore", "Tidy", project=project, workflow="one", stage_models={"plan": model}
    ),
}


@pytest.mark.parametrize("name", EXPLICIT)
async def test_an_embedding_model_is_refused_where_it_is_named(house: House, name: str) -> None:
    house.locations.config_file.write_text(OWN)
    request = EXPLICIT[name](str(house.project), EMBEDDING)
    if isinstance(request, StartWorkflow) and request.dry_run:
        started = await house.executor.verbs.start(request)
        assert started.run is not None
        error = started.run.steps[0].error
        assert error is not None
        message, suggestions = error.message, error.suggestions
    else:
        with pytest.raises(ResolutionError) as caught:
            await house.executor.verbs.start(request)
        message, suggestions = caught.value.message, caught.value.suggestions
    assert f"{EMBEDDING} is for embedding, not for chat" in message
    assert "lab/text-writer-3" in suggestions
    assert EMBEDDING not in suggestions
    assert house.locations.config_file.read_text() == OWN


async def test_what_the_configuration_states_beats_the_id(house: House) -> None:
    house.locations.config_file.write_text(OWN)
    run = (await house.executor.verbs.start(EXPLICIT["dry run"](str(house.project), "lab/image-describer"))).run
    assert run is not None
    assert run.steps[0].sent == "lab/image-describer"


async def test_one_that_is_inherited_is_passed_over_with_a_warning(house: House) -> None:
    house.locations.config_file.write_text(OWN.replace("default_model: haiku", f"default_model: {EMBEDDING}"))
    run = await house.run("fails")
    assert (run.steps[0].sent, run.steps[0].tier) == (None, "agent default")
    assert any("is for embedding" in warning for warning in run.steps[0].warnings)
