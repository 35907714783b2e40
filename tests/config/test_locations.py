"""Where things are."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from tui.config.locations import PROJECT_FILE, SOCKET_LIMIT, Locations, own_folder, project_of
from tui.core.errors import MachineError

HOME = Path("/home/ada")


def test_the_usual_places_are_under_home() -> None:
    found = Locations.of({}, HOME)

    assert found.config_file == HOME / ".config/modeldeck/config.yaml"
    assert found.state_folder == HOME / ".local/state/modeldeck"
    assert found.cache_folder == HOME / ".cache/modeldeck"
    assert found.socket == found.state_folder / "executor.sock"
    assert found.themes == HOME / ".config/modeldeck/themes"


def test_xdg_folders_are_followed_if_they_are_whole_paths() -> None:
    found = Locations.of({"XDG_CONFIG_HOME": "/c", "XDG_STATE_HOME": "state", "XDG_CACHE_HOME": ""}, HOME)

    assert found.config_file == Path("/c/modeldeck/config.yaml")
    assert found.state_folder == HOME / ".local/state/modeldeck"
    assert found.cache_folder == HOME / ".cache/modeldeck"


def test_our_own_variables_win(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    given = {
        "MODELDECK_CONFIG": "~/deck.yaml",
        "MODELDECK_STATE": "here",
        "MODELDECK_CACHE": "/c",
        "XDG_STATE_HOME": "/s",
    }

    found = Locations.of(given, HOME)

    assert found.config_file == HOME / "deck.yaml"
    assert found.state_folder == tmp_path / "here"
    assert found.cache_folder == Path("/c")


def test_a_child_comes_to_the_same_places_by_the_environment() -> None:
    found = Locations(Path("/a/c.yaml"), Path("/b"), Path("/c"))

    assert Locations.of(found.environment | {"XDG_STATE_HOME": "/elsewhere"}, HOME) == found


def test_a_socket_with_a_long_path_moves_to_a_short_folder_of_ours() -> None:
    long = Path("/home") / ("x" * 90) / "state"
    found = Locations(Path("/c"), long, Path("/k"), short_folder=Path("/short"))
    other = Locations(Path("/c"), long / "other", Path("/k"), short_folder=Path("/short"))

    assert found.socket.parent == Path("/short") / f"modeldeck-{os.getuid()}"
    assert len(os.fsencode(found.socket)) <= SOCKET_LIMIT
    assert found.socket != other.socket


def test_the_length_counts_bytes() -> None:
    folder = Path("/home") / ("ä" * 45)

    assert Locations(Path("/c"), folder, Path("/k")).socket.parent != folder


def test_folders_are_made_for_their_owner_alone(tmp_path: Path) -> None:
    found = Locations(tmp_path / "c", tmp_path / "state", tmp_path / "cache", short_folder=tmp_path)

    found.prepare()

    for folder in (found.state_folder, found.runs, found.cache_folder):
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700


def test_a_folder_that_others_can_enter_is_closed(tmp_path: Path) -> None:
    folder = tmp_path / "open"
    folder.mkdir()
    folder.chmod(0o755)

    own_folder(folder)

    assert stat.S_IMODE(folder.stat().st_mode) == 0o700


def test_a_link_in_the_socket_folders_place_is_refused(tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "elsewhere")

    with pytest.raises(MachineError, match="not a folder of yours"):
        own_folder(tmp_path / "link")


def test_a_folder_that_can_not_be_made_is_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")

    with pytest.raises(MachineError, match="can't be made"):
        Locations(tmp_path / "c", tmp_path / "file" / "state", tmp_path / "k").prepare()


@pytest.mark.parametrize("mark", [PROJECT_FILE, ".git"])
def test_the_project_is_the_nearest_folder_with_a_mark(mark: str, tmp_path: Path) -> None:
    inner = tmp_path / "shop" / "src" / "deep"
    inner.mkdir(parents=True)
    (tmp_path / "shop" / mark).write_text("")

    assert project_of(inner) == (tmp_path / "shop").resolve()


def test_without_a_mark_the_folder_is_its_own_project_by_its_real_path(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "real")

    assert project_of(tmp_path / "link") == (tmp_path / "real").resolve()


def test_the_paths_are_known_without_yaml_or_pydantic() -> None:
    code = "import sys, tui.config.locations; print([m for m in ('yaml', 'pydantic', 'json') if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert done.stdout.strip() == "[]"
