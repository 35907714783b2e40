"""One table says which variables pass from a shell to executors, agents and the demo."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.agents.launching import launch
from tui.agents.environment import clean
from tui.client.autostart import clean_environment
from tui.config.locations import Locations
from tui.core.settings import Agent
from tui.posix.environment import TABLE, for_demo, group_of, passed_on

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
