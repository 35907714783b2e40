"""OpenCode's lists: what is understood of its replies, its server's end, and the real one in a hostile place."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.catalog.conftest import NoPrices, Place, Told
from tests.provider_servers import ProviderServer
from tui.catalog.child import Process, spawn
from tui.catalog.live import LiveCatalog
from tui.catalog.providers.opencode import understood
from tui.catalog.reply import ListError
from tui.core.catalog import Provider
from tui.core.settings import Agent, ProviderSettings, Settings

KEY = "sk-in-clear-9876"


def model(id_: str, **other: object) -> dict[str, object]:
    return {
        "id": id_,
        "name": id_.title(),
        "capabilities": {
            "attachment": True,
            "reasoning": True,
            "toolcall": True,
            "input": {"text": True, "image": True, "pdf": False},
            "output": {"text": True},
        },
        "cost": {"input": 1.5, "output": 6, "cache": {"read": 0, "write": 0}},
        "limit": {"context": 1000, "output": 0},
        "status": "beta",
        "headers": {"authorization": KEY},
        "options": {"apiKey": KEY},
        "variants": {"low": {}, "high": {}},
        **other,
    }


def provider(id_: str, source: str = "custom", **other: object) -> dict[str, object]:
    return {
        "id": id_,
        "name": id_.title(),
        "source": source,
        "key": KEY,
        "options": {"apiKey": KEY, "baseURL": "https://x.example"},
        "models": {"m": model("m")},
        **other,
    }


def read(
    *everything: Mapping[str, object], connected: tuple[str, ...] = (), named: tuple[str, ...] = ()
) -> dict[str, Provider]:
    replies = (
        {"all": everything, "default": {}, "connected": connected},
        {"providers": [one for one in everything if one["id"] in connected], "default": {}},
        {"model": "anthropic/claude-opus-4-8", "small_model": "a/b", "provider": {"x": {"options": {"apiKey": KEY}}}},
    )
    lists = understood([json.dumps(one).encode() for one in replies], frozenset(named))
    assert KEY not in repr(lists)
    assert (lists.pins.model, lists.pins.small_model) == ("anthropic/claude-opus-4-8", "a/b")
    return {one.id: one for one in lists.providers}


def test_only_what_is_connected_keeps_its_source() -> None:
    sources = ("config", "custom", "env", "api")
    found = read(
        *(provider(f"{source}-{on}", source) for source in sources for on in ("on", "off")),
        connected=tuple(f"{source}-on" for source in sources),
    )

    for source in sources:
        assert (found[f"{source}-on"].source, found[f"{source}-on"].key) == (source, "present")
        assert found[f"{source}-on"].usable
        assert (found[f"{source}-off"].source, found[f"{source}-off"].key) == ("api", "absent")
        assert not found[f"{source}-off"].usable


def test_the_hosted_provider_is_connected_without_a_key_and_does_not_count_unless_it_is_named() -> None:
    plain = read(provider("opencode"), connected=("opencode",))["opencode"]
    named = read(provider("opencode"), connected=("opencode",), named=("opencode",))["opencode"]
    logged_in = read(provider("opencode", "api"), connected=("opencode",))["opencode"]

    assert (plain.source, plain.key, plain.usable) == ("api", "absent", False)
    assert (named.source, named.usable) == ("config", True)
    assert (logged_in.source, logged_in.key) == ("api", "present")


def test_the_facts_of_a_model() -> None:
    (found,) = read(provider("p"))["p"].models

    assert (found.name, found.status, found.context, found.output) == ("M", "beta", 1000, None)
    assert (found.input, found.attachment, found.tools, found.reasoning) == (("text", "image"), True, True, True)
    assert found.efforts == ("low", "high")
    assert found.price is not None
    assert (found.price.input, found.price.output, found.price.cache_read) == (1.5, 6, None)


def test_a_price_of_nothing_is_unknown() -> None:
    free = model("free", cost={"input": 0, "output": 0, "cache": {"read": 0, "write": 0}})

    assert read(provider("p", models={"free": free}))["p"].models[0].price is None


@pytest.mark.parametrize(
    "replies",
    [
        (b"<html>", b"{}", b"{}"),
        (b"[]", b"{}", b"{}"),
        (b'{"all": 3, "connected": []}', b'{"providers": []}', b"{}"),
        (b'{"all": [{"id": "a/b", "models": {}}], "connected": []}', b'{"providers": []}', b"{}"),
        (b'{"all": [{"id": "a", "models": 3}], "connected": []}', b'{"providers": []}', b"{}"),
        (b'{"all": [{"id": "a", "models": {"x": 1}}], "connected": []}', b'{"providers": []}', b"{}"),
        (b'{"all": [{"id": "\\u001b[31m", "models": {}}], "connected": []}', b'{"providers": []}', b"{}"),
        (b'{"all": [], "connected": []}', b"{}", b"{}"),
        (b'{"all": [], "connected": []}', b'{"providers": []}', b"null"),
    ],
)
def test_a_malformed_reply_is_one_clean_error(replies: tuple[bytes, ...]) -> None:
    with pytest.raises(ListError) as caught:
        understood(replies, frozenset())
    assert "\x1b" not in str(caught.value)
    assert len(str(caught.value)) < 120


def test_what_is_odd_about_connected_and_source_gives_no_credentials() -> None:
    replies = [
        json.dumps({"all": [provider("p", source=["config"])], "connected": {"p": True}}).encode(),  # type: ignore[arg-type]
        b'{"providers": []}',
        b"{}",
    ]

    assert not understood(replies, frozenset()).providers[0].usable


# --- a server that is a program of ours -------------------------------------------------------------------------------

FAKE = """
import json, os, subprocess, sys, threading
from http.server import BaseHTTPRequestHandler, HTTPServer

class Handler(BaseHTTPRequestHandler):
    def log_message(self, *_): pass
    def do_GET(self):
        given = self.headers.get("authorization", "")
        body = json.dumps({
            "/provider": {"all": [{"id": "mine", "source": "config", "models": {"m": {"id": "m"}}}],
                          "connected": ["mine"], "default": {}},
            "/config/providers": {"providers": []},
            "/config": {"model": "mine/m"},
        }[self.path]).encode()
        self.send_response(200 if given.startswith("Basic ") else 401)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

place, mode = sys.argv[1], sys.argv[2]
child = subprocess.Popen(["sleep", "600"])
with open(place, "w") as file:
    json.dump({"pids": [os.getpid(), child.pid], "cwd": os.getcwd(), "files": sorted(os.listdir(".")),
               "env": dict(os.environ)}, file)
if mode == "ends":
    child.kill(); child.wait()
    sys.exit(7)
server = HTTPServer(("127.0.0.1", 0), Handler)
if mode == "elsewhere":
    print("opencode server listening on http://198.51.100.7:80", flush=True)
    child.kill(); child.wait()
    sys.exit(0)
if mode == "chatters":
    for _ in range(300):
        print("not yet", flush=True)
if mode == "endless":
    print("x" * 1_000_000, flush=True)
print("warning: something", flush=True)
print(f"opencode server listening on http://127.0.0.1:{server.server_port}", flush=True)
server.serve_forever()
"""


def fake(tmp_path: Path, mode: str, **env: str) -> Settings:
    program = tmp_path / "fake.py"
    program.write_text(FAKE)
    command = (sys.executable, str(program), str(tmp_path / "told.json"), mode)
    return Settings(agents={"oc": Agent("opencode", command, env=env)})


def told(tmp_path: Path) -> dict[str, object]:
    return dict(json.loads((tmp_path / "told.json").read_text()))


def alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def ended(tmp_path: Path) -> bool:
    return not any(alive(pid) for pid in told(tmp_path)["pids"])  # type: ignore[attr-defined]


async def test_the_server_stands_in_an_empty_folder_and_ends_with_all_it_started(
    live: LiveCatalog, tmp_path: Path
) -> None:
    settings = fake(tmp_path, "good", MINE="$HANDED", SET="as is", LACKING="$NOBODY", MODELDECK_STATE="/x")
    catalog = await live.refresh(settings, {"HANDED": "sk-mine", "OTHER": "sk-other"})
    found, seen = catalog.by_id["mine"], told(tmp_path)
    env = seen["env"]

    assert (found.source, found.key, found.list, [one.id for one in found.models]) == (
        "config",
        "present",
        "listed",
        ["m"],
    )
    assert catalog.pins[0].model == "mine/m"
    assert seen["files"] == [".git"]
    assert not Path(str(seen["cwd"])).exists()
    assert isinstance(env, dict)
    assert (env["MINE"], env["SET"]) == ("sk-mine", "as is")
    assert not {"LACKING", "OTHER", "MODELDECK_STATE"} & env.keys()
    assert env["OPENCODE_DISABLE_PROJECT_CONFIG"] == "1"
    assert len(env["OPENCODE_SERVER_PASSWORD"]) == 48
    assert ended(tmp_path)


@pytest.mark.parametrize(
    ("mode", "cause"),
    [
        ("ends", "ended with status 7 before it listened"),
        ("elsewhere", "ended with status 0 before it listened"),
        ("chatters", "talks and does not listen"),
        ("endless", "wrote a line without an end"),
    ],
)
async def test_a_server_that_does_not_listen_is_told(live: LiveCatalog, tmp_path: Path, mode: str, cause: str) -> None:
    found = (await live.refresh(fake(tmp_path, mode), {})).by_id["opencode"]

    assert (found.state, found.models) == ("failed", ())
    assert found.error is not None
    assert cause in found.error
    assert ended(tmp_path)


async def test_a_missing_program_is_told(live: LiveCatalog, tmp_path: Path) -> None:
    settings = Settings(agents={"oc": Agent("opencode", (str(tmp_path / "nowhere" / "opencode"),))})

    assert (await live.refresh(settings, {})).by_id["opencode"].error == (
        "opencode can't be started: No such file or directory"
    )


async def test_closing_ends_the_server(place: Place, tmp_path: Path) -> None:
    reached = asyncio.Event()

    class Stopping(NoPrices):
        async def __call__(
            self,
            argv: tuple[str, ...],
            cwd: Path,
            env: Mapping[str, str],
            *,
            told: bytes | None = None,
            talk: bool = False,
        ) -> Process:
            if told is None:
                return await spawn(argv, cwd, env)
            reached.set()
            return await spawn(("sleep", "600"), cwd, env)

    live = LiveCatalog(place.cache, place.clock, place.home, {"PATH": os.environ["PATH"]}, spawn=Stopping())
    live.current(fake(tmp_path, "good"), {})
    await asyncio.wait_for(reached.wait(), 30)
    await asyncio.wait_for(live.close(), 30)

    assert ended(tmp_path)
    assert list((place.cache / "agents").iterdir()) == []


async def test_nobody_starts_opencode_who_does_not_use_it(live: LiveCatalog, tmp_path: Path) -> None:
    catalog = await live.refresh(Settings(), {})

    assert "opencode" not in catalog.by_id


async def test_a_provider_of_kind_opencode_has_its_list_from_there(live: LiveCatalog, tmp_path: Path) -> None:
    settings = Settings(
        agents=fake(tmp_path, "good").agents,
        providers={"mine": ProviderSettings("opencode"), "lost": ProviderSettings("opencode")},
    )
    catalog = await live.refresh(settings, {}, only=["mine"])

    assert [(one.id, one.source, one.state) for one in catalog][:2] == [
        ("mine", "config", "listed"),
        ("lost", "config", "empty"),
    ]
    assert [one.id for one in catalog.by_id["mine"].models] == ["m"]


# --- the real one -----------------------------------------------------------------------------------------------------


@contextmanager
def hostile(folder: Path, canary: Path) -> Iterator[Path]:
    """A folder, and all above it up to the test's own, with plugins that leave a mark; we stand in it."""
    place = folder / "repo" / "sub"
    for one in (folder, folder / "repo", place):
        for name in ("plugin", "plugins"):
            (one / ".opencode" / name).mkdir(parents=True)
            (one / ".opencode" / name / "x.js").write_text(
                f'import fs from "fs"; fs.appendFileSync({json.dumps(str(canary))}, "run\\n");'
                "export const P = async () => ({})"
            )
        (one / "opencode.json").write_text(
            json.dumps({"model": "evil/evil", "provider": {"evil": {"models": {"evil": {}}}}})
        )
    before = Path.cwd()
    os.chdir(place)
    try:
        yield place
    finally:
        os.chdir(before)


@pytest.mark.agents
async def test_the_real_opencode_runs_no_plugin_of_where_we_stand_or_keep_our_cache(
    place: Place, tmp_path: Path, opencode_cli: Path, server: ProviderServer
) -> None:
    canary = tmp_path / "canary"
    config = place.home / ".config" / "opencode"
    config.mkdir(parents=True)
    own = {"npm": "@ai-sdk/openai-compatible", "options": {"baseURL": "http://127.0.0.1:9", "apiKey": KEY}}
    (config / "opencode.json").write_text(
        json.dumps(
            {
                "model": "mine/big",
                "small_model": "mine/small",
                "provider": {"mine": {**own, "models": {"big": {"name": "Big"}, "small": {}}}},
            }
        )
    )
    env = {"OPENCODE_DISABLE_MODELS_FETCH": "1", "ANTHROPIC_API_KEY": "$A"}
    settings = Settings(agents={"oc": Agent("opencode", (str(opencode_cli),), env=env)})
    with hostile(tmp_path / "hostile", canary) as folder:
        # The cache itself is below the hostile folder: an empty folder alone would not be enough.
        live = LiveCatalog(
            folder / "cache",
            place.clock,
            place.home,
            {"HOME": str(place.home), "PATH": os.environ["PATH"]},
            spawn=NoPrices(),
        )
        watching = Told(live)
        catalog = await live.refresh(settings, {"A": KEY})
        await live.close()

    assert not canary.exists()
    assert watching.times > 0
    assert "evil" not in catalog.by_id
    mine, anthropic = catalog.by_id["mine"], catalog.by_id["anthropic"]
    assert (mine.source, mine.key, mine.error) == ("config", "present", None)
    assert sorted(one.id for one in mine.models) == ["big", "small"]
    assert mine.models[0].price is None
    assert (anthropic.source, anthropic.key) == ("env", "present")
    assert (catalog.pins[0].model, catalog.pins[0].small_model) == ("mine/big", "mine/small")
    assert not catalog.by_id["opencode"].usable
    assert not catalog.by_id["groq"].usable
    assert len(catalog.providers) > 100
    assert KEY not in repr(catalog)
    for file in (tmp_path / "hostile").rglob("*.json"):
        assert KEY not in file.read_text()
