"""The environment variables that pass from a user's shell to an executor, and from there to agents and to git.

:data:`TABLE` is the only list of them. Everything that is not in it stays behind: keys reach the executor by name
(:mod:`tui.client.handover`), and an agent's own ``env`` is set by its configuration.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class Group:
    """Variables that are treated alike."""

    purpose: str
    names: re.Pattern[str]
    source: Literal["client", "executor"]
    """Whose value a run gets: that of the client that starts it, or the one that the executor was started with.

    Both who the user is and where the user's files are belong to the executor: its journal and its logins do too.
    """
    demo: bool = True
    """Whether the demo keeps it. The demo has its own home and calls nobody."""


TABLE = (
    Group("home and folders", re.compile(r"HOME|XDG_\w+"), "executor", demo=False),
    Group("user", re.compile(r"USER|LOGNAME|SHELL|TMPDIR|TMP|TEMP"), "executor"),
    Group("programs", re.compile(r"PATH"), "client"),
    Group("language and time", re.compile(r"LANG|LANGUAGE|LC_\w+|TZ"), "client"),
    Group(
        "network",
        re.compile(r"(?:http|https|all|no)_proxy|(?:HTTP|HTTPS|ALL|NO)_PROXY|NODE_USE_ENV_PROXY"),
        "client",
        demo=False,
    ),
    Group(
        "certificates",
        re.compile(r"SSL_CERT_(?:FILE|DIR)|NODE_EXTRA_CA_CERTS|NODE_USE_SYSTEM_CA|REQUESTS_CA_BUNDLE|CURL_CA_BUNDLE"),
        "client",
        demo=False,
    ),
)
"""All variables that are passed on. The value of one in the group "network" may hold a password."""


def group_of(name: str) -> Group | None:
    """Return the group of a variable; ``None`` for one that is not passed on."""
    return next((group for group in TABLE if group.names.fullmatch(name)), None)


def passed_on(environ: Mapping[str, str]) -> dict[str, str]:
    """Return the variables of ``environ`` that executors, agents and git may see."""
    return {name: value for name, value in environ.items() if group_of(name) is not None}


def for_demo(environ: Mapping[str, str]) -> dict[str, str]:
    """Return the variables of ``environ`` that the demo keeps."""
    return {name: value for name, value in environ.items() if (group := group_of(name)) is not None and group.demo}


def of_client(environ: Mapping[str, str]) -> dict[str, str]:
    """Return the variables of ``environ`` that follow a client into the work that it starts."""
    return {name: value for name, value in environ.items() if _follows_client(name) and _is_usable(value)}


def combined(own: Mapping[str, str], client: Mapping[str, str]) -> dict[str, str]:
    """Return the environment of work for a client, in an executor with ``own``.

    What the client lacks of its part is unset, with two exceptions: nothing runs without a PATH, and of a client that
    sent nothing at all nothing is known.
    """
    if not client:
        return dict(own)
    kept = {name: value for name, value in own.items() if name == "PATH" or not _follows_client(name)}
    return kept | of_client(client)


def search_folders(path: str) -> tuple[str, ...]:
    """Return the folders of a PATH without relative ones, which would mean a folder of the project."""
    return tuple(part for part in path.split(":") if part.startswith("/"))


def _follows_client(name: str) -> bool:
    group = group_of(name)
    return group is not None and group.source == "client"


def _is_usable(value: str) -> bool:
    """Return whether a value is text, so that it can be sent, stored and shown, and set for a process."""
    try:
        value.encode()
    except UnicodeEncodeError:
        return False
    return "\0" not in value
