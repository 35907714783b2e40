"""The files that a folder's settings name to be run: scripts of hooks, of servers, of agents, of git.

Found by the text of the settings, which is more than what really runs: every word that is the name of a file counts.
What such a script itself calls is not followed.
"""

from __future__ import annotations

import os
import re
import shlex
import tomllib
from collections.abc import Iterator
from fnmatch import fnmatchcase
from functools import lru_cache
from pathlib import Path

from tui.config.document import parse
from tui.config.locations import PROJECT_FILE
from tui.core.errors import ConfigError
from tui.core.json_input import read_json

RUNNING = frozenset(
    word
    for line in (
        "hooks command args cmd plugin plugins notify statusLine apiKeyHelper awsAuthRefresh awsCredentialExport ",
        "otelHeadersHelper mcpServers mcp mcp_servers tools discoveryCommand callCommand formatter lsp",
    )
    for word in line.split()
)
"""Keys of settings below which texts name something to run."""
SETTINGS = (
    PROJECT_FILE,
    ".mcp.json",
    "opencode.json*",
    ".opencode/opencode.json*",
    ".claude/settings*.json",
    ".gemini/settings.json",
    ".qwen/settings.json",
    ".codex/config.toml",
)
"""Files that are looked through."""
MOST = 500
"""Words of one file that are looked at."""
LONGEST = 1_000

_PARTS = re.compile(r"[\s;&|()<>'\"=`,]+")
_QUOTED = re.compile(r'"([^"\\\n]{1,1000})"')
_FOLDER = re.compile(r"^(?:!|file://)?(?:\$\{?(?:CLAUDE_PROJECT_DIR|PWD|GEMINI_PROJECT_DIR)\}?/)?")
_PROGRAMS = ("/bin/", "/sbin/", "/usr/", "/dev/", "/opt/", "/nix/", "/snap/")


@lru_cache(maxsize=256)
def words_of(name: str, content: bytes) -> tuple[str, ...]:
    """Return the words of the settings file ``name`` that may be the name of a file which it runs."""
    base = name.removeprefix("../" * name.count("../"))
    if not any(fnmatchcase(base, pattern) for pattern in SETTINGS):
        return ()
    try:
        if base == PROJECT_FILE:
            data: object = parse(content.decode("utf-8-sig"), name).data.get("agents")
        else:
            data = tomllib.loads(content.decode()) if base.endswith(".toml") else read_json(content)
        texts = list(_below(data, running=False))
    except (ValueError, RecursionError, ConfigError):  # with comments perhaps, as some agents allow
        texts = _QUOTED.findall(content.decode("utf-8", "replace"))
    return split(texts)


def split(texts: list[str]) -> tuple[str, ...]:
    """Return the words of ``texts``, each once."""
    words: dict[str, None] = {}
    for text in texts:
        for word in (text, *_shell(text), *_PARTS.split(text)):
            short = _FOLDER.sub("", word)
            if 0 < len(short) <= LONGEST and "\0" not in short:
                words[short] = None
    return tuple(words)[:MOST]


def inside(folder: Path, word: str) -> Path | None:
    """Return the file in ``folder`` that ``word`` names, by its text alone."""
    path = Path(os.path.normpath(folder / word))
    return path if path != folder and path.is_relative_to(folder) else None


def elsewhere(folder: Path, word: str) -> bool:
    """Return whether ``word`` names a file outside of ``folder`` that is no installed program, by its text alone."""
    if word.startswith("~/"):
        return True
    if "://" in word or not (word.startswith("/") or ".." in word.split("/")):
        return False
    path = os.path.normpath(folder / word)
    return inside(folder, word) is None and path != str(folder) and "/" in path[1:] and not path.startswith(_PROGRAMS)


def _shell(text: str) -> list[str]:
    try:
        return shlex.split(text)
    except ValueError:
        return []


def _below(data: object, *, running: bool) -> Iterator[str]:
    if isinstance(data, str) and running:
        yield data
    elif isinstance(data, dict):
        for key, value in data.items():
            yield from _below(value, running=running or key in RUNNING)
    elif isinstance(data, list):
        for value in data:
            yield from _below(value, running=running)
