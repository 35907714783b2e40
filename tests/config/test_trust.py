"""Trust is given to a place and to what it holds."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from tui.config import watched
from tui.config.trust import TrustStore
from tui.core.errors import ConflictError, MachineError, RequestError


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
    told = store.would_run(folder)
    assert (".claude/commands/team/ship.md lets the agent that runs this command use Bash(git push:*), Read") in told
    assert ".claude/commands holds 1 more file for agents" in told


def test_of_gits_settings_only_what_runs_something_counts(store: TrustStore, folder: Path) -> None:
    put(folder, ".git/config", "[core]\n\tbare = false\n")
    store.trust(folder)
    put(folder, ".git/config", '[core]\n\tbare = false\n[branch "x"]\n\tremote = origin\n')
    assert store.state(folder).trusted

    put(folder, ".git/config", "[core]\n\tbare = false\n\tfsmonitor = ./evil\n")
    assert store.state(folder).note == "it changed since it was trusted: .git/config"


def test_a_link_out_of_the_folder_counts_by_its_text_and_is_not_followed(
    store: TrustStore, folder: Path, tmp_path: Path
) -> None:
    outside = put(tmp_path, "outside/plugin/x.js", "one")
    (folder / ".opencode").symlink_to(tmp_path / "outside")
    (folder / ".mcp.json").symlink_to(outside)
    store.trust(folder)

    outside.write_text("two")
    assert store.state(folder).trusted  # what is outside is not looked at; the sentences say that it is a link
    assert any("is a link to" in sentence for sentence in store.would_run(folder))

    (folder / ".mcp.json").unlink()
    (folder / ".mcp.json").symlink_to("/etc/passwd")
    assert not store.state(folder).trusted


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
    assert any("than can be checked" in sentence for sentence in store.would_run(folder))


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
