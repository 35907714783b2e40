"""Git's settings are read by git itself: whatever they could run is noticed, and nothing of it runs."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.config.git import git, later, repository
from tui.config import git_settings
from tui.config.git_settings import GitSettings, places_of
from tui.config.trust import TrustStore
from tui.core.errors import MachineError


@pytest.fixture
def canary(tmp_path: Path) -> Path:
    """The program that leaves a trace wherever it is run, and the trace beside it."""
    file = tmp_path / "canary"
    file.write_text(f'#!/bin/sh\necho "$0 $*" >> {tmp_path}/ran\nexec cat\n')
    file.chmod(0o755)
    return file


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    place = tmp_path / "project"
    repository(place)
    return place


@pytest.fixture
def store(tmp_path: Path) -> TrustStore:
    return TrustStore(tmp_path / "state" / "trust.json")


def configure(folder: Path, text: str) -> None:
    with (folder / ".git" / "config").open("a") as file:
        file.write(text)


def include(folder: Path, text: str) -> None:
    (folder / "more.cfg").write_text(text)
    configure(folder, "[include] path = ../more.cfg\n")


def on_branch(folder: Path, text: str) -> None:
    (folder / "more.cfg").write_text(text)
    configure(folder, '[includeIf "onbranch:main"]\npath=../more.cfg\n')


def of_a_worktree(folder: Path, text: str) -> None:
    configure(folder, "[extensions] worktreeConfig = true\n")
    (folder / ".git" / "config.worktree").write_text(text)


def by_a_file(folder: Path, text: str) -> None:
    (folder / ".git").rename(folder.parent / "moved.git")
    with (folder.parent / "moved.git" / "config").open("a") as file:
        file.write(text)
    (folder / ".git").write_text("gitdir: ../moved.git\n")


def by_a_link(folder: Path, text: str) -> None:
    by_a_file(folder, text)
    (folder / ".git").unlink()
    (folder / ".git").symlink_to("../moved.git")


def by_a_common_folder(folder: Path, text: str) -> None:
    other = folder.parent / "other.git"
    shutil.copytree(folder / ".git", other)
    with (other / "config").open("a") as file:
        file.write(text)
    (folder / ".git" / "commondir").write_text("../../other.git\n")


def by_an_odd_name(folder: Path, text: str) -> None:
    configure(folder, text.replace('"x"', '"a=b.c \\" d"'))


WAYS: list[Callable[[Path, str], None]] = [
    configure,
    include,
    on_branch,
    of_a_worktree,
    by_a_file,
    by_a_link,
    by_a_common_folder,
    by_an_odd_name,
]
DANGERS = """
core.fsmonitor core.hookspath core.sshcommand core.editor core.pager core.askpass core.gitproxy core.worktree
core.attributesfile core.alternaterefscommand sequence.editor pager.status alias.st filter.x.clean
filter.x.smudge filter.x.process filter.x.required diff.external diff.x.command diff.x.textconv merge.x.driver
mergetool.x.cmd difftool.x.cmd credential.helper credential.https://x.helper gpg.program gpg.ssh.program
gpg.ssh.defaultkeycommand uploadpack.packobjectshook remote.x.uploadpack remote.x.receivepack remote.x.vcs
remote.x.proxy http.proxy http.extraheader url.https://evil/.insteadof protocol.ext.allow submodule.x.update
branch.x.mergeoptions gc.recentobjectshook hook.x.command trailer.x.command interactive.difffilter
lfs.customtransfer.x.path include.path sendemail.smtpserver init.templatedir never.heard.of
"""
BENIGN = """
branch.x.remote branch.x.merge branch.x.rebase branch.x.vscode-merge-base branch.a.b=c.description
remote.x.url remote.x.fetch remote.x.gh-resolved core.filemode core.autocrlf submodule.x.url
submodule.x.active extensions.partialclone user.email pull.rebase gc.auto lfs.https://x/info/lfs.access
"""


@pytest.mark.parametrize("way", WAYS, ids=lambda way: way.__name__)
def test_a_filter_that_is_added_after_the_trust_is_noticed_and_asking_runs_nothing(
    way: Callable[[Path, str], None], store: TrustStore, folder: Path, canary: Path
) -> None:
    (folder / ".gitattributes").write_text("* filter=x\n")
    store.trust(folder)
    assert store.state(folder).trusted

    way(folder, f'[filter "x"] clean = {canary} clean\n[core] fsmonitor = {canary}\npager = {canary}\n')

    state = store.state(folder)
    assert not state.trusted
    assert "config" in state.note or ".git" in state.note or "more.cfg" in state.note
    shown = store.review(folder)
    assert shown.would_run
    store.trust(folder, shown)
    assert store.state(folder).trusted
    assert not canary.with_name("ran").exists()
    subprocess.run(["git", "-C", str(folder), "status"], check=False, capture_output=True)
    assert canary.with_name("ran").exists(), "the settings themselves do not work"


@pytest.mark.parametrize("key", DANGERS.split())
def test_whatever_runs_or_redirects_something_asks_again(key: str, store: TrustStore, folder: Path) -> None:
    store.trust(folder)

    git(folder, "config", "--local", key, ".." if key == "core.worktree" else "evil")

    assert store.state(folder).note == "it changed since it was trusted: .git/config"
    assert any(key in sentence for sentence in store.review(folder).would_run)
    store.trust(folder)
    git(folder, "config", "--local", key, "worse")
    assert not store.state(folder).trusted


@pytest.mark.parametrize("key", BENIGN.split())
def test_what_git_writes_all_the_time_asks_nobody(key: str, store: TrustStore, folder: Path) -> None:
    store.trust(folder)
    git(folder, "config", "--local", key, "something")
    assert store.state(folder).trusted
    assert store.review(folder).would_run == ()


@pytest.mark.parametrize("key", ["remote.x.url", "remote.x.pushurl", "branch.x.remote", "submodule.x.url"])
def test_an_address_that_is_a_program_asks_again(key: str, store: TrustStore, folder: Path) -> None:
    store.trust(folder)
    git(folder, "config", "--local", key, "ext::sh -c evil")
    assert not store.state(folder).trusted


def test_an_included_file_that_appears_or_changes_asks_again(store: TrustStore, folder: Path) -> None:
    configure(folder, "[include] path = ../more.cfg\n")
    store.trust(folder)
    assert store.state(folder).trusted

    (folder / "more.cfg").write_text("[alias] a = !one\n")
    assert store.state(folder).note == "it changed since it was trusted: more.cfg"
    store.trust(folder)
    (folder / "more.cfg").write_text("[alias] a = !two\n")
    assert store.state(folder).note == "it changed since it was trusted: more.cfg"


@pytest.mark.parametrize(
    ("name", "text", "told"),
    [
        ("info/attributes", "* filter=lfs\n", ".git/info/attributes"),
        ("hooks/pre-commit", "evil", ".git/hooks/pre-commit"),
    ],
)
def test_attributes_and_hooks_ask_again(name: str, text: str, told: str, store: TrustStore, folder: Path) -> None:
    store.trust(folder)
    (folder / ".git" / name).parent.mkdir(exist_ok=True)
    (folder / ".git" / name).write_text(text)
    assert store.state(folder).note == f"it changed since it was trusted: {told}"
    assert any(sentence.startswith(told) for sentence in store.review(folder).would_run)


def test_hooks_in_a_folder_that_the_settings_name_ask_again(store: TrustStore, folder: Path) -> None:
    configure(folder, "[core] hooksPath = .husky/_\n")
    store.trust(folder)
    (folder / ".husky" / "_").mkdir(parents=True)
    (folder / ".husky" / "_" / "pre-commit").write_text("evil")
    assert store.state(folder).note == "it changed since it was trusted: .husky/_/pre-commit"


def test_a_script_that_a_filter_runs_asks_again(store: TrustStore, folder: Path) -> None:
    (folder / "clean.sh").write_text("one")
    configure(folder, '[filter "x"] clean = ./clean.sh %f\n')
    store.trust(folder)
    (folder / "clean.sh").write_text("two")
    assert store.state(folder).note == "it changed since it was trusted: clean.sh"


def test_the_repository_around_a_trusted_part_counts(store: TrustStore, folder: Path) -> None:
    part = folder / "src"
    part.mkdir()
    store.trust(part)
    configure(folder, "[alias] a = !evil\n")
    assert store.state(part).note == "it changed since it was trusted: ../.git/config"


def test_git_is_asked_once_a_change(folder: Path, tmp_path: Path) -> None:
    settings = GitSettings(now=later)
    store = TrustStore(tmp_path / "state" / "trust.json", git=settings)
    include(folder, "[alias] a = !one\n")
    store.trust(folder)
    for count, change in enumerate(
        (
            lambda: None,
            lambda: configure(folder, "[user] name = x\n"),
            lambda: (folder / "more.cfg").write_text("[alias] a = !two\n"),
            lambda: git(folder, "checkout", "--quiet", "-b", "other"),
        )
    ):
        change()
        before = settings.asked
        for _ in range(3):
            store.state(folder)
        assert settings.asked == before + (count > 0)


def test_what_may_change_twice_at_one_time_is_asked_for_again(folder: Path) -> None:
    written = (folder / ".git" / "config").stat().st_ctime_ns
    settings = GitSettings(now=lambda: written + 1)
    for count in (1, 2, 3):
        settings.of(folder, includes=True)
        assert settings.asked == count


def test_the_users_own_settings_are_not_the_folders(folder: Path, tmp_path: Path) -> None:
    home = tmp_path / "home"
    home.mkdir()
    (home / ".gitconfig").write_text("[alias] a = !mine\n")
    settings = GitSettings({"HOME": str(home), "PATH": os.environ["PATH"], "GIT_DIR": "/nowhere"})
    assert settings.of(folder, includes=True).settings == ()


def test_an_included_file_in_the_users_home_is_read_as_git_reads_it(folder: Path, tmp_path: Path) -> None:
    home = tmp_path / "home"
    home.mkdir()
    (home / "x.cfg").write_text("[alias] a = !evil\n")
    configure(folder, "[include] path = ~/x.cfg\n")
    settings = GitSettings({"HOME": str(home), "PATH": os.environ["PATH"]}, later)
    assert [one.key for one in settings.of(folder, includes=True).settings] == ["include.path", "alias.a"]
    (home / "x.cfg").write_text("[alias] bcd = !evil\n")
    assert [one.key for one in settings.of(folder, includes=True).settings] == ["include.path", "alias.bcd"]
    assert [one.key for one in settings.of(folder, includes=False).settings] == ["include.path"]


def test_without_git_its_files_count_as_a_whole(folder: Path, tmp_path: Path, without_git: GitSettings) -> None:
    store = TrustStore(tmp_path / "state" / "trust.json", git=without_git)
    shown = store.review(folder)
    assert shown.would_run == ("git was not found, so any change of the repository's settings asks again",)
    store.trust(folder, shown)
    assert store.state(folder).trusted
    configure(folder, "[user] name = x\n")
    assert store.state(folder).note == "it changed since it was trusted: .git/config"


def test_settings_that_git_can_not_read_count_as_a_whole(store: TrustStore, folder: Path) -> None:
    configure(folder, "[broken\n")
    assert "git can't read its settings: bad config line" in store.review(folder).would_run[0]
    store.trust(folder)
    assert store.state(folder).trusted
    configure(folder, "x\n")
    assert not store.state(folder).trusted


def test_settings_without_end_and_pipes_are_given_up(folder: Path, tmp_path: Path) -> None:
    os.mkfifo(folder / "pipe")
    configure(folder, "[include] path = ../pipe\n")
    with pytest.raises(MachineError, match=r"within 0\.2 seconds"):
        GitSettings(patience=0.2).of(folder, includes=True)
    store = TrustStore(tmp_path / "state" / "trust.json", git=GitSettings(patience=0.2))
    assert store.review(folder).would_run != ()  # includes are not followed before trust
    with pytest.raises(MachineError):
        store.trust(folder)
    assert not store.state(folder).trusted

    (folder / ".git" / "config").write_text("[user]\n" + "name = aaaaaaaaaaaaaaaaaa\n" * 60_000)
    with pytest.raises(MachineError, match="are larger than 1,000,000 bytes"):
        GitSettings().of(folder, includes=True)


def test_the_repository_is_the_one_that_git_finds(folder: Path, tmp_path: Path) -> None:
    inner = folder / "a" / "b"
    inner.mkdir(parents=True)
    (inner / ".git").mkdir()  # no repository, so git goes on upwards
    git(folder, "worktree", "add", "--quiet", str(tmp_path / "tree"))
    (tmp_path / "bare" / "deep").mkdir(parents=True)
    git(tmp_path / "bare", "init", "--quiet", "--bare")
    for place in (folder, folder / "a", inner, tmp_path / "tree", tmp_path / "bare", tmp_path / "bare" / "deep"):
        found = places_of(place)
        assert found is not None
        assert os.path.realpath(found.git) == git(place, "rev-parse", "--absolute-git-dir")
        assert os.path.realpath(found.common) == os.path.realpath(place / git(place, "rev-parse", "--git-common-dir"))
    assert places_of(tmp_path) is None


def test_overrides_put_out_every_filter_or_pin_it_to_what_was_read(folder: Path) -> None:
    configure(
        folder,
        '[filter "a.b"] clean = x\nrequired\n[filter "a.b"] clean = y\n[diff "d"] textconv = z\n[user]\nname=n\n',
    )
    view = GitSettings().of(folder, includes=True)
    off = ("-c", "filter.a.b.clean=", "-c", "filter.a.b.required=false", "-c", "diff.d.textconv=")
    assert view.overrides(filters=False) == off
    pinned = ("-c", "filter.a.b.clean=y", "-c", "filter.a.b.required=true", "-c", "diff.d.textconv=")
    assert view.overrides(filters=True) == pinned


def test_a_filter_whose_name_can_not_be_overridden_is_refused(folder: Path) -> None:
    by_an_odd_name(folder, '[filter "x"] clean = evil')
    with pytest.raises(MachineError, match="has an = in its name; rename it"):
        GitSettings().of(folder, includes=True).overrides(filters=False)


def test_two_folders_that_share_a_git_folder_are_told_apart(folder: Path, tmp_path: Path) -> None:
    other = tmp_path / "other"
    other.mkdir()
    (other / ".git").write_text(f"gitdir: {folder / '.git'}\n")
    settings = GitSettings(now=later)
    for place in (folder, other, folder):
        found = settings.of(place, includes=True).places
        assert found is not None
        assert found.top == place


def test_no_name_of_the_tables_is_both() -> None:
    for key in DANGERS.split():
        section, _, name = key.partition(".")
        assert name.rpartition(".")[2] not in git_settings.BENIGN.get(section, ())


@pytest.fixture
def without_git(tmp_path: Path) -> GitSettings:
    return GitSettings({"PATH": str(tmp_path)}, fallback="")
