"""Whatever a reply holds, it is a list of clean rows or one clean error."""

from __future__ import annotations

import asyncio
import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tui.catalog.fetch import Request
from tui.catalog.providers import acp, opencode
from tui.catalog.reply import ListError
from tui.catalog.sources import WIRES
from tui.config.codec import read_reply, write
from tui.core.catalog import Model
from tui.core.plain import one_line

NAMES = st.sampled_from(
    [
        "data",
        "models",
        "id",
        "name",
        "has_more",
        "last_id",
        "nextPageToken",
        "capabilities",
        "effort",
        "supported",
        "low",
        "architecture",
        "input_modalities",
        "pricing",
        "prompt",
        "completion",
        "context_length",
        "supported_parameters",
        "supportedGenerationMethods",
        "all",
        "connected",
        "providers",
        "source",
        "variants",
        "cost",
        "input",
        "cache",
        "read",
        "limit",
        "context",
        "status",
        "model",
        "small_model",
        "configOptions",
        "options",
        "value",
        "category",
        "availableModels",
        "modelId",
        "description",
    ]
)
LEAVES = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=8)
    | st.sampled_from(["m-1", "models/m", "env", "model", "1e5", "-1", "0.000001", 10**30])
)
JSON = st.recursive(
    LEAVES,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(NAMES | st.text(max_size=3), inner, max_size=6),
    max_leaves=30,
)
ROWS = st.lists(
    st.dictionaries(NAMES, JSON, max_size=8).map(lambda row: {"id": "m", "name": "models/m", **row}), max_size=3
)


def check(models: tuple[Model, ...]) -> None:
    for model in models:
        assert read_reply(Model, write(model)) == model
        for text in (model.id, model.name, model.description):
            assert text is None or (one_line(text) == text and len(text) <= 200)
        for number in (model.context, model.output):
            assert number is None or number > 0


@pytest.mark.parametrize("kind", WIRES)
@settings(max_examples=150, deadline=None)
@given(JSON | ROWS.map(lambda rows: {"data": rows, "models": rows}))
def test_a_reply_of_any_kind(kind: str, reply: object) -> None:
    async def fetch(request: Request) -> bytes:
        return json.dumps(reply).encode()

    try:
        check(asyncio.run(WIRES[kind].read(fetch, "http://x", "")))
    except ListError as error:
        assert str(error).isprintable()


@settings(max_examples=150, deadline=None)
@given(JSON | ROWS.map(lambda rows: {"all": [{"id": "p", "models": rows}], "connected": ["p"]}), JSON, JSON)
def test_replies_of_opencode(first: object, second: object, third: object) -> None:
    for configured in (second, {"providers": []}):
        try:
            replies = [json.dumps(one).encode() for one in (first, configured, third)]
            lists = opencode.understood(replies, frozenset())
        except ListError as error:
            assert str(error).isprintable()
        else:
            for one in lists.providers:
                check(one.models)


@settings(max_examples=150, deadline=None)
@given(st.dictionaries(NAMES, JSON, max_size=6))
def test_sessions_of_agents(session: dict[str, object]) -> None:
    try:
        check(acp.understood(session, "pal")[0])
    except ListError as error:
        assert str(error).isprintable()
