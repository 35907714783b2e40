"""One table says which variables pass from a shell to executors, agents and the demo."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.agents.launching import launch
from tui.agents.environment import clean
from tui.client.autostart import clean_environment
from tui.config.locations import Locations
from tui.core.client_environment import LARGEST, pack, unpack
from tui.core.errors import RequestError
from tui.core.settings import Agent
from tui.posix.environment import TABLE, combined, for_demo, group_of, of_client, passed_on, search_folders

PASSED_ON = (
    "HOME", "PATH", "USER", "LOGNAME", "SHELL", "TMPDIR", "TMP", "TEMP",
    "LANG", "LANGUAGE", "LC_ALL", "LC_CTYPE", "TZ",
    "XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_CACHE_HOME", "XDG_STATE_HOME", "XDG_RUNTIME_DIR",
    "HTTPS_PROXY", "HTTP_PROXY", "NO_PROXY", "ALL_PROXY", "https_proxy", "http_proxy", "no_proxy", "all_proxy",
    "SSL_CERT_FILE", "SSL_CERT_DIR", "NODE_EXTRA_CA_CERTS",
)  # fmt: skip
LEFT_BEHIND = (
    "ANTHROPIC_API_KEY", "ANTHROPIC_MODEL", "ANTHROPIC_BASE_URL", "OPENAI_API_KEY", "GITHUB_TOKEN", "SSH_AUTH_SOCK",
    "PYTHONPATH", "LD_PRELOAD", "NODE_OPTIONS", "BASH_ENV", "GIT_DIR", "MODELDECK_STATE", "MODELDECK_ATTEMPT",
    "PATHS", "MY_PATH", "LC_", "XDG_", "HTTPS_PROXY_PASSWORD", "Path",
)  # fmt: skip


@pytest.mark.parametrize("name", PASSED_ON)
def test_a_variable_of_the_table_reaches_executor_and_agent_alike(
    name: str, locations: Locations, empty_home: Path
) -> None:
    assert clean_environment({name: "x"}, locations)[name] == "x"
    assert passed_on({name: "x"}) == {name: "x"}
    got = clean(launch(Agent(), empty_home, user_env={name: "x"})).variables[name]
    assert got.split(",")[0] == "x", "loopback is added to what no proxy is used for"


@pytest.mark.parametrize("name", LEFT_BEHIND)
def test_everything_else_stays_behind(name: str, locations: Locations) -> None:
    assert passed_on({name: "x"}) == for_demo({name: "x"}) == {}
    assert clean_environment({name: "x"}, locations).get(name) != "x"


def test_the_demo_gets_no_home_and_no_way_to_a_provider() -> None:
    kept = for_demo(dict.fromkeys((*PASSED_ON, *LEFT_BEHIND), "x"))
    assert kept.keys() == {
        "PATH", "USER", "LOGNAME", "SHELL", "TMPDIR", "TMP", "TEMP", "LANG", "LANGUAGE", "LC_ALL", "LC_CTYPE", "TZ",
    }  # fmt: skip


def test_a_variable_is_in_one_group_only() -> None:
    for name in PASSED_ON:
        assert [group for group in TABLE if group.names.fullmatch(name)] == [group_of(name)]


OWN = {"HOME": "/home/ada", "PATH": "/bin", "TZ": "UTC", "HTTPS_PROXY": "http://old:1", "XDG_DATA_HOME": "/data"}


def test_work_follows_its_client_and_home_stays() -> None:
    client = {"PATH": "/opt/bin:/bin", "HOME": "/elsewhere", "LANG": "C.UTF-8", "XDG_DATA_HOME": "/x", "SECRET": "x"}
    assert combined(OWN, client) == {
        "HOME": "/home/ada", "XDG_DATA_HOME": "/data", "PATH": "/opt/bin:/bin", "LANG": "C.UTF-8",
    }, "a proxy that the client has left is gone"  # fmt: skip
    assert combined(OWN, {}) == OWN, "nothing is known of a client that sends nothing"
    assert combined(OWN, {"TZ": "PST"})["PATH"] == "/bin"


def test_what_goes_with_a_request_comes_back_whole() -> None:
    client = {"PATH": "/a b/ü:/c%20d&e=f", "HTTPS_PROXY": "http://u:p@h:1", "TZ": "", "HOME": "/home/ada", "KEY": "x"}
    assert unpack(pack(client)) == of_client(client) == {name: client[name] for name in ("PATH", "HTTPS_PROXY", "TZ")}
    assert pack(client).isascii()
    assert unpack("") == {}


def test_a_value_that_is_no_text_is_left_out() -> None:
    assert of_client({"PATH": "/a\udcff", "TZ": "UTC\0", "LANG": "C"}) == {"LANG": "C"}


@pytest.mark.parametrize("header", ["x", "=&=&&", "%ff%00=1", "HOME=/x", "PATH=%00", "LD_PRELOAD=/x", "\xff=\xff"])
def test_a_strange_header_says_nothing(header: str) -> None:
    assert unpack(header) == {}


def test_a_header_without_end_is_refused() -> None:
    with pytest.raises(RequestError, match="more than"):
        unpack("PATH=" + "x" * LARGEST)


def test_a_relative_folder_is_not_searched() -> None:
    assert search_folders(":.:bin:/usr/bin::/bin:") == ("/usr/bin", "/bin")
