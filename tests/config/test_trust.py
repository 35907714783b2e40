"""Trust is given to a place and to what it holds."""

from __future__ import annotations

import json
import os
import stat
import sys
from pathlib import Path

import pytest

from tests.config.git import later, repository
from tui.config import watched
from tui.config.git_settings import GitSettings
from tui.config.load import load
from tui.config.locations import PROJECT_FILE
from tui.config.trust import TrustStore
from tui.core.errors import ConfigError, ConflictError, MachineError, RequestError


@pytest.fixture
def store(tmp_path: Path) -> TrustStore:
    return TrustStore(tmp_path / "state" / "trust.json")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    place = tmp_path / "project"
    place.mkdir()
    return place


def put(folder: Path, name: str, text: str = "{}") -> Path:
    file = folder / name
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text)
    return file


def put_bytes(file: Path, content: bytes) -> None:
    file.write_bytes(content)


def test_a_folder_is_not_trusted_until_somebody_says_so(store: TrustStore, folder: Path) -> None:
    assert not store.state(folder).trusted
    assert store.state(folder).note == "it was never trusted"

    store.trust(folder)

    assert store.state(folder).trusted


def test_trust_can_be_taken_back_twice(store: TrustStore, folder: Path) -> None:
    store.trust(folder)
    store.untrust(folder)
    store.untrust(folder)

    assert not store.state(folder).trusted
    assert store.state(folder).note == "its trust was taken back with `modeldeck untrust`"
    store.trust(folder)
    assert store.state(folder).trusted


def test_taking_back_a_trust_that_never_was_changes_nothing(store: TrustStore, folder: Path) -> None:
    store.untrust(folder)
    assert store.state(folder).note == "it was never trusted"


def test_trust_does_not_reach_folders_inside_or_beside(store: TrustStore, folder: Path) -> None:
    (folder / "inner").mkdir()
    (folder.parent / "project2").mkdir()
    store.trust(folder)

    assert not store.state(folder / "inner").trusted
    assert not store.state(folder.parent / "project2").trusted


def test_a_link_to_a_trusted_folder_is_that_folder(store: TrustStore, folder: Path, tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(folder)
    store.trust(tmp_path / "link")

    assert store.state(folder).trusted


def test_another_folder_in_the_place_of_a_trusted_one_is_asked_about(store: TrustStore, folder: Path) -> None:
    put(folder, ".mcp.json")
    store.trust(folder)
    folder.rename(folder.with_name("moved"))
    put(folder, ".mcp.json", '{"mcpServers": {}}')

    assert not store.state(folder).trusted


WATCHED = [
    ".modeldeck.yaml",
    "agents.yaml",
    "pipelines.yaml",
    ".mcp.json",
    ".env",
    "opencode.json",
    "opencode.jsonc",
    ".claude/settings.json",
    ".claude/settings.local.json",
    ".claude/commands/deep/down/x.md",
    ".claude/agents/x.md",
    ".claude/hooks/x.sh",
    ".claude/skills/x/SKILL.md",
    ".opencode/plugin/x.js",
    ".opencode/node_modules/x/index.js",
    ".gemini/settings.json",
    ".gemini/.env",
    ".codex/config.toml",
    ".qwen/settings.json",
]


@pytest.mark.parametrize("name", WATCHED, ids=lambda name: name.replace("/", "-"))
def test_a_watched_file_that_appears_changes_or_goes_is_asked_about(name: str, store: TrustStore, folder: Path) -> None:
    store.trust(folder)
    file = put(folder, name, "one")
    assert store.state(folder).note == f"it changed since it was trusted: {name}"

    store.trust(folder)
    assert store.state(folder).trusted
    put(folder, name, "two")
    assert not store.state(folder).trusted

    store.trust(folder)
    file.unlink()
    assert not store.state(folder).trusted


def test_ordinary_files_are_not_watched(store: TrustStore, folder: Path) -> None:
    store.trust(folder)
    for name in ("README.md", "src/a.py", ".claude/worktrees/x/settings.json", ".github/x.yml", ".git/HEAD"):
        put(folder, name)

    assert store.state(folder).trusted


def test_what_a_command_lets_its_agent_use_is_told_before_trust(store: TrustStore, folder: Path) -> None:
    put(folder, ".claude/commands/team/ship.md", "---\nallowed-tools: [Bash(git push:*), Read]\n---\nShip it")
    put(folder, ".claude/commands/look.md", "Look around")
    told = store.review(folder).would_run
    assert (".claude/commands/team/ship.md lets the agent that runs this command use Bash(git push:*), Read") in told
    assert ".claude/commands holds 1 more file for agents" in told


def test_a_link_out_of_the_folder_is_not_followed_before_trust_and_watched_after(
    store: TrustStore, folder: Path, tmp_path: Path
) -> None:
    outside = put(tmp_path, "outside/plugin/x.js", "one")
    servers = put(tmp_path, "servers.json", "{}")
    (folder / ".opencode").symlink_to(tmp_path / "outside")
    (folder / ".mcp.json").symlink_to(servers)
    shown = store.review(folder)
    assert len([one for one in shown.would_run if "is a link to" in one and "trust counts for what" in one]) == 2
    store.trust(folder, shown)
    assert store.state(folder).trusted

    outside.write_text("two")
    assert store.state(folder).note == "it changed since it was trusted: .opencode/plugin/x.js"
    outside.write_text("one")
    put(tmp_path, "outside/plugin/y.js")
    servers.write_text("[]")
    assert store.state(folder).note == "it changed since it was trusted: .mcp.json, .opencode/plugin/y.js"

    store.trust(folder)
    (folder / ".mcp.json").unlink()
    (folder / ".mcp.json").symlink_to("/etc/passwd")
    assert not store.state(folder).trusted


@pytest.mark.parametrize("target", ["/", "..", "nowhere", ".claude"])
def test_a_claude_folder_that_is_a_link_to_anywhere_comes_to_an_end(
    target: str, store: TrustStore, folder: Path
) -> None:
    (folder / ".claude").symlink_to(target)

    store.trust(folder)

    assert store.state(folder).trusted


def test_a_link_to_nowhere_is_asked_about_when_something_is_there(
    store: TrustStore, folder: Path, tmp_path: Path
) -> None:
    (folder / ".claude").symlink_to(tmp_path / "later")
    store.trust(folder)
    put(tmp_path, "later/settings.json")

    assert store.state(folder).note == "it changed since it was trusted: .claude/settings.json"


def test_a_large_file_that_is_written_in_place_with_its_old_time_is_asked_about(
    store: TrustStore, folder: Path
) -> None:
    file = put(folder, ".opencode/node_modules/big.js", "a" * 1_000_001)
    before = file.stat()
    store.trust(folder)
    assert store.state(folder).trusted

    with file.open("r+") as opened:
        opened.write("b")
    os.utime(file, ns=(before.st_atime_ns, before.st_mtime_ns))

    assert store.state(folder).note == "it changed since it was trusted: .opencode/node_modules/big.js"


def test_settings_of_agents_in_the_folders_above_count_up_to_the_top_of_the_repository(
    store: TrustStore, folder: Path
) -> None:
    part = folder / "part" / "deep"
    part.mkdir(parents=True)
    repository(folder)
    store.trust(part)
    for name, told in (
        ("part/.mcp.json", "../.mcp.json"),
        (".mcp.json", "../../.mcp.json"),
        ("opencode.json", "../../opencode.json"),
        (".claude/settings.json", "../../.claude/settings.json"),
        ("../.mcp.json", "../../../.mcp.json"),
    ):
        file = put(folder, name, '{"mcpServers": {"x": {"command": "evil"}}}')
        assert store.state(part).note == f"it changed since it was trusted: {told}"
        file.unlink()
        assert store.state(part).trusted
    put(folder, ".mcp.json", '{"mcpServers": {"x": {"command": "evil"}}}')
    assert "../../.mcp.json starts or contacts the server x: evil" in store.review(part).would_run
    put(folder, ".modeldeck.yaml")  # read nowhere but in the folder itself
    put(folder.parent, "opencode.json")  # above the repository
    store.trust(part)
    (folder / ".modeldeck.yaml").write_text("x")
    (folder.parent / "opencode.json").write_text("x")
    assert store.state(part).trusted


NAMES_A_SCRIPT = {
    ".claude/settings.json": '{"hooks": {"Stop": [{"hooks": [{"command": "$CLAUDE_PROJECT_DIR/tools/x.sh --a"}]}]}}',
    ".claude/settings.local.json": '{"statusLine": {"type": "command", "command": "sh \'tools/x.sh\'"}}',
    ".mcp.json": '{"mcpServers": {"x": {"command": "python", "args": ["-u", "./tools/x.sh"]}}}',
    "opencode.json": '{"plugin": ["file://tools/x.sh"]}',
    "opencode.jsonc": '{"mcp": {"x": {"command": ["sh", "tools/x.sh"]}}} // a word',
    ".codex/config.toml": 'notify = ["sh", "-c", "cd .; ./tools/x.sh"]',
    ".gemini/settings.json": '{"mcpServers": {"x": {"command": "tools/x.sh"}}}',
    ".modeldeck.yaml": "agents: {a: {kind: claude, command: [sh, tools/x.sh]}}",
}


@pytest.mark.parametrize("name", NAMES_A_SCRIPT, ids=lambda name: name.replace("/", "-"))
def test_a_script_that_the_settings_name_is_shown_and_a_change_of_it_asks(
    name: str, store: TrustStore, folder: Path
) -> None:
    put(folder, name, NAMES_A_SCRIPT[name])
    store.trust(folder)
    script = put(folder, "tools/x.sh", "one")
    assert store.state(folder).note == "it changed since it was trusted: tools/x.sh"

    shown = store.review(folder)
    assert "tools/x.sh is a file that the settings above run or hand over" in shown.would_run
    store.trust(folder, shown)
    assert store.state(folder).trusted
    script.write_text("two")
    assert store.state(folder).note == "it changed since it was trusted: tools/x.sh"
    with pytest.raises(ConflictError, match="changed while it was shown"):
        store.trust(folder, shown)


def test_a_script_outside_of_the_folder_is_said_to_be_unwatched(store: TrustStore, folder: Path) -> None:
    commands = ["/home/me/x.sh", "~/x.sh", "sh ../x.sh", "/usr/bin/env", "npx -y @scope/pkg", "http://a/../b"]
    put(folder, ".mcp.json", json.dumps({"mcpServers": {str(n): {"command": one} for n, one in enumerate(commands)}}))

    told = [one for one in store.review(folder).would_run if "outside of the folder" in one]

    assert told == [
        f".mcp.json names {word}, which is outside of the folder: a change of it is not noticed"
        for word in ("/home/me/x.sh", "~/x.sh", "../x.sh")
    ]


def test_a_script_behind_a_link_out_of_the_folder_is_not_looked_at_before_trust(
    store: TrustStore, folder: Path, tmp_path: Path
) -> None:
    script = put(tmp_path, "elsewhere/x.sh", "one")
    (folder / "tools").symlink_to(tmp_path / "elsewhere")
    put(folder, ".mcp.json", NAMES_A_SCRIPT[".mcp.json"])
    assert not any("tools/x.sh is a file" in one for one in store.review(folder).would_run)

    store.trust(folder)
    script.write_text("two")

    assert store.state(folder).note == "it changed since it was trusted: tools/x.sh"


def test_what_is_loaded_is_what_was_checked(store: TrustStore, folder: Path, tmp_path: Path) -> None:
    """The files are others between the check and the load, and the checked ones again afterwards."""
    put(folder, ".modeldeck.yaml", "workflows: {good: {stages: [{name: a, type: approval}]}}")
    put(folder, ".claude/commands/do.md", "Good text")
    put(folder, "agents.yaml", "agents: {good: {description: Good text}}")
    store.trust(folder)

    state = store.state(folder)
    for name in ("agents.yaml", ".claude/commands/do.md", ".claude/commands/new.md"):
        put(folder, name, "agents: {evil: {description: Evil text}}")
    put(folder, ".modeldeck.yaml", "workflows: {evil: {stages: [{name: a, type: approval}]}}")
    loaded = load(None, folder, trusted=state.trusted, contents=state.contents)

    assert state.trusted
    assert "good" in loaded.settings.workflows
    assert "evil" not in loaded.settings.workflows
    parts = loaded.discovered.parts
    assert [one.body for one in parts[".claude/commands/do.md"].commands] == ["Good text"]
    assert [one.name for one in parts["agents.yaml"].agents] == ["good"]
    assert ".claude/commands/new.md" not in parts
    assert not store.state(folder).trusted


def test_a_project_file_that_is_a_link_is_refused_and_not_loaded(
    store: TrustStore, folder: Path, tmp_path: Path
) -> None:
    put(tmp_path, "x.yaml", "default_model: haiku\n")
    (folder / ".modeldeck.yaml").symlink_to(tmp_path / "x.yaml")
    store.trust(folder)

    with pytest.raises(ConfigError, match="is a symbolic link, which is not followed here"):
        load(None, folder, trusted=True, contents=store.state(folder).contents)


def test_an_unchanged_folder_costs_one_open_a_file_and_no_git(folder: Path, tmp_path: Path) -> None:
    for number in range(20):
        put(folder, f".claude/commands/c{number}.md", "text")
    put(folder, ".mcp.json", NAMES_A_SCRIPT[".mcp.json"])
    put(folder, "tools/x.sh")
    repository(folder)
    git = GitSettings(now=later)
    store = TrustStore(tmp_path / "state" / "trust.json", git=git)
    store.trust(folder)
    assert store.state(folder).trusted
    asked = git.asked
    opened: list[str] = []
    sys.addaudithook(lambda event, args: opened.append(str(args[0])) if event == "open" and opened else None)

    opened.append("begun")
    for _ in range(3):
        assert store.state(folder).trusted
    found = [name for name in opened if str(folder) in name]
    opened.clear()

    assert git.asked == asked
    assert len(found) <= 3 * (20 + 1 + 2 + 2)  # the commands, the settings, two scripts, and what git may have
    assert max(found.count(name) for name in set(found)) <= 3


def test_a_link_inside_the_folder_is_followed(store: TrustStore, folder: Path) -> None:
    real = put(folder, "config/claude/settings.json", "one")
    (folder / ".claude").symlink_to("config/claude")
    (folder / ".mcp.json").symlink_to("./config/claude/settings.json")
    store.trust(folder)

    real.write_text("two")

    assert store.state(folder).note == "it changed since it was trusted: .claude/settings.json, .mcp.json"


@pytest.mark.parametrize("target", [".", "..", "loop", "../.opencode"])
def test_links_in_a_circle_come_to_an_end(target: str, store: TrustStore, folder: Path) -> None:
    (folder / ".opencode").mkdir()
    (folder / ".opencode" / "loop").symlink_to(target)

    store.trust(folder)

    assert store.state(folder).trusted


def test_a_link_through_another_link_is_not_followed(store: TrustStore, folder: Path, tmp_path: Path) -> None:
    put(tmp_path, "outside/x.js", "one")
    (folder / "way-out").symlink_to(tmp_path / "outside")
    (folder / ".opencode").symlink_to("way-out")

    assert [found.name for found in watched.found_in(folder)] == [".opencode (*)"]
    assert [found.name for found in watched.found_in(folder, outside=True)] == [".opencode/x.js"]


def test_pipes_and_large_files_do_not_hold_it_up(store: TrustStore, folder: Path) -> None:
    (folder / ".opencode").mkdir()
    os.mkfifo(folder / ".opencode" / "pipe")
    with (folder / ".env").open("wb") as sparse:
        sparse.truncate(1 << 40)

    store.trust(folder)
    assert store.state(folder).trusted

    with (folder / ".env").open("wb") as sparse:
        sparse.truncate(1 << 41)
    assert not store.state(folder).trusted


def test_folders_in_folders_without_end_can_not_be_trusted(store: TrustStore, folder: Path) -> None:
    deep = folder / ".opencode"
    for _ in range(60):
        deep /= "d"
    deep.mkdir(parents=True)

    with pytest.raises(MachineError, match="than can be checked"):
        store.trust(folder)
    assert not store.state(folder).trusted
    assert any("than can be checked" in sentence for sentence in store.review(folder).would_run)


def test_what_is_no_folder_can_not_be_trusted(store: TrustStore, folder: Path) -> None:
    with pytest.raises(RequestError, match="is not a folder"):
        store.trust(folder / "nothing")
    assert not store.state(folder / "nothing").trusted


def test_the_file_is_private_and_its_folder_too(store: TrustStore, folder: Path, tmp_path: Path) -> None:
    store.trust(folder)

    assert stat.S_IMODE((tmp_path / "state" / "trust.json").stat().st_mode) == 0o600
    assert stat.S_IMODE((tmp_path / "state").stat().st_mode) == 0o700
    assert sorted(file.name for file in (tmp_path / "state").iterdir()) == ["trust.json", "trust.lock"]


@pytest.mark.parametrize("content", ["", "{", "[]", '{"folders": 3}', '{"folders": {"/": {"digest": 1}}}'])
def test_a_damaged_file_trusts_nothing_and_is_not_overwritten(
    content: str, store: TrustStore, folder: Path, tmp_path: Path
) -> None:
    file = put(tmp_path, "state/trust.json", content)

    assert not store.state(folder).trusted
    with pytest.raises(MachineError, match="damaged"):
        store.trust(folder)
    assert file.read_text() == content


def test_a_file_that_others_can_write_trusts_nothing(store: TrustStore, folder: Path, tmp_path: Path) -> None:
    store.trust(folder)
    (tmp_path / "state" / "trust.json").chmod(0o666)

    assert "can be written by others" in store.state(folder).note


def test_a_link_in_the_files_place_trusts_nothing(store: TrustStore, folder: Path, tmp_path: Path) -> None:
    store.trust(folder)
    file = tmp_path / "state" / "trust.json"
    file.rename(tmp_path / "moved.json")
    file.symlink_to(tmp_path / "moved.json")

    assert not store.state(folder).trusted


def test_what_a_crash_left_behind_is_no_obstacle(store: TrustStore, folder: Path, tmp_path: Path) -> None:
    put(tmp_path, "state/trust.new", "half a fi")

    store.trust(folder)

    assert store.state(folder).trusted


def test_only_what_was_shown_is_trusted(store: TrustStore, folder: Path) -> None:
    seen = store.review(folder)
    put(folder, ".claude/commands/ship.md", "Ship it")
    with pytest.raises(ConflictError, match="changed while it was shown; look at it again"):
        store.trust(folder, seen)
    assert not store.state(folder).trusted
    store.trust(folder, store.review(folder))
    assert store.state(folder).trusted


def test_what_was_approved_is_kept_with_the_trust_and_for_that_folder(
    store: TrustStore, folder: Path, tmp_path: Path
) -> None:
    (folder / PROJECT_FILE).write_text("providers: {a: {kind: openai, api_key_env: A_KEY}, b: {api_key_env: MINE}}\n")
    careful = TrustStore(tmp_path / "state" / "trust.json", lambda: frozenset({"MINE"}))
    shown = careful.review(folder)
    assert shown.variables == ("A_KEY",)
    assert f"{PROJECT_FILE} gets these variables of yours once you trust it: A_KEY" in shown.would_run

    careful.trust(folder, shown)
    assert store.state(folder).variables == {"A_KEY"}
    assert store.approved() == {"A_KEY"}
    before = (folder / PROJECT_FILE).read_bytes()
    after = before + b"# edited by us\n"
    assert store.keep_over(folder, PROJECT_FILE, before, after, lambda: put_bytes(folder / PROJECT_FILE, after))
    assert store.state(folder).variables == {"A_KEY"}

    store.untrust(folder)
    assert store.approved() == frozenset()
