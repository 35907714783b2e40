"""A step's agent gets the environment of the shell: from a client, through an executor that it starts, into a child."""

from __future__ import annotations

import os
import signal
from collections.abc import AsyncIterator, Mapping
from pathlib import Path

import pytest_asyncio

from tui.client.client import ExecutorClient
from tui.config.locations import Locations
from tui.config.trust import TrustStore
from tui.core.run import Run, RunStatus
from tui.core.verbs import Await, StartWorkflow

LIMIT = 120.0
AGENT = """#!/bin/sh
# Keeps the environment that it got, and plays a claude that has succeeded.
cat >/dev/null
env -0 >"$HOME/$MODELDECK_ATTEMPT.env"
while [ "$1" != --model ]; do shift; done
echo '{"type":"result","subtype":"success","is_error":false,"result":"done","modelUsage":{"'"$2"'":{}}}'
"""
CONFIG = """
default_model: haiku
providers: {anthropic: {kind: list}}
agents: {recorder: {kind: claude, command: [recorder]}}
profiles: {recorder: {agent: recorder}}
workflows: {one: {stages: [{name: record, profile: recorder}]}}
"""
PASSWORD = "pass-of-the-proxy"
SURROUNDINGS = {
    "HTTPS_PROXY": f"http://ada:{PASSWORD}@proxy.example:3128",
    "HTTP_PROXY": f"http://ada:{PASSWORD}@proxy.example:3129",
    "ALL_PROXY": "socks5://proxy.example:1080",
    "https_proxy": f"http://ada:{PASSWORD}@proxy.example:3130",
    "http_proxy": "http://proxy.example:3131",
    "all_proxy": "socks5://proxy.example:1081",
    "SSL_CERT_FILE": "/etc/company.pem",
    "SSL_CERT_DIR": "/etc/company",
    "NODE_EXTRA_CA_CERTS": "/etc/extra.pem",
    "TZ": "Pacific/Auckland",
    "LANG": "C.UTF-8",
    "LANGUAGE": "de:en",
    "LC_TIME": "C",
    "XDG_DATA_HOME": "/data",
    "XDG_RUNTIME_DIR": "/run/user/7",
}
NOT_PASSED_ON = {"GITHUB_TOKEN": "x", "LD_LIBRARY_PATH": "/x", "ANTHROPIC_MODEL": "x", "ANTHROPIC_BASE_URL": "http://x"}


class Shop:
    """A user's files, a trusted project, and the environment of a shell."""

    def __init__(self, folder: Path) -> None:
        self.home = folder
        self.locations = Locations(folder / "config.yaml", folder / "state", folder / "cache")
        self.locations.prepare()
        self.locations.config_file.write_text(CONFIG)
        self.project = folder / "shop"
        self.project.mkdir()
        TrustStore(self.locations.trust).trust(self.project)
        self.environ = {"HOME": str(folder), "PATH": os.environ["PATH"]}

    def install(self, *folder: str) -> str:
        """Put the agent into a folder of the home; the folder."""
        place = self.home.joinpath(*folder)
        place.mkdir(parents=True)
        (place / "recorder").write_text(AGENT)
        (place / "recorder").chmod(0o755)
        return str(place)

    def client(self, **more: str) -> ExecutorClient:
        """A client in a shell with ``more`` variables."""
        return ExecutorClient(self.locations, handed={**self.environ, **more})

    def got(self, run: Run) -> Mapping[str, str]:
        """The environment of the agent of the run's step."""
        lines = (self.home / f"{run.steps[0].attempt}.env").read_text().split("\0")
        return dict(line.split("=", 1) for line in lines if line)

    def everything_written(self) -> bytes:
        """What is in the files that the executor keeps."""
        files = [path for path in self.locations.state_folder.rglob("*") if path.is_file()]
        return b"".join(path.read_bytes() for path in files)


@pytest_asyncio.fixture
async def shop(tmp_path: Path) -> AsyncIterator[Shop]:
    made = Shop(tmp_path)
    yield made
    async with made.client() as client:
        os.kill((await client.connect()).pid, signal.SIGTERM)


async def done(client: ExecutorClient, shop: Shop) -> Run:
    started = await client.start(StartWorkflow("one", project=str(shop.project)))
    tasks = await client.wait(Await((started.task_id or "",), LIMIT))
    assert tasks.done
    return tasks.tasks[0]


async def test_an_agent_gets_what_the_table_passes_on_and_nothing_else(shop: Shop) -> None:
    shop.environ["PATH"] = f"{shop.install('bin')}:{os.environ['PATH']}"
    async with shop.client(**SURROUNDINGS, **NOT_PASSED_ON) as client:
        await client.connect()
        run = await done(client, shop)
    assert run.status is RunStatus.SUCCEEDED, run
    got = shop.got(run)
    assert {name: got.get(name) for name in SURROUNDINGS} == SURROUNDINGS
    assert got["NO_PROXY"] == got["no_proxy"] == "127.0.0.1,localhost,::1"
    assert not NOT_PASSED_ON.keys() & got.keys()


async def test_the_password_of_a_proxy_is_written_nowhere(shop: Shop) -> None:
    shop.environ["PATH"] = f"{shop.install('bin')}:{os.environ['PATH']}"
    async with shop.client(**SURROUNDINGS) as client:
        await client.connect()
        run = await done(client, shop)
    assert PASSWORD in shop.got(run)["HTTPS_PROXY"]
    assert PASSWORD.encode() not in shop.everything_written()
