"""What holds for every request, configuration and catalog, however odd."""

from __future__ import annotations

import random
from dataclasses import replace
from typing import TypeVar

from hypothesis import given, settings
from hypothesis import strategies as st

from tui.core.catalog import Catalog, Model, Price, Provider
from tui.core.defaults import ALIASES, MODEL_SETS, STAGE_MODELS
from tui.core.errors import ResolutionError
from tui.core.plain import one_line
from tui.core.resolution import (
    Attachment,
    PastMessage,
    Resolution,
    ResolutionRequest,
    SpecChoices,
    TraceRow,
    WorkerSetting,
)
from tui.core.resolver import resolve
from tui.core.resolver.tiers import TIERS
from tui.core.settings import Agent, Profile, ProjectDefaults, Settings, Stage, Workflow

T = TypeVar("T")

MODELS = [
    "claude-opus-4-8",
    "claude-haiku-4-5-20260101",
    "eye-vision",
    "tiny-mini",
    "Tiny-Mini",
    "tiny-mini-latest",
    "a/b:c",
]
PROVIDERS = ["anthropic", "openai", "zai", "node"]
STAGES = ["plan", "build", "ok"]
TAGS = ["node", "auto", "node:fast", "node:vision", "auto:docs", "inherit", "agent-default", "opus", "GLM", "alias"]
ODD_TEXTS = ["node:none", "loop", "anthropic/", "/m", "/", " ", "nobody", "x/y", "\x1b[2J\u202e", "x" * 10_000]


def mostly(usual: st.SearchStrategy[T], rare: st.SearchStrategy[T]) -> st.SearchStrategy[T]:
    """``usual`` but for one time in thirty or so, so that what is odd does not hide the rest."""
    return st.integers(0, 30).flatmap(lambda number: rare if number == 17 else usual)


odd: st.SearchStrategy[object] = st.one_of(
    st.sampled_from(ODD_TEXTS),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.lists(st.integers(), max_size=2),
    st.text(),
)
references = st.builds("{}/{}".format, st.sampled_from(PROVIDERS), st.sampled_from(MODELS))
selectors = st.one_of(st.none(), st.sampled_from(MODELS), st.sampled_from(TAGS), references)
efforts: st.SearchStrategy[object] = mostly(st.sampled_from([None, None, None, "low", "HIGH"]), odd)
pairs = st.fixed_dictionaries({}, optional={"model": selectors, "effort": efforts})
written: st.SearchStrategy[object] = mostly(st.one_of(selectors, selectors, pairs), odd)
flag = st.sampled_from([None, True, False])

models = st.builds(
    Model,
    id=mostly(st.sampled_from(MODELS), st.text(max_size=3)),
    name=st.sampled_from([None, "Fast Vision"]),
    status=st.sampled_from(["active", "beta", "deprecated"]),
    context=st.sampled_from([None, -5, 0, 64_000, 10**9]),
    price=st.sampled_from([None, Price(), Price(0.1), Price(float("nan")), Price(-3)]),
    input=st.sampled_from([None, (), ("text",), ("text", "image")]),
    attachment=flag,
    tools=flag,
    reasoning=flag,
    efforts=st.sampled_from([None, None, (), ("low", "High")]),
)
providers = st.builds(
    Provider,
    id=mostly(st.sampled_from(PROVIDERS), st.text(max_size=3)),
    source=st.sampled_from(["config", "custom", "env", "api"]),
    key=st.sampled_from(["present", "empty", "absent"]),
    list=st.sampled_from(["listed", "listed", "failed", "not_listed"]),
    models=st.lists(models, min_size=1, max_size=6).map(tuple),
)
catalogs = st.one_of(st.just([]), *[st.lists(providers, min_size=2, max_size=6)] * 4).map(
    lambda found: Catalog(tuple(found))
)
agents = st.builds(
    Agent,
    kind=st.sampled_from(["claude", "codex", "acp"]),
    providers=st.sampled_from([None, None, (), ("zai",), ("anthropic", "openai")]),
)
vision = st.sampled_from([(), (), (), ("vision",)])


def stage(name: str) -> st.SearchStrategy[Stage]:
    """A stage of that name; ``ok`` is a gate."""
    return st.builds(
        Stage,
        name=st.just(name),
        type=st.just("approval" if name == "ok" else "agent"),
        profile=mostly(st.sampled_from([None, "p"]), st.just("dangling")),
        model=written,
        effort=efforts,
        command=st.sampled_from([None, "/x"]),
        requires=vision,
    )


tables = st.dictionaries(st.sampled_from(["plan", "build", "implement", "base", "heavy"]), written, max_size=3)
configs = st.builds(
    Settings,
    default_model=written,
    shipped_default_model=st.sampled_from([None, "opus"]),
    project=st.builds(ProjectDefaults, written),
    small_model=written,
    strict=st.booleans(),
    aliases=st.one_of(st.just(ALIASES), st.just({"loop": "Loop2", "loop2": "LOOP", "alias": "node:fast", "opus": 4})),
    stage_models=st.one_of(st.just(STAGE_MODELS), tables),
    model_sets=st.one_of(st.just(MODEL_SETS), tables),
    command_models=st.fixed_dictionaries({"/x": mostly(tables, odd)}),
    presets=st.fixed_dictionaries({"eco": mostly(tables, odd)}),
    agents=st.dictionaries(st.sampled_from(["one", "two", "three"]), agents, max_size=3),
    profiles=st.fixed_dictionaries(
        {"p": st.builds(Profile, st.sampled_from(["one", "two", "none", ""]), written, efforts, st.booleans())}
    ),
    workflows=st.fixed_dictionaries({"f": st.tuples(*map(stage, STAGES)).map(Workflow)}),
)
preferences: st.SearchStrategy[object] = mostly(st.one_of(st.none(), tables), odd)
legacy: st.SearchStrategy[object] = st.tuples(preferences, preferences).map(
    lambda found: {"workflow": {"stageModelPreferences": found[0]}, "stageModelPreferences": found[1]}
)
specs = st.builds(
    SpecChoices,
    type=st.sampled_from([None, "feature", "patch"]),
    model_set=mostly(st.sampled_from([None, "base", "heavy"]), odd),
    stage_models=preferences,
    orchestrator_state=mostly(legacy, odd),
)
messages = st.builds(PastMessage, st.sampled_from(STAGES), written, st.sampled_from([None, "dynamic", "sticky"]))
requests = st.builds(
    ResolutionRequest,
    kind=st.sampled_from(["worker", "step", "step", "message"]),
    profile=mostly(st.sampled_from([None, "p"]), odd),
    workflow=mostly(st.sampled_from([None, "f"]), odd),
    stage=mostly(st.sampled_from([None, *STAGES]), odd),
    index=mostly(st.sampled_from([None, 0, 1, 2]), odd),
    command=mostly(st.sampled_from([None, "/x"]), odd),
    spec=st.one_of(st.none(), specs),
    step_models=mostly(st.dictionaries(st.sampled_from(["0", "1", 2]), written, max_size=2), odd),
    model=st.one_of(st.none(), st.none(), written),
    effort=efforts,
    preset=mostly(st.sampled_from([None, None, "eco"]), odd),
    policy=mostly(st.sampled_from([None, "sticky", "dynamic"]), odd),
    worker=st.one_of(st.none(), st.builds(WorkerSetting, written, efforts)),
    messages=st.lists(messages, max_size=3).map(tuple),
    requires=vision,
    attachments=st.sampled_from([(), (), (), (Attachment("a.png", "image"),)]),
)


def answer(request: ResolutionRequest, config: Settings, catalog: Catalog) -> Resolution | tuple[object, ...]:
    """What comes back; an error as what it tells."""
    try:
        return resolve(request, config, catalog)
    except ResolutionError as error:
        return str(error), error.suggestions, error.field, error.trace


def shuffled(catalog: Catalog, seed: int) -> Catalog:
    """The same providers and models in another order."""
    order = random.Random(seed)
    providers = [replace(one, models=tuple(order.sample(one.models, len(one.models)))) for one in catalog.providers]
    return Catalog(tuple(order.sample(providers, len(providers))))


@settings(max_examples=120, deadline=None)
@given(requests, configs, catalogs)
def test_nothing_is_raised_but_a_resolution_error(
    request: ResolutionRequest, config: Settings, catalog: Catalog
) -> None:
    found = answer(request, config, catalog)
    told = (found.reason, *found.warnings) if isinstance(found, Resolution) else (str(found[0]),)
    for sentence in told:
        assert sentence
        assert one_line(sentence, 6_000) == sentence


@settings(max_examples=120, deadline=None)
@given(requests, configs, catalogs)
def test_no_model_that_is_known_to_lack_a_requirement_is_returned(
    request: ResolutionRequest, config: Settings, catalog: Catalog
) -> None:
    found = answer(replace(request, requires=("vision",)), config, catalog)
    if isinstance(found, Resolution) and found.reference is not None:
        known = [
            model.vision
            for provider in catalog.providers
            for model in provider.models
            if (provider.id, model.id) == (found.reference.provider, found.reference.model)
        ]
        assert not known or any(vision is not False for vision in known)
        assert found.requirements == ("vision",)


@settings(max_examples=60, deadline=None)
@given(requests, configs, catalogs, st.integers(0, 99))
def test_the_answer_does_not_depend_on_the_order_of_providers_or_models(
    request: ResolutionRequest, config: Settings, catalog: Catalog, seed: int
) -> None:
    first = answer(request, config, catalog)
    assert repr(answer(request, config, catalog)) == repr(first)
    assert repr(answer(request, config, shuffled(catalog, seed))) == repr(first)


@settings(max_examples=120, deadline=None)
@given(requests, configs, catalogs)
def test_the_trace_has_every_tier_in_order_and_names_the_winner(
    request: ResolutionRequest, config: Settings, catalog: Catalog
) -> None:
    found = answer(request, config, catalog)
    rows: tuple[TraceRow, ...] = found.trace if isinstance(found, Resolution) else found[3]  # type: ignore[assignment]
    if not isinstance(found, Resolution) and not rows:
        return  # the request itself was wrong: no tier was asked
    assert [(row.number, row.tier) for row in rows[:14]] == [(tier.number, tier.name) for tier in TIERS]
    assert all(row.outcome == "note" for row in rows[14:])
    won = [row for row in rows if row.outcome == "won"]
    if isinstance(found, Resolution):
        assert [row.tier for row in won] == [found.tier]
        assert found.reason.startswith(found.tier)
        if found.reference is not None:
            taken = [one.reference for one in won[0].candidates if one.rejected is None]
            assert taken == [str(found.reference)]
    elif not won:
        assert [row.outcome for row in rows].count("error") == 1


@settings(max_examples=60, deadline=None)
@given(requests, configs, catalogs)
def test_an_agent_that_can_run_the_model_is_named(
    request: ResolutionRequest, config: Settings, catalog: Catalog
) -> None:
    found = answer(request, config, catalog)
    if isinstance(found, Resolution) and found.reference and found.agent and found.agent in config.agents:
        assert config.agents[found.agent].runs(found.reference.provider)
