"""What is on offer, and whether there is a key for it."""

from __future__ import annotations

from pathlib import Path

import pytest

from tui.catalog.offer import offered
from tui.catalog.shipped import shipped
from tui.core.catalog import Provider
from tui.core.settings import ModelEntry, ProviderSettings, Settings


def provider(name: str, home: Path, handed: dict[str, str] | None = None, **given: ProviderSettings) -> Provider:
    return offered(Settings(providers=given), handed or {}, home).by_id[name]


def state(found: Provider) -> tuple[str, str, str, bool]:
    return found.source, found.key, found.list, found.usable


def test_without_a_key_the_shipped_models_are_there_and_not_usable(tmp_path: Path) -> None:
    found = provider("anthropic", tmp_path)

    assert state(found) == ("api", "absent", "not_listed", False)
    assert found.models == shipped()["anthropic"].models


def test_a_key_that_was_handed_over_is_the_environments(tmp_path: Path) -> None:
    found = provider("anthropic", tmp_path, {"ANTHROPIC_API_KEY": "x"})

    assert state(found) == ("env", "present", "not_listed", True)


def test_an_empty_key_is_no_key(tmp_path: Path) -> None:
    assert state(provider("openai", tmp_path, {"OPENAI_API_KEY": " "})) == ("api", "empty", "not_listed", False)


@pytest.mark.parametrize(
    ("name", "login"),
    [
        ("anthropic", ".claude/.credentials.json"),
        ("openai", ".codex/auth.json"),
        ("google", ".gemini/oauth_creds.json"),
    ],
)
def test_a_login_that_an_agent_holds_counts_as_a_key(name: str, login: str, tmp_path: Path) -> None:
    (tmp_path / login).parent.mkdir(parents=True)
    (tmp_path / login).write_text("{}")

    assert state(provider(name, tmp_path)) == ("api", "present", "not_listed", True)
    assert state(provider(name, tmp_path, **{name: ProviderSettings("list")})) == (
        "config",
        "present",
        "not_listed",
        True,
    )


def test_a_login_is_none_for_another_address(tmp_path: Path) -> None:
    (tmp_path / ".claude").mkdir()
    (tmp_path / ".claude" / ".credentials.json").write_text("{}")

    found = provider("anthropic", tmp_path, anthropic=ProviderSettings("anthropic", base_url="https://proxy.example"))

    assert found.key == "absent"


def test_a_configured_provider_is_usable_and_says_whether_its_key_is_there(tmp_path: Path) -> None:
    given = ProviderSettings("anthropic", api_key_env="MY_KEY")

    assert state(provider("anthropic", tmp_path, anthropic=given)) == ("config", "absent", "not_listed", True)
    assert state(provider("anthropic", tmp_path, {"MY_KEY": "x"}, anthropic=given))[1] == "present"


def test_a_provider_of_a_vendors_kind_offers_the_vendors_models_at_the_vendors_address_alone(tmp_path: Path) -> None:
    assert provider("work", tmp_path, work=ProviderSettings("openai")).models == shipped()["openai"].models
    assert provider("work", tmp_path, work=ProviderSettings("openai", base_url="https://x.example")).models == ()


def test_a_list_by_hand_is_the_providers_list(tmp_path: Path) -> None:
    given = ProviderSettings(
        "anthropic",
        name="Z",
        base_url="https://x.example",
        models=(
            ModelEntry("glm-5"),
            ModelEntry("glm-4.7", context=1, price={"input": 9}),
            ModelEntry("own", tools=False),
        ),
    )
    found = provider("zai", tmp_path, zai=given)
    rows = {model.id: model for model in shipped()["zai"].models}

    assert (found.name, found.list) == ("Z", "listed")
    assert [model.id for model in found.models] == ["glm-5", "glm-4.7", "own"]
    assert found.models[0] == rows["glm-5"]
    assert found.models[1].context == 1
    assert found.models[1].output == rows["glm-4.7"].output
    assert found.models[1].price is not None
    assert (found.models[1].price.input, found.models[1].price.output) == (9, None)
    assert found.models[1].facts_from == f"the configuration; {rows['glm-4.7'].facts_from}"
    assert (found.models[2].tools, found.models[2].context, found.models[2].facts_from) == (
        False,
        None,
        "the configuration",
    )


def test_configured_providers_come_first_and_each_is_there_once(tmp_path: Path) -> None:
    catalog = offered(
        Settings(providers={"own": ProviderSettings(), "google": ProviderSettings("google")}), {}, tmp_path
    )

    assert [found.id for found in catalog.providers] == ["own", "google", "anthropic", "openai", "zai"]


def test_the_digest_follows_the_content(tmp_path: Path) -> None:
    one = offered(Settings(), {}, tmp_path)
    same = offered(Settings(), {"UNRELATED": "x"}, tmp_path)
    keyed = offered(Settings(), {"OPENAI_API_KEY": "x"}, tmp_path)
    other_value = offered(Settings(), {"OPENAI_API_KEY": "y"}, tmp_path)

    assert one.digest == same.digest
    assert one.digest != keyed.digest
    assert keyed.digest == other_value.digest


def test_no_value_that_was_handed_over_is_in_the_catalog(tmp_path: Path) -> None:
    catalog = offered(Settings(), {"OPENAI_API_KEY": "sk-secret"}, tmp_path)

    assert "sk-secret" not in repr(catalog)
