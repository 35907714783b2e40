"""Keys that come back in what agents write and providers answer are nowhere but in the agents' own output."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cli.conftest import LIMIT, Shell
from tests.provider_servers import Lists, ProviderServer
from tests.system.terminal import of_folder

KEY = "sk-canary-of-the-provider-0123456789"
TOKEN = 'tk-canary"of\\the/agent+0123456789'
PASSWORD = "pw-canary-of-the-proxy"
QUERY = "qy-canary-of-the-proxy"
MARKS = ("canary-of-the", "canary\\", "canary%22of", "canary/of")
"""Pieces that every key has in one of its ways of writing."""

AGENT = """
import json, os, sys
from urllib.parse import quote
sys.stdin.read()
keys = [os.environ.get(name, "") for name in ("PROVIDER_API_KEY", "AGENT_TOKEN", "https_proxy")]
def say(**event):
    print(json.dumps(event), flush=True)
model = keys[0] if "named" in sys.argv else sys.argv[sys.argv.index("--model") + 1]
for key in keys:
    print("raw", key, quote(key, safe=""), json.dumps(key))
    print("split", key[:20]); print(key[20:], "rest")
    print("".join("\\\\u%04x" % ord(one) for one in key))
    print("log", key, file=sys.stderr)
    text = f"my key is {key} or {key[:18]}\\n{key[18:]}"
    say(type="assistant", message={"model": model, "content": [{"type": "text", "text": text}]})
    odd = "".join(one if at % 2 or one in '"\\\\' else "\\\\u%04x" % ord(one) for at, one in enumerate(key))
    odd = odd if key != keys[1] else ""
    event = '{"type": "assistant", "message": {"model": "%s", "content": [{"type": "text", "text": "%s"}]}}'
    print(event % (model, odd))
    say(type="system", subtype="status", status=key)
text = " ".join(keys) + "\\n\\n## Hand-off\\nDone:\\n- used " + keys[0] + "\\nContext:\\n- " + keys[1]
failed = "fails" in sys.argv
say(type="result", subtype="success", is_error=failed, result=text, modelUsage={model: {"inputTokens": 1}})
print("Error: invalid key", *keys, file=sys.stderr)
sys.exit(1 if failed else 0)
"""

CONFIG = """
default_model: lab/claude-lab-1
providers:
  lab: {{kind: anthropic, base_url: "{lab}", api_key_env: LAB_KEY}}
  echo: {{kind: openai, base_url: "{echo}", api_key_env: LAB_KEY}}
  broken: {{kind: openai, base_url: "{broken}", api_key_env: LAB_KEY}}
agents:
  good: {{kind: claude, command: [{python}, {agent}, good], providers: [lab], env: &env {{AGENT_TOKEN: $AGENT_TOKEN}}}}
  fails: {{kind: claude, command: [{python}, {agent}, fails], providers: [lab], env: *env}}
  named: {{kind: claude, command: [{python}, {agent}, named], providers: [lab], env: *env}}
profiles: {{good: {{agent: good}}, fails: {{agent: fails}}, named: {{agent: named}}}}
workflows:
  good: {{stages: [{{name: a, profile: good}}, {{name: b, profile: good}}]}}
  fails: {{stages: [{{name: a, profile: fails}}]}}
  named: {{stages: [{{name: a, profile: named}}]}}
"""


@pytest.fixture
def shell(tmp_path: Path) -> Iterator[Shell]:
    opened = Shell(tmp_path)
    opened.env |= {
        "LAB_KEY": KEY,
        "AGENT_TOKEN": TOKEN,
        "https_proxy": f"http://usr:{PASSWORD}@127.0.0.1:9?tok={QUERY}",
        "no_proxy": "127.0.0.1",
    }
    agent = tmp_path / "agent.py"
    agent.write_text(AGENT)
    rows = [{"id": KEY, "name": KEY}, {"id": f"x/{KEY}-large"}, {"id": "lab-2", "owned_by": KEY}]
    with ProviderServer() as server:
        bases = {
            "lab": server.at("lab", Lists("anthropic", rows=[{"id": "claude-lab-1", "display_name": KEY}])),
            "echo": server.at("echo", Lists("openai", rows=rows)),
            "broken": server.at("broken", Lists("openai", status=401, raw=f'{{"error": "bad key {KEY}"}}'.encode())),
        }
        bases["broken"] = bases["broken"].replace("://", "://usr:pb-canary-of-the-base@") + "?tok=qb-canary-of-the-base"
        text = CONFIG.format(**bases, python=sys.executable, agent=agent)
        text = text.replace("&env {", "{").replace("*env", "{AGENT_TOKEN: $AGENT_TOKEN}")
        Path(opened.env["MODELDECK_CONFIG"]).write_text(text)
        yield opened
        opened.close()


def test_a_key_that_comes_back_is_masked_everywhere(shell: Shell) -> None:
    assert shell("trust", "--yes").code == 0
    said: list[str] = []
    ids = []
    for workflow, code in (("good", 0), ("fails", 1), ("named", 0)):
        ended = shell("task", "start", workflow, "--input", "x", "--await", "--follow")
        assert ended.code == code, ended.err + ended.out
        assert "my key is ***" in ended.out
        said += [ended.out, ended.err]
        ids.append(shell("task", "list", "--view", "runs", "--json").data["tasks"][0]["task_id"])
    limit = time.monotonic() + LIMIT
    while True:
        listed = shell("task", "list", "--view", "providers", "--scope", "all", "--json")
        states = {one["id"]: one["state"] for one in listed.data["providers"]}
        if states["echo"] == "listed" and states["broken"] == "failed":
            break
        assert time.monotonic() < limit, states
    views = ("runs", "models", "providers", "agents", "status", "check")
    asked = [("task", "list", "--view", view, "--scope", "all") for view in views]
    for one in ids:
        asked += [
            ("task", "peek", one),
            ("task", "list", "--view", "output", "--id", one),
            ("task", "list", "--view", "trace", "--id", one),
        ]
    for args in asked:
        for flags in ((), ("--json",)):
            result = shell(*args, *flags)
            assert result.code == 0, result.err
            said += [result.out, result.err]
    assert "x/***-large" in shell("task", "list", "--view", "models", "--scope", "all", "--query", "large").out
    said += [shell("executor", "logs", "--lines", "10000").out, shell("executor", "env", "--json").out]
    assert shell("executor", "stop").code == 0  # what was only in the WAL is in the journal now
    assert shell("executor", "start").code == 0

    for text in said:
        assert [mark for mark in (*MARKS, PASSWORD, QUERY) if mark in text] == [], text
    config = Path(shell.env["MODELDECK_CONFIG"])
    home = Path(shell.env["HOME"])
    own = {file for name in ("out", "err") for file in home.glob(f"s/runs/*/{name}")}
    assert any(KEY.encode() in file.read_bytes() for file in own), "the agents wrote no key"
    for path in home.rglob("*"):
        assert not any(mark in str(path) for mark in MARKS)
        if path.is_file() and path not in own | {config}:
            content = path.read_bytes()
            assert [mark for mark in (*MARKS, PASSWORD, QUERY) if mark.encode() in content] == [], path
    assert of_folder(KEY) == {}
    commands = subprocess.run(["ps", "-eo", "args"], capture_output=True, text=True, check=True).stdout
    assert KEY not in commands
