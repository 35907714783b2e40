"""A step's agent gets the environment of the shell: from a client, through an executor that it starts, into a child."""

from __future__ import annotations

import os
import shutil
import signal
from collections.abc import AsyncIterator, Mapping
from pathlib import Path

import pytest_asyncio

from tui.client.client import ExecutorClient
from tui.config.locations import Locations
from tui.config.trust import TrustStore
from tui.core.run import Run, RunStatus
from tui.core.run_verbs import Approve, Retry
from tui.core.verbs import Await, List, Peek, StartWorkflow

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
workflows:
  one: {stages: [{name: record, profile: recorder}]}
  gated: {stages: [{name: ok, type: approval}, {name: record, profile: recorder}]}
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
        lines = (self.home / f"{run.steps[-1].attempt}.env").read_text().split("\0")
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


async def start(client: ExecutorClient, shop: Shop, workflow: str = "one") -> str:
    await client.connect()
    started = await client.start(StartWorkflow(workflow, project=str(shop.project), start_anyway=True))
    assert started.task_id is not None
    return started.task_id


async def ended(client: ExecutorClient, task_id: str) -> Run:
    tasks = await client.wait(Await((task_id,), LIMIT))
    assert tasks.done
    return tasks.tasks[0]


async def done(client: ExecutorClient, shop: Shop) -> Run:
    return await ended(client, await start(client, shop))


async def kill(shop: Shop) -> None:
    """End the executor as a crash would."""
    async with shop.client() as client:
        os.kill((await client.connect()).pid, signal.SIGKILL)


async def test_an_agent_gets_what_the_table_passes_on_and_nothing_else(shop: Shop) -> None:
    shop.environ["PATH"] = f"{shop.install('bin')}:{os.environ['PATH']}"
    async with shop.client(**SURROUNDINGS, **NOT_PASSED_ON) as client:
        run = await done(client, shop)
    assert run.status is RunStatus.SUCCEEDED, run
    got = shop.got(run)
    assert {name: got.get(name) for name in SURROUNDINGS} == SURROUNDINGS
    assert got["NO_PROXY"] == got["no_proxy"] == "127.0.0.1,localhost,::1"
    assert not NOT_PASSED_ON.keys() & got.keys()


async def test_the_password_of_a_proxy_is_written_nowhere(shop: Shop) -> None:
    shop.environ["PATH"] = f"{shop.install('bin')}:{os.environ['PATH']}"
    async with shop.client(**SURROUNDINGS) as client:
        run = await done(client, shop)
    assert PASSWORD in shop.got(run)["HTTPS_PROXY"]
    assert PASSWORD.encode() not in shop.everything_written()


async def test_the_password_of_a_proxy_is_masked_in_an_agent_s_error(shop: Shop) -> None:
    """As claude 2.1.328 repeats a proxy that is no address."""
    place = shop.install("bin")
    complains = '#!/bin/sh\necho "Invalid proxy URL in HTTPS_PROXY: \\"$HTTPS_PROXY\\" cannot be parsed." >&2\nexit 1\n'
    (Path(place) / "recorder").write_text(complains)
    for proxy in (f"htp//ada:{PASSWORD}@@:x", f"http://{PASSWORD}@proxy:1", f"http://ada:x@{PASSWORD}/@proxy"):
        async with shop.client(PATH=f"{place}:{shop.environ['PATH']}", HTTPS_PROXY=proxy) as client:
            run = await done(client, shop)
        assert run.error is not None
        assert "Invalid proxy URL in HTTPS_PROXY" in run.error.message
        assert "***@" in run.error.message
        assert PASSWORD not in repr(run)


async def test_an_agent_that_is_installed_after_the_executor_s_start_is_found(shop: Shop) -> None:
    async with shop.client() as client:
        await client.connect()
    place = shop.install("late")
    async with shop.client(PATH=f"{place}:{shop.environ['PATH']}") as client:
        run = await done(client, shop)
    assert run.status is RunStatus.SUCCEEDED, run
    assert shop.got(run)["PATH"] == f"{place}:{shop.environ['PATH']}"


async def test_a_missing_agent_names_the_path_of_its_client(shop: Shop) -> None:
    async with shop.client(PATH="/usr/bin:/nowhere/bin") as client:
        await client.connect()
        page = await client.list(List("agents", project=str(shop.project), scope="all"))
        agent = next(one for one in page.agents if one.id == "recorder")
        assert agent.why_not is not None
        assert agent.why_not.endswith(
            'the command "recorder" was not found; install it, or name its whole path in agents.recorder.command. '
            "Searched: /usr/bin:/nowhere/bin"
        )


async def test_two_clients_at_once_each_get_their_own(shop: Shop) -> None:
    paths = [f"{shop.install(name)}:{shop.environ['PATH']}" for name in ("one", "two")]
    async with shop.client(PATH=paths[0], HTTPS_PROXY="http://one:1") as one, shop.client(PATH=paths[1]) as two:
        clients = (one, two, one, two)
        ids = [await start(client, shop, "gated") for client in clients]
        for client, task_id in zip((two, one, two, one), ids, strict=True):  # who approves changes nothing
            await client.start(Approve(task_id))
        runs = [await ended(one, task_id) for task_id in ids]
        shown = [(await client.list(List("status"))).status for client in (one, two)]
    got = [shop.got(run) for run in runs]
    assert [env["PATH"] for env in got] == [*paths, *paths]
    assert [env.get("HTTPS_PROXY") for env in got] == ["http://one:1", None, "http://one:1", None]
    assert [status and (status.path, status.executor_path) for status in shown] == [(path, paths[0]) for path in paths]


async def test_a_run_keeps_its_path_when_the_executor_is_another_one(shop: Shop) -> None:
    first = f"{shop.install('one')}:{shop.environ['PATH']}"
    async with shop.client(PATH=first, HTTPS_PROXY="http://one:1") as client:
        task_id = await start(client, shop, "gated")
        assert (await client.peek(Peek((task_id,)))).tasks[0].search_path == first
    await kill(shop)
    async with shop.client(HTTPS_PROXY="http://two:2") as client:
        await client.connect()
        await client.start(Approve(task_id))
        run = await ended(client, task_id)
    assert run.status is RunStatus.SUCCEEDED, run
    assert shop.got(run)["PATH"] == first
    assert shop.got(run)["HTTPS_PROXY"] == "http://two:2", "what may hold a password is in no journal"
    assert run.search_path is None, "of no more use"


async def test_doing_it_again_follows_the_client_that_says_so(shop: Shop) -> None:
    async with shop.client() as client:
        run = await done(client, shop)
        assert run.status is RunStatus.FAILED
        assert run.error is not None
        assert f"Searched: {shop.environ['PATH']}" in run.error.message
    place = shop.install("late")
    async with shop.client(PATH=f"{place}:{shop.environ['PATH']}") as client:
        again = await client.start(Retry(run.task_id or ""))
        assert (await ended(client, again.task_id or "")).status is RunStatus.SUCCEEDED


async def test_the_system_s_programs_need_not_be_on_the_path(shop: Shop) -> None:
    """The shim, which writes down how an agent ended, does not look for its programs there."""
    place = shop.install("alone")
    for name in ("cat", "env"):
        (Path(place) / name).symlink_to(shutil.which(name) or name)
    (Path(place) / "mv").write_text("#!/bin/sh\nexit 1\n")
    (Path(place) / "mv").chmod(0o755)
    async with shop.client(PATH=place) as client:
        run = await done(client, shop)
    assert run.status is RunStatus.SUCCEEDED, run
