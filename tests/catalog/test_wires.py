"""Every wire format, good and bad, from a server on loopback."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.provider_servers import Lists, ProviderServer
from tui.catalog.fetch import Request, get
from tui.catalog.live import LiveCatalog
from tui.catalog.reply import ListError
from tui.core.catalog import Model, Price, Provider
from tui.core.settings import ModelEntry, ProviderSettings, Settings

KEY = "sk-very-secret-1234"

CLAUDE_ROW = {
    "type": "model",
    "id": "claude-new-9-20261101",
    "display_name": "Claude New 9",
    "created_at": "2026-11-01T00:00:00Z",
    "max_input_tokens": 2_000_000,
    "max_tokens": 64_000,
    "capabilities": {
        "image_input": {"supported": True},
        "pdf_input": {"supported": False},
        "thinking": {"supported": True, "types": {}},
        "effort": {"supported": True, "low": {"supported": True}, "high": {"supported": True}, "max": None},
    },
}
ROUTER_ROW = {
    "id": "vendor/model-x:free",
    "name": "Vendor: Model X",
    "description": "Good at\x1b[31m sums.\nAnd at proofs.",
    "context_length": 131_072,
    "architecture": {"input_modalities": ["text", "image"], "output_modalities": ["text"]},
    "pricing": {"prompt": "0.0000025", "completion": "0.00001", "input_cache_read": "0", "request": "-1"},
    "top_provider": {"max_completion_tokens": 8192},
    "supported_parameters": ["tools", "temperature"],
}
GEMINI_ROW = {
    "name": "models/gemini-9-pro",
    "displayName": "Gemini 9 Pro",
    "description": "For hard questions",
    "inputTokenLimit": 1_048_576,
    "outputTokenLimit": 65_536,
    "supportedGenerationMethods": ["generateContent", "countTokens"],
    "thinking": True,
}


async def read(live: LiveCatalog, server: ProviderServer, lists: Lists, key: str = KEY) -> Provider:
    given = ProviderSettings(lists.kind, base_url=server.at("x", lists), api_key_env="K")
    catalog = await live.refresh(Settings(providers={"x": given}), {"K": key})
    return catalog.by_id["x"]


def ids(provider: Provider) -> list[str]:
    return [model.id for model in provider.models]


async def test_anthropics_list_with_its_limits_and_efforts(live: LiveCatalog, server: ProviderServer) -> None:
    found = await read(live, server, Lists("anthropic", [CLAUDE_ROW], key=KEY))

    (model,) = found.models
    assert (found.list, found.state, found.error, found.read_at) == (
        "listed",
        "listed",
        None,
        "2026-11-20T10:00:00.000Z",
    )
    assert (model.name, model.context, model.output) == ("Claude New 9", 2_000_000, 64_000)
    assert (model.input, model.attachment, model.reasoning) == (("text", "image"), True, True)
    assert model.efforts == ("low", "high")
    assert (model.price, model.tools) == (None, None)
    assert model.facts_from is not None
    assert model.facts_from.startswith("the list of 127.0.0.1:")
    assert server.calls[0].headers["anthropic-version"] == "2023-06-01"


@pytest.mark.parametrize("kind", ["anthropic", "google"])
async def test_lists_of_many_pages_are_read_to_their_end(live: LiveCatalog, server: ProviderServer, kind: str) -> None:
    rows = [{"id": f"m-{n}", "name": f"models/m-{n}"} for n in range(7)]
    found = await read(live, server, Lists(kind, rows, page=3, key=KEY))  # type: ignore[arg-type]

    assert ids(found) == [f"m-{n}" for n in range(7)]
    assert len(server.calls) == 3
    assert all(KEY not in str(call.query) for call in server.calls)


async def test_openais_list_has_ids_alone_and_the_rest_stays_unknown(live: LiveCatalog, server: ProviderServer) -> None:
    found = await read(live, server, Lists("openai", [{"id": "gpt-9", "object": "model", "owned_by": "x"}], key=KEY))

    assert found.models[0].context is found.models[0].price is found.models[0].tools is found.models[0].input is None
    assert server.calls[0].headers["authorization"] == f"Bearer {KEY}"


async def test_what_compatible_servers_tell_beside_the_id(live: LiveCatalog, server: ProviderServer) -> None:
    rows = [ROUTER_ROW, {"id": "local", "max_model_len": 4096}, {"id": "old", "deprecation": "2026-01-01"}]
    found = await read(live, server, Lists("openai", rows, key=KEY))

    model = found.models[0]
    assert (model.name, model.description) == ("Vendor: Model X", "Good at sums. And at proofs.")
    assert model.price == Price(2.5, 10.0, 0.0)
    assert (model.context, model.output, model.tools, model.reasoning) == (131_072, 8192, True, False)
    assert model.input == ("text", "image")
    assert (found.models[1].context, found.models[2].status) == (4096, "deprecated")


async def test_a_server_without_a_key_is_asked_without_one(live: LiveCatalog, server: ProviderServer) -> None:
    given = ProviderSettings("openai", base_url=server.at("x", Lists("openai", [{"id": "llama"}])))
    catalog = await live.refresh(Settings(providers={"x": given}), {"OPENAI_API_KEY": KEY})

    assert ids(catalog.by_id["x"]) == ["llama"]
    assert "authorization" not in server.asked("x")[0].headers


async def test_googles_list(live: LiveCatalog, server: ProviderServer) -> None:
    found = await read(live, server, Lists("google", [GEMINI_ROW], key=KEY))

    model = found.models[0]
    assert (model.id, model.name, model.description) == ("gemini-9-pro", "Gemini 9 Pro", "For hard questions")
    assert (model.context, model.output, model.reasoning, model.use) == (1_048_576, 65_536, True, "chat")


@pytest.mark.parametrize(
    ("kind", "row", "use"),
    [
        ("openai", {"id": "text-embedding-3-small"}, "embedding"),
        ("openai", {"id": "gpt-image-2"}, "image"),
        ("openai", {"id": "gpt-4o-mini-tts"}, "audio"),
        ("openai", {"id": "sora-2"}, "video"),
        ("openai", {"id": "omni-moderation-latest"}, "other"),
        ("openai", {"id": "x", "architecture": {"output_modalities": ["image"]}}, "image"),
        ("openai", {"id": "llama-instruct"}, "chat"),
        ("google", {"name": "models/e-1", "supportedGenerationMethods": ["embedContent"]}, "embedding"),
        ("google", {"name": "models/gemini-9-flash-image", "supportedGenerationMethods": ["generateContent"]}, "image"),
        ("google", {"name": "models/robo", "supportedGenerationMethods": ["generateContent", "x"]}, "chat"),
    ],
    ids=lambda value: str(value)[:30].replace("/", "-"),
)
async def test_what_cannot_do_an_agents_work_is_marked(
    live: LiveCatalog, server: ProviderServer, kind: str, row: dict[str, object], use: str
) -> None:
    found = await read(live, server, Lists(kind, [row]))  # type: ignore[arg-type]

    assert [model.use for model in found.models] == [use]


BAD: dict[str, tuple[Lists, str]] = {
    "a wrong key": (Lists(key="another"), "refused the key (HTTP 401)"),
    "no such address": (Lists(status=404), "has no list of models at that address (HTTP 404)"),
    "too often": (Lists(status=429), "was asked too often (HTTP 429)"),
    "broken": (Lists(status=503), "failed (HTTP 503)"),
    "a redirect": (Lists(status=302, headers={"location": "http://127.0.0.1:1/steal"}), "a redirect (HTTP 302)"),
    "html": (Lists(raw=b"<html>[red]sk-very-secret-1234</html>"), "not JSON"),
    "too deep": (Lists(raw=b"[" * 200_000), "not JSON"),
    "a number of 5,000 digits": (Lists(raw=b'{"data": [{"id": ' + b"9" * 5000 + b"}]}"), "not JSON"),
    "no object": (Lists(raw=b'"sk"'), "it is no object"),
    "no list": (Lists(raw=b'{"data": {"id": "x"}}'), "data is no list"),
    "a row that is none": (Lists(rows=[{"id": "x"}, "sk"]), "data[1] is no object"),
    "an id that is a number": (Lists(rows=[{"id": 7}]), "data[0].id is no id"),
    "an id with an escape": (Lists(rows=[{"id": "a\x1b[31mb"}]), "data[0].id is no id"),
    "an id that turns text round": (Lists(rows=[{"id": "a\u202eb"}]), "data[0].id is no id"),
    "an id of 10 kB": (Lists(rows=[{"id": "x" * 10_000}]), "data[0].id is no id"),
    "100,000 models": (Lists(rows=[{"id": f"m{n}"} for n in range(100_000)]), "more than 20000 rows"),
    "bytes without end": (Lists(flood=True), "sent more than 16 MB"),
    "compressed": (Lists(raw=b"x", headers={"content-encoding": "gzip"}), "a compressed answer"),
    "the same page for ever": (Lists("anthropic", endless="same"), "the same page comes again"),
    "another page for ever": (Lists("google", endless="new"), "more than 50 pages"),
    "an empty cursor": (Lists("anthropic", raw=b'{"data": [], "has_more": true}'), "last_id is no id"),
    "bytes that are no text": (Lists(raw=b"\xff\xfe{"), "not JSON"),
}


@pytest.mark.parametrize("name", BAD)
async def test_a_bad_answer_is_told_in_one_clean_sentence_by_its_provider_alone(
    live: LiveCatalog, server: ProviderServer, name: str
) -> None:
    lists, cause = BAD[name]
    settings = Settings(
        providers={
            "bad": ProviderSettings(
                lists.kind, base_url=server.at("bad", lists), api_key_env="K", models=(ModelEntry("mine"),)
            ),
            "good": ProviderSettings("openai", base_url=server.at("good", Lists(rows=[{"id": "fine"}]))),
        }
    )
    catalog = await live.refresh(settings, {"K": KEY})
    bad, good = catalog.by_id["bad"], catalog.by_id["good"]

    assert (bad.list, bad.state) == ("failed", "failed")
    assert bad.error is not None
    assert cause in bad.error
    assert "\n" not in bad.error
    assert len(bad.error) < 200
    assert not any(mark in bad.error for mark in ("sk-", "<", "[31m", "\x1b"))
    assert ids(bad) == ["mine"]
    assert (good.state, ids(good)) == ("listed", ["fine"])


async def test_a_key_goes_to_its_own_address_alone(live: LiveCatalog, server: ProviderServer) -> None:
    elsewhere = server.at("elsewhere", Lists(rows=[{"id": "x"}]))
    moved = Lists(status=307, headers={"location": f"{elsewhere}/models"})
    found = await read(live, server, moved)

    assert found.list == "failed"
    assert server.asked("elsewhere") == []
    assert len(server.asked("x")) == 1


async def test_nobody_there_is_a_cause(live: LiveCatalog) -> None:
    given = ProviderSettings("openai", base_url="http://name:pass-word@127.0.0.1:1/v1", api_key_env="K")
    catalog = await live.refresh(Settings(providers={"x": given}), {"K": KEY})

    assert catalog.by_id["x"].error == "127.0.0.1:1 can't be reached"


async def test_a_key_with_odd_characters_is_not_sent_and_not_shown(live: LiveCatalog, server: ProviderServer) -> None:
    found = await read(live, server, Lists(rows=[]), key="sk-a\nb")

    assert found.error == "The key in K holds characters that no key has"
    assert server.calls == []


async def test_facts_of_a_wrong_type_or_size_are_unknown(live: LiveCatalog, server: ProviderServer) -> None:
    row = {
        "id": "m",
        "name": ["x"],
        "context_length": "many",
        "max_completion_tokens": -5,
        "architecture": "no",
        "pricing": {"prompt": "NaN", "completion": -1},
        "supported_parameters": "tools",
    }
    found = await read(live, server, Lists(rows=[row, {"id": "n", "context_length": True}]))

    assert found.list == "listed"
    for model in found.models:
        assert model == Model(model.id, facts_from=model.facts_from, facts_at=model.facts_at)


async def test_no_key_is_on_disk(live: LiveCatalog, server: ProviderServer, tmp_path: Path) -> None:
    await read(live, server, Lists(rows=[{"id": "x"}], key=KEY))
    (kept,) = tmp_path.rglob("lists/*.json")

    assert json.loads(kept.read_text())["form"] == 1
    assert kept.parent.stat().st_mode & 0o777 == 0o700
    for file in tmp_path.rglob("*.json"):
        assert KEY.encode() not in file.read_bytes()
        assert file.stat().st_mode & 0o777 == 0o600


async def test_who_is_slow_is_not_waited_for(server: ProviderServer) -> None:
    url = server.at("x", Lists(hold=True)) + "/models"

    with pytest.raises(ListError, match=r"^127\.0\.0\.1:\d+ did not answer within 0\.2 s$"):
        await get(Request(url, seconds=0.2))


async def test_who_drips_is_not_waited_for_either(server: ProviderServer) -> None:
    url = server.at("x", Lists(flood=True)) + "/models"

    with pytest.raises(ListError, match="did not answer within"):
        await get(Request(url, most_bytes=10**12, seconds=0.3))


@pytest.mark.parametrize("url", ["http://", "http://[::1", "http://x:99999/v1", "ftp://x/models", "http://a b/models"])
async def test_an_address_that_is_none_is_told(url: str) -> None:
    with pytest.raises(ListError):
        await get(Request(url, {"x-api-key": KEY}, seconds=5))


@pytest.mark.parametrize("url", ["http://[::1", "http://x:99999/v1", "http://?", "https://\u0007/"])
async def test_a_base_url_that_is_none_is_its_providers_error(
    live: LiveCatalog, server: ProviderServer, url: str
) -> None:
    good = ProviderSettings("openai", base_url=server.at("good", Lists(rows=[{"id": "fine"}])))
    settings = Settings(providers={"bad": ProviderSettings("google", base_url=url, api_key_env="K"), "good": good})
    catalog = await live.refresh(settings, {"K": KEY})

    assert (catalog.by_id["bad"].state, catalog.by_id["good"].state) == ("failed", "listed")
    assert KEY not in repr(catalog)
