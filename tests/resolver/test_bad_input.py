"""Text from outside, in every place of a request, becomes one clear sentence."""

from __future__ import annotations

import pytest

from tui.core.catalog import Catalog, Model, Provider
from tui.core.errors import ResolutionError
from tui.core.plain import one_line
from tui.core.resolution import ResolutionRequest
from tui.core.resolver import resolve
from tui.core.settings import Settings

CATALOG = Catalog((Provider("quay", source="env", models=(Model("rope"),)),))
LONG = "rope" * 2_500
HOSTILE = "quay/\x1b]0;owned\x07ro\x00pe\u202e"


def refused(
    request: ResolutionRequest, settings: Settings | None = None, catalog: Catalog = CATALOG
) -> ResolutionError:
    with pytest.raises(ResolutionError) as caught:
        resolve(request, settings or Settings(), catalog)
    message = caught.value.message
    assert message == one_line(message, 1_000)
    return caught.value


@pytest.mark.parametrize(
    "model", [LONG, f"quay/{LONG}", f"{LONG}/rope", f"node:{LONG}", HOSTILE, "\ud800", "quay/\ud800"]
)
def test_a_long_or_hostile_selector_is_not_found(model: str) -> None:
    refused(ResolutionRequest("worker", model=model))


HUGE = 10**5_000
"""A number of more digits than Python writes out."""


def test_what_is_no_text_names_no_model() -> None:
    for value in (HUGE, 0, 1.5, False, [], ["rope"], {1: 2}, {"model": {"model": "rope"}}, object()):
        assert "text" in refused(ResolutionRequest("worker", model=value)).message


@pytest.mark.parametrize("name", ["profile", "workflow", "stage", "preset", "command"])
def test_a_name_is_a_text(name: str) -> None:
    error = refused(ResolutionRequest("step", **{name: 3}))  # type: ignore[arg-type]
    assert error.field == name
    assert error.message == f"{name} is a text, not 3"


def test_an_index_is_a_whole_number_from_nought() -> None:
    for index in (True, -1, 1.0, "0", HUGE):
        assert refused(ResolutionRequest("step", index=index)).field == "index"


def test_a_key_of_step_models_is_the_number_of_a_step() -> None:
    for key in ("x", "", "-1", "+1", "1.0", "1e3", "1_0", "٣", "9" * 5_000, -1, True, 1.0, None, HUGE):
        request = ResolutionRequest("step", index=0, step_models={key: "rope"})
        assert refused(request).field == "step_models"


@pytest.mark.parametrize("listed", ["failed", "not_listed"])
@pytest.mark.parametrize("model", [f"quay/{LONG}", HOSTILE, "quay/line\nbreak"])
def test_no_such_id_is_taken_as_written_though_the_list_could_not_be_read(model: str, listed: str) -> None:
    unread = Catalog((Provider("quay", source="env", list=listed),))  # type: ignore[arg-type]
    refused(ResolutionRequest("worker", model=model), catalog=unread)


def test_an_effort_that_is_no_word_is_refused() -> None:
    for effort in ("high\x1b[0m", "x" * 100, 3, ["high"]):
        assert refused(ResolutionRequest("worker", model="rope", effort=effort)).field == "effort"


def test_an_empty_catalog_names_nothing_to_choose_from() -> None:
    for model in ("rope", "quay/rope", "node:vision"):
        assert refused(ResolutionRequest("worker", model=model), catalog=Catalog()).suggestions == ()


def test_suggestions_stay_few_and_quick_in_a_large_catalog() -> None:
    many = tuple(
        Provider(f"p{one}", source="env", models=tuple(Model(f"rope-{n}") for n in range(50))) for one in range(100)
    )
    error = refused(ResolutionRequest("worker", model="p7/rope-x"), catalog=Catalog(many))
    assert len(error.suggestions) == 5
    assert all(one.startswith("p7/rope-") for one in error.suggestions)
    assert len(refused(ResolutionRequest("worker", model="nobody/rope-49"), catalog=Catalog(many)).suggestions) == 5


def test_a_long_chain_of_aliases_ends() -> None:
    aliases = {f"a{number}": f"a{number + 1}" for number in range(3_000)}
    answer = resolve(ResolutionRequest("worker", model="a0"), Settings(aliases={**aliases, "a3000": "rope"}), CATALOG)
    assert str(answer.reference) == "quay/rope"


NEAR = Catalog(
    (
        Provider("devstral-hosting", source="env", models=(Model("other"),)),
        Provider(
            "mistral",
            source="env",
            models=(
                Model("devstral-20250710"),
                Model("devstral-embed", use="embedding"),
                Model("mistral-medium-latest"),
                Model("mistral-medium-20250101"),
            ),
        ),
    )
)


@pytest.mark.parametrize(
    ("asked", "suggestions"),
    [
        ("devstral-latest", ("mistral/devstral-20250710",)),
        ("devstral-2024-01-01", ("mistral/devstral-20250710",)),
        ("devstral-medium-preview-turbo", ("mistral/devstral-20250710",)),
        ("mistral-medium-20240101", ("mistral/mistral-medium-20250101", "mistral/mistral-medium-latest")),
    ],
)
def test_dates_do_not_count_and_no_provider_is_suggested_beside_a_similar_model(
    asked: str, suggestions: tuple[str, ...]
) -> None:
    assert (
        refused(ResolutionRequest("worker", model=asked), catalog=NEAR).suggestions[: len(suggestions)] == suggestions
    )
    assert all("/" in one for one in refused(ResolutionRequest("worker", model=asked), catalog=NEAR).suggestions)
    assert "mistral/devstral-embed" not in refused(ResolutionRequest("worker", model=asked), catalog=NEAR).suggestions
