"""What agents offer by the Agent Client Protocol: a fake that misbehaves in every way, and a real one."""

from __future__ import annotations

import json
import os
import shlex
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from tests.catalog.conftest import NoPrices, Place
from tui.catalog.live import LiveCatalog
from tui.core.catalog import Catalog
from tui.core.settings import Agent, ModelEntry, ProviderSettings, Settings

FAKE = """
import json, os, sys
said = json.loads(sys.argv[1])
open(sys.argv[2], "w").write(json.dumps({"cwd": os.getcwd(), "files": os.listdir("."), "env": dict(os.environ)}))
def send(message): print(json.dumps({"jsonrpc": "2.0", **message}), flush=True)
print("Welcome!", flush=True)
for line in sys.stdin:
    call = json.loads(line)
    if call.get("method") == "initialize":
        send({"method": "_auth/status_update", "params": {}})
        send({"id": "a", "method": "fs/read_text_file", "params": {"path": "/etc/passwd"}})
        refused = json.loads(sys.stdin.readline())
        assert refused["id"] == "a" and refused["error"]["code"] == -32601, refused
        send({"id": call["id"], "result": {"protocolVersion": 1}})
    elif call.get("method") == "session/new":
        if said == "ends": sys.exit(3)
        if isinstance(said, str): print(said, flush=True)
        send({"id": call["id"], **said})
"""


def fake(tmp_path: Path, said: object, **other: object) -> Settings:
    program = tmp_path / "fake.py"
    program.write_text(FAKE)
    command = (sys.executable, str(program), json.dumps(said), str(tmp_path / "told.json"))
    return Settings(agents={"pal": Agent("acp", command, providers=("pal",), env={"MINE": "$K"})}, **other)  # type: ignore[arg-type]


def options(*given: object, **other: object) -> dict[str, object]:
    return {
        "result": {
            "sessionId": "s",
            "configOptions": [
                {"id": "mode", "category": "mode", "options": [{"value": "plan"}]},
                {"id": "which", "category": "model", "currentValue": "big", "options": given, **other},
            ],
        }
    }


OLDER = {
    "result": {
        "models": {"currentModelId": "auto", "availableModels": [{"modelId": "auto", "name": "Auto"}, {"modelId": "x"}]}
    }
}


async def read(live: LiveCatalog, settings: Settings) -> Catalog:
    return await live.refresh(settings, {"K": "sk-1"})


async def test_the_models_that_an_agent_offers(live: LiveCatalog, tmp_path: Path) -> None:
    grouped = {"group": "g", "name": "G", "options": [{"value": "small"}, {"value": "big"}]}
    said = options({"value": "big", "name": "Big", "description": "For\x1b[31m all"}, grouped)
    catalog = await read(live, fake(tmp_path, said))
    found, told = catalog.by_id["pal"], json.loads((tmp_path / "told.json").read_text())

    assert (found.source, found.usable, found.state) == ("config", True, "listed")
    assert [(one.id, one.name, one.description) for one in found.models] == [
        ("big", "Big", "For all"),
        ("small", None, None),
    ]
    assert (catalog.pins[0].agent, catalog.pins[0].model) == ("pal", "big")
    assert (told["files"], told["env"]["MINE"]) == ([".git"], "sk-1")
    assert not Path(told["cwd"]).exists()


async def test_an_agent_is_not_asked_with_a_part_of_its_env(live: LiveCatalog, tmp_path: Path) -> None:
    """It might send a key to another address than the one that it is meant for."""
    settings = fake(tmp_path, options({"value": "a"}))
    env = {"PAL_BASE_URL": "https://pal.invalid", "PAL_API_KEY": "$K"}
    there = replace(settings, agents={"pal": replace(settings.agents["pal"], env=env)})
    catalog = await live.refresh(there, {})
    assert not (tmp_path / "told.json").exists()
    assert catalog.by_id["pal"].error is not None
    assert catalog.by_id["pal"].error.endswith("needs the variable K, which is not set")
    assert catalog.by_id["pal"].models == ()
    assert len((await read(live, there)).by_id["pal"].models) == 1


async def test_an_agent_is_looked_for_where_the_client_looks(live: LiveCatalog, tmp_path: Path) -> None:
    settings = fake(tmp_path, options({"value": "a"}))
    (tmp_path / "late").mkdir()
    (tmp_path / "late" / "pal").write_text(f"#!/bin/sh\nexec {shlex.join(settings.agents['pal'].command)}\n")
    (tmp_path / "late" / "pal").chmod(0o755)
    moved = replace(settings, agents={"pal": replace(settings.agents["pal"], command=("pal",))})
    assert (await read(live, moved)).by_id["pal"].error is not None
    live.search_path = f"{tmp_path / 'late'}:/usr/bin:/bin"
    assert [model.id for model in (await read(live, moved)).by_id["pal"].models] == ["a"]


async def test_the_older_list(live: LiveCatalog, tmp_path: Path) -> None:
    catalog = await read(live, fake(tmp_path, OLDER))

    assert [one.id for one in catalog.by_id["pal"].models] == ["auto", "x"]
    assert catalog.pins[0].model == "auto"


@pytest.mark.parametrize(
    ("said", "cause"),
    [
        ("ends", "ended with status 3 before it opened a session"),
        ("{", "not JSON"),
        ({"error": {"code": -32000, "message": "<b>sk-1"}}, "refused session/new: it asks for a login first"),
        ({"error": {"code": "x\x1b", "message": "y"}}, "refused session/new: no reason"),
        ({"result": 7}, "result is no object"),
        ({"result": {}}, "pal tells no list of models"),
        ({"result": {"configOptions": 7}}, "configOptions is no list"),
        (options({"value": "a\x1bb"}), "a model's value is no id"),
        ({"result": {"models": {"availableModels": "x"}}}, "availableModels is no list"),
    ],
    ids=str,
)
async def test_an_agent_that_misbehaves_is_told_in_one_sentence(
    live: LiveCatalog, tmp_path: Path, said: object, cause: str
) -> None:
    found = (await read(live, fake(tmp_path, said))).by_id["pal"]

    assert found.state == "failed"
    assert found.error is not None
    assert cause in found.error
    assert "sk-1" not in found.error


async def test_an_agents_list_stands_only_where_the_provider_has_no_other(live: LiveCatalog, tmp_path: Path) -> None:
    named = {"pal": ProviderSettings("list")}
    by_hand = {"pal": ProviderSettings("list", models=(ModelEntry("mine"),))}

    assert [one.id for one in (await read(live, fake(tmp_path, OLDER, providers=named))).by_id["pal"].models] == [
        "auto",
        "x",
    ]
    assert [one.id for one in (await read(live, fake(tmp_path, OLDER, providers=by_hand))).by_id["pal"].models] == [
        "mine"
    ]


async def test_an_agent_that_runs_anything_or_a_vendors_models_is_not_asked(live: LiveCatalog, tmp_path: Path) -> None:
    for providers in (None, (), ("a", "b"), ("anthropic",)):
        agent = Agent("acp", fake(tmp_path, OLDER).agents["pal"].command, providers=providers)
        await read(live, Settings(agents={"pal": agent}))

    assert not (tmp_path / "told.json").exists()


@pytest.mark.agents
async def test_the_real_opencode_tells_its_models_over_the_protocol(place: Place, opencode_cli: Path) -> None:
    config = place.home / ".config" / "opencode"
    config.mkdir(parents=True)
    options = {"baseURL": "http://127.0.0.1:9", "apiKey": "sk-1"}
    (config / "opencode.json").write_text(
        json.dumps(
            {
                "model": "mine/big",
                "disabled_providers": ["opencode"],
                "provider": {
                    "mine": {"npm": "@ai-sdk/openai-compatible", "options": options, "models": {"big": {}, "less": {}}}
                },
            }
        )
    )
    agent = Agent(
        "acp",
        (str(opencode_cli), "acp"),
        providers=("oc",),
        env={"OPENCODE_DISABLE_MODELS_FETCH": "1", "OPENCODE_DISABLE_AUTOUPDATE": "1"},
    )
    environment = {"HOME": str(place.home), "PATH": os.environ["PATH"]}
    live = LiveCatalog(place.cache, place.clock, place.home, environment, spawn=NoPrices())
    catalog = await live.refresh(Settings(agents={"oc": agent}), {})
    await live.close()

    assert catalog.by_id["oc"].error is None
    assert sorted(one.id for one in catalog.by_id["oc"].models) == ["mine/big", "mine/less"]
    assert catalog.pins[0].model == "mine/big"
