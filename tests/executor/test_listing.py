"""The views of what a choice is made of: their rows, scope, query and pages."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.executor.conftest import House
from tui.config.trust import TrustStore
from tui.core.defaults import STAGE_MODELS
from tui.core.errors import RequestError
from tui.core.verbs import Page

CONFIG = """
small_model: haiku
aliases: {mine: "anthropic/claude-opus-4-8", lost: nothing/here}
stage_models: {plan: inherit, review: {model: sonnet, effort: high}}
command_models: {/fix: {base: sonnet}}
presets: {cheap: {plan: haiku, review: lost}, dear: {plan: opus}}
"""
MORE = {
    "agents:\n": (
        "agents:\n  missing: {kind: claude, command: [no-such-program]}\n  odd: {kind: command, command: [sh]}\n"
    ),
    "profiles:\n": "profiles:\n  who: {agent: missing, title: Who, model: mine}\n  lost: {agent: quick, model: lost}\n"
    "  blind: {agent: missing, vision: true, model: agent-default, permission: plan}\n",
    "anthropic: {kind: list}": (
        "anthropic: {kind: list}\n"
        "  mine: {kind: openai, base_url: 'https://me:word@here.invalid:8/v1?key=secret', api_key_env: MY_KEY}"
    ),
}
VIEWS = ("tags", "providers", "profiles", "agents", "defaults", "presets")


@pytest.fixture(autouse=True)
def configured(house: House) -> None:
    file = house.locations.config_file
    text = file.read_text()
    for old, new in MORE.items():
        text = text.replace(old, new, 1)
    file.write_text(text + CONFIG)


def rows(page: Page) -> tuple[object, ...]:
    found: tuple[object, ...] = getattr(page, page.view)
    return found


def key(row: object) -> str:
    return str(getattr(row, "name", None) or getattr(row, "id", ""))


async def test_tags_have_what_they_mean_and_the_scores(house: House) -> None:
    page = await house.list("tags", scope="all")
    found = {one.name: one for one in page.tags}
    assert found["mine"].means == "anthropic/claude-opus-4-8"
    assert (found["mine"].kind, found["node:fast"].kind) == ("alias", "tag")
    assert (found["lost"].means, "nothing" in (found["lost"].note or "")) == (None, True)
    docs = found["node:docs"]
    assert docs.means == docs.candidates[0].reference
    scores = [one.score for one in docs.candidates if one.score is not None]
    assert scores == sorted(scores, reverse=True)
    usable = {one.name for one in (await house.list("tags")).tags}
    assert usable == {name for name, one in found.items() if one.means is not None}


async def test_providers_tell_whether_they_can_be_used_and_no_secret(house: House) -> None:
    found = {one.id: one for one in (await house.list("providers", scope="all")).providers}
    assert found["mine"].api_key_env == "MY_KEY"
    assert found["mine"].base_url == "https://here.invalid:8/v1"
    assert not found["google"].usable
    assert "missing" in found["anthropic"].agents
    assert found["anthropic"].models > 0
    assert {one.id for one in (await house.list("providers")).providers} == {
        name for name, one in found.items() if one.usable
    }


async def test_agents_tell_whether_they_can_be_started(house: House) -> None:
    found = {one.id: one for one in (await house.list("agents", scope="all")).agents}
    assert found["quick"].usable
    assert (found["missing"].usable, found["missing"].profiles) == (False, ("who", "blind"))
    assert "no-such-program" in (found["missing"].why_not or "")
    assert "command" in (found["odd"].why_not or "")
    assert "missing" not in {one.id for one in (await house.list("agents")).agents}


async def test_profiles_tell_the_model_that_a_task_gets(house: House) -> None:
    found = {one.name: one for one in (await house.list("profiles")).profiles}
    assert (found["who"].model, found["who"].means) == ("mine", "anthropic/claude-opus-4-8")
    assert (found["blind"].means, found["blind"].error, found["blind"].permission) == (None, None, "plan")
    assert found["blind"].warnings
    assert found["lost"].warnings
    assert found["quick"].stages[:2] == ("one/plan", "three/plan")
    assert (found["who"].reason or "").startswith("profile default (who): mine")


async def test_defaults_tell_which_layer_says_them(house: House) -> None:
    found = {one.name: one for one in (await house.list("defaults")).defaults}
    assert (found["default_model"].says, found["default_model"].origin) == ("haiku", "user")
    assert (found["small_model"].means or "").startswith("anthropic/claude-haiku")
    assert found["stage_models.implement"].origin == "shipped"
    assert (found["stage_models.plan"].means, found["stage_models.plan"].note) == (None, "says nothing")
    review = found["stage_models.review"]
    assert (review.says, review.effort, review.origin) == ("sonnet", "high", "user")
    assert found["command_models./fix.base"].says == "sonnet"
    (house.project / ".modeldeck.yaml").write_text("default_model: opus\n")
    TrustStore(house.locations.trust).trust(house.project)
    (first, *_) = (await house.list("defaults")).defaults
    assert (first.says, first.origin) == ("opus", "project")


async def test_presets_tell_what_each_stage_gets(house: House) -> None:
    presets = {one.name: one for one in (await house.list("presets")).presets}
    assert set(presets) == {"cheap", "dear", "economy", "performance"}
    assert [(one.name, one.says, one.means is None) for one in presets["cheap"].stages] == [
        ("plan", "haiku", False),
        ("review", "lost", True),
    ]
    assert {one.name for one in presets["economy"].stages} == set(STAGE_MODELS)
    assert {one.origin for one in presets["economy"].stages} == {"shipped"}


@pytest.mark.parametrize("view", VIEWS)
async def test_pages_join_to_the_whole(house: House, view: str) -> None:
    whole = rows(await house.list(view, scope="all"))
    read: list[object] = []
    after = None
    while True:
        page = await house.list(view, scope="all", limit=1, after=after)
        read += rows(page)
        assert len(rows(page)) == 1
        after = page.next
        if after is None:
            break
    assert tuple(read) == whole


@pytest.mark.parametrize("view", VIEWS)
async def test_a_query_narrows_and_may_find_nothing(house: House, view: str) -> None:
    whole = rows(await house.list(view, scope="all"))
    name = key(whole[-1])
    found = rows(await house.list(view, scope="all", query=name.upper()))
    assert name in map(key, found)
    assert len(found) <= len(whole)
    assert rows(await house.list(view, scope="all", query="there is no such thing")) == ()


@pytest.mark.parametrize("view", (*VIEWS, "models"))
async def test_a_cursor_that_is_none_is_told(house: House, view: str) -> None:
    with pytest.raises(RequestError, match="read it from the start"):
        await house.list(view, after="\x1b]0;x\x07nothing")


async def test_models_come_in_pages_too(house: House) -> None:
    whole = await house.list("models", scope="all", limit=500)
    wanted = [f"{provider.id}/{model.id}" for provider in whole.models for model in provider.models]
    assert len(wanted) > 14
    read: list[str] = []
    providers: set[str] = set()
    after, first = None, True
    while first or after is not None:
        page = await house.list("models", scope="all", limit=7, after=after)
        assert bool(page.aliases) == first
        read += [f"{provider.id}/{model.id}" for provider in page.models for model in provider.models]
        providers |= {provider.id for provider in page.models}
        after, first = page.next, False
    assert read == wanted
    assert providers == {provider.id for provider in whole.models}


async def test_a_hostile_name_is_plain_text(house: House, tmp_path: Path) -> None:
    file = house.locations.config_file
    file.write_text(file.read_text() + 'favourites: ["\\e[31mred"]\n')
    page = await house.list("check")
    assert [one for one in page.check if one.place == "favourites[0]"]
    assert "\x1b" not in str(page)
