"""Runs in git worktrees of their own: real repositories, real agents, an executor that dies at every point."""

from __future__ import annotations

import asyncio
import hashlib
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.config.git import git
from tests.executor import tree_agent
from tests.executor.conftest import CONFIG, House
from tui.config.trust import TrustStore
from tui.core.errors import ConflictError, RequestError, UntrustedError
from tui.core.run import Run, RunStatus, Worktree
from tui.core.run_verbs import Answer, Approve, ResolveAgain, Retry
from tui.core.spec_verbs import CreateSpec, StartSpec
from tui.core.verbs import Cancel, List, StartWorkflow
from tui.executor.git import GitError, locked
from tui.executor.repository import Repository

DOES = ("writes", "edits", "commits", "strays", "looks", "sets", "poses", "finishes")
FLOWS = (
    "".join(f"  {name}: {{stages: [{{name: plan, profile: {name}}}]}}\n" for name in DOES)
    + """
  own: {worktree: true, specs: [feature], stages: [{name: plan, profile: looks}]}
  after: {stages: [{name: ok, type: approval}, {name: plan, profile: edits}, {name: review, profile: looks}]}
  obeys: {stages: [{name: plan, profile: sets}, {name: review, profile: looks}]}
  breaks: {stages: [{name: plan, profile: commits}, {name: review, profile: finishes}, {name: test, profile: fails}]}
"""
)


@pytest.fixture(autouse=True)
def agents(house: House) -> None:
    command = f"[{sys.executable}, -I, -S, {tree_agent.__file__}"
    config = CONFIG
    for head, more in (
        ("agents", "".join(f"  {name}: {{kind: claude, command: {command}, {name}]}}\n" for name in DOES)),
        ("profiles", "".join(f"  {name}: {{agent: {name}}}\n" for name in DOES)),
        ("workflows", FLOWS),
    ):
        config = config.replace(f"\n{head}:\n", f"\n{head}:\n{more}", 1)
    house.locations.config_file.write_text(config)


def commit(folder: Path) -> str:
    git(folder, "add", "--all")
    git(folder, "commit", "--quiet", "--message", "something")
    return git(folder, "rev-parse", "HEAD")


def repository(folder: Path) -> str:
    """Make ``folder`` a repository with a commit, which is the answer."""
    folder.mkdir(exist_ok=True)
    git(folder, "init", "--quiet")
    (folder / "cart.py").write_text("total = 0\n")
    (folder / ".gitignore").write_text("*.log\n")
    return commit(folder)


def configure(shop: Path, text: str) -> None:
    file = shop / ".git" / "config"
    file.write_text(file.read_text() + text)


def trust(house: House, folder: Path | None = None) -> None:
    TrustStore(house.locations.trust).trust(folder or house.project)


@pytest.fixture
def shop(house: House) -> Path:
    repository(house.project)
    trust(house)
    return house.project


async def plan(house: House, workflow: str = "one", project: Path | None = None) -> Run:
    request = StartWorkflow(workflow, project=str(project or house.project), worktree=True)
    (found,) = (await house.executor.verbs.list(List("plan", requests=(request,), worktrees=True))).plan
    return found


async def run(house: House, workflow: str, **fields: Any) -> Run:
    return await house.run(workflow, worktree=True, **fields)


def tree_of(run: Run) -> Worktree:
    assert run.worktree is not None
    return run.worktree


def branches(shop: Path) -> list[str]:
    return git(shop, "branch", "--format=%(refname:short)").split("\n")


# --- what a run does --------------------------------------------------------------------------------------------------


async def test_the_agents_work_in_the_worktree_and_the_persons_copy_stays_as_it_is(house: House, shop: Path) -> None:
    ended = await run(house, "edits")

    tree = tree_of(ended)
    assert ended.status is RunStatus.SUCCEEDED
    assert tree.folder == str(house.locations.worktrees.resolve() / (ended.task_id or ""))
    assert tree.branch == f"modeldeck/{ended.task_id}"
    assert ended.steps[0].result == f"in {tree.folder}"
    assert house.executor.journal.attempt(ended.steps[0].attempt or "").cwd == tree.folder  # type: ignore[union-attr]
    assert (shop / "cart.py").read_text() == "total = 0\n"
    assert git(shop, "status", "--porcelain") == ""
    assert (Path(tree.folder) / "cart.py").read_text() == "total = 1\n"
    assert ended.note == f"its work is in {tree.folder}, on the branch {tree.branch}"


@pytest.mark.parametrize("workflow", ["writes", "edits", "commits", "strays"])
async def test_what_was_changed_stays(house: House, shop: Path, workflow: str) -> None:
    ended = await run(house, workflow)

    assert ended.status is RunStatus.SUCCEEDED
    assert not tree_of(ended).removed
    assert Path(tree_of(ended).folder).is_dir()
    assert tree_of(ended).branch in branches(shop)


async def test_where_nothing_was_changed_it_goes_with_its_branch(house: House, shop: Path) -> None:
    ended = await run(house, "looks")

    assert ended.status is RunStatus.SUCCEEDED
    assert tree_of(ended).removed
    assert ended.note is None
    assert not Path(tree_of(ended).folder).exists()
    assert branches(shop) == ["main"]
    assert git(shop, "worktree", "list").count("\n") == 0


async def test_a_run_that_never_came_to_an_agent_leaves_nothing(house: House, shop: Path) -> None:
    task_id = await house.start("after", worktree=True)
    await house.until(task_id, lambda run: run.status is RunStatus.WAITING_APPROVAL)
    assert not Path(tree_of(house.look(task_id)).folder).exists()

    await house.executor.verbs.cancel(Cancel((task_id,)))

    assert tree_of(house.look(task_id)).removed
    assert branches(shop) == ["main"]


async def test_the_workflow_says_so_and_the_start_may_say_otherwise(house: House, shop: Path) -> None:
    assert tree_of(await house.run("own")).removed
    assert (await house.run("own", worktree=False)).worktree is None
    assert (await house.run("one")).worktree is None

    create = CreateSpec("feature", "A discount", project=str(shop))
    spec = (await house.executor.verbs.start(create)).spec
    assert spec is not None
    for wanted in (None, True, False):
        started = await house.executor.verbs.start(StartSpec(spec.id, worktree=wanted))
        assert ((await house.ended(started.task_id or "")).worktree is None) == (wanted is False)


async def test_two_runs_at_once_in_one_repository_have_one_each(house: House, shop: Path) -> None:
    one, other = await asyncio.gather(run(house, "commits"), run(house, "commits"))

    assert one.status is other.status is RunStatus.SUCCEEDED
    assert tree_of(one).folder != tree_of(other).folder
    assert set(branches(shop)) == {"main", tree_of(one).branch, tree_of(other).branch}


async def test_a_folder_inside_a_repository_is_worked_in_inside_the_worktree(house: House, shop: Path) -> None:
    part = shop / "src ünï"
    part.mkdir()
    (part / "cart.py").write_text("total = 0\n")
    (part / ".mcp.json").write_text("{}")
    commit(shop)
    trust(house, part)

    started = await house.executor.verbs.start(StartWorkflow("edits", project=str(part), worktree=True))
    ended = await house.ended(started.task_id or "")

    tree = tree_of(ended)
    assert tree.within == "src ünï"
    assert ended.steps[0].warnings == ()
    assert ended.steps[0].result == f"in {tree.folder}/src ünï"
    assert (part / "cart.py").read_text() == "total = 0\n"


async def test_a_run_that_is_done_again_goes_on_in_the_same_one(house: House, shop: Path) -> None:
    first = await run(house, "breaks")
    assert [step.status for step in first.steps] == ["succeeded", "succeeded", "failed"]

    for request in (Retry(first.task_id or ""), ResolveAgain(first.task_id or "")):
        started = await house.executor.verbs.start(request)
        again = await house.ended(started.task_id or "")
        assert tree_of(again) == tree_of(first)


async def test_a_run_is_not_done_again_twice_at_once_in_one_worktree(house: House, shop: Path) -> None:
    first = await run(house, "breaks")
    started = await house.executor.verbs.start(Retry(first.task_id or ""))
    assert started.task_id is not None

    with pytest.raises(ConflictError, match=f"The run {started.task_id} works in .*; wait for its end"):
        await house.executor.verbs.start(Retry(first.task_id or ""))
    await house.ended(started.task_id)


async def test_one_that_went_is_made_anew_where_its_run_is_done_again(house: House, shop: Path) -> None:
    first = await run(house, "fails")
    assert tree_of(first).removed

    started = await house.executor.verbs.start(Retry(first.task_id or ""))
    again = await house.ended(started.task_id or "")

    assert tree_of(again) == tree_of(first)
    assert branches(shop) == ["main"]


# --- plans ------------------------------------------------------------------------------------------------------------


async def test_a_plan_names_the_commit_and_makes_nothing(house: House, shop: Path) -> None:
    found = await plan(house)

    assert found.worktree == Worktree(base=git(shop, "rev-parse", "HEAD"))
    assert found.steps[0].warnings == ()
    assert (
        found
        == (await house.executor.verbs.start(StartWorkflow("one", project=str(shop), worktree=True, dry_run=True))).run
    )
    assert not house.locations.worktrees.exists()


async def test_a_plan_warns_of_what_is_not_committed(house: House, shop: Path) -> None:
    (shop / "cart.py").write_text("total = 2\n")
    assert (await plan(house)).steps[0].warnings == (
        f"1 change that is not committed is in {shop} and not in the run's worktree, which begins at the commit "
        f"{git(shop, 'rev-parse', 'HEAD')[:10]}",
    )
    (shop / "new\nfile").write_text("x")
    assert "2 changes that are not committed are in" in (await plan(house)).steps[0].warnings[0]

    ended = await run(house, "one")
    assert "2 changes" in ended.steps[0].warnings[0]


async def test_a_plan_waits_for_no_repository_that_is_too_large_to_look_through(
    house: House, shop: Path, tmp_path: Path
) -> None:
    slow = tmp_path / "bin" / "git"
    slow.parent.mkdir()
    slow.write_text(f'#!/bin/sh\ncase "$*" in *status*) sleep 600;; esac\nexec {shutil.which("git")} "$@"\n')
    slow.chmod(0o755)
    house.environ = {**os.environ, "PATH": f"{slow.parent}:{os.environ['PATH']}"}
    await house.restart()
    verbs = replace(house.executor.verbs, worktrees=replace(house.executor.verbs.worktrees, patience=0.5))

    started = await verbs.start(StartWorkflow("one", project=str(shop), worktree=True, dry_run=True))

    assert started.run is not None
    assert started.run.steps[0].warnings[0].startswith("git takes too long to tell what is not committed")


async def test_a_plan_warns_of_what_else_is_not_in_the_worktree(house: House, shop: Path) -> None:
    (shop / ".claude" / "commands").mkdir(parents=True)
    (shop / ".claude" / "commands" / "plan.md").write_text("x")
    (shop / ".claude" / "commands" / "old.md").write_text("x")
    (shop / ".gitignore").write_text("*.log\nplan.md\n")
    (shop / ".gitmodules").write_text("")
    commit(shop)
    trust(house)

    assert (await plan(house)).steps[0].warnings == (
        "settings of agents that are not committed are not in the run's worktree: .claude/commands/plan.md",
        "the repository's submodules are empty in the run's worktree",
    )


async def test_nothing_is_asked_of_git_for_a_page_of_cards_or_in_a_folder_that_is_not_trusted(
    house: House, shop: Path
) -> None:
    requests = tuple(StartWorkflow(name, project=str(shop), worktree=True) for name in ("one", "edits"))
    page = await house.executor.verbs.list(List("plan", requests=requests))
    assert [found.worktree for found in page.plan] == [Worktree(), Worktree()]

    TrustStore(house.locations.trust).untrust(shop)
    assert (await plan(house)).worktree == Worktree()


async def refused(house: House, project: Path, said: str) -> None:
    """Neither a start nor its plan is possible, for the reason ``said``; nothing was made."""
    trust(house, project)
    for dry_run in (True, False):
        request = StartWorkflow("one", project=str(project), worktree=True, dry_run=dry_run)
        with pytest.raises(RequestError) as caught:
            await house.executor.verbs.start(request)
        assert caught.value.message == f"No worktree can be made of {project}: {said}; start without a worktree"
    found = await plan(house, project=project)
    assert found.error is not None
    assert found.error.message == caught.value.message
    assert house.executor.journal.live_runs() == ()


async def test_without_a_repository_there_is_none(house: House) -> None:
    await refused(house, house.project, "not a git repository (or any of the parent directories): .git")


async def test_without_a_commit_there_is_none(house: House) -> None:
    git(house.project, "init", "--quiet")
    await refused(house, house.project, "it has no commit yet")


async def test_a_folder_that_is_in_no_commit_has_none(house: House, shop: Path) -> None:
    (shop / "new").mkdir()
    await refused(house, shop / "new", "new is not in its newest commit")


async def test_without_git_there_is_none(house: House, shop: Path, tmp_path: Path) -> None:
    house.environ = {**os.environ, "PATH": str(tmp_path)}
    await house.restart()
    await refused(house, shop, f"git was not found in the PATH '{tmp_path}'")


async def test_a_git_of_the_project_is_never_run(house: House, shop: Path) -> None:
    (shop / "git").write_text(f"#!/bin/sh\ntouch {shop / 'was-run'}\n")
    (shop / "git").chmod(0o755)
    house.environ = {**os.environ, "PATH": f".::{os.environ['PATH']}"}
    await house.restart()
    run = await house.run("edits", worktree=True)
    assert run.worktree is not None
    assert not (shop / "was-run").exists()


async def test_a_bare_repository_has_none(house: House) -> None:
    git(house.project, "init", "--quiet", "--bare")
    await refused(house, house.project, "this operation must be run in a work tree")


# --- whom nobody trusts -----------------------------------------------------------------------------------------------


async def test_nothing_of_the_repository_is_run(house: House, shop: Path, tmp_path: Path) -> None:
    ran = tmp_path / "ran"
    script = tmp_path / "script"
    script.write_text(f'#!/bin/sh\necho "$0 $*" >> {ran}\n')
    script.chmod(0o755)
    for hook in ("post-checkout", "reference-transaction", "post-index-change", "pre-commit"):
        shutil.copy(script, shop / ".git" / "hooks" / hook)
    configure(shop, f"[core]\nfsmonitor = {script}\n[alias]\nworktree = !{script}\n")
    trust(house)

    assert tree_of(await run(house, "looks")).removed
    assert not tree_of(await run(house, "edits")).removed

    assert not ran.exists()
    git(shop, "status")
    assert ran.exists()  # they would


def canary(tmp_path: Path) -> Path:
    """Make a program that leaves a trace and hands on what it is given."""
    script = tmp_path / "canary"
    script.write_text(f'#!/bin/sh\necho "$*" >> {tmp_path}/ran\nexec cat\n')
    script.chmod(0o755)
    return script


EVERYTHING = """
[filter "x"] clean = {0} clean
smudge = {0} smudge
[filter "y"]
required
process = {0} process
[core] fsmonitor = {0} fsmonitor
pager = {0} pager
sshCommand = {0} ssh
editor = {0} editor
askPass = {0} askpass
hooksPath = hooks
alternateRefsCommand = {0} refs
[alias] status = !{0} alias
[diff "x"] textconv = {0} textconv
command = {0} diff
[diff] external = {0} external
[merge "x"] driver = {0} driver
[credential] helper = !{0} helper
[gpg] program = {0} gpg
[commit] gpgSign
[hook "x"] command = {0} hook
event = post-checkout
"""


async def test_a_plan_runs_nothing_and_a_worktree_nothing_but_the_trusted_filters(
    house: House, shop: Path, tmp_path: Path
) -> None:
    script = canary(tmp_path)
    (shop / ".gitattributes").write_text("cart.py filter=x diff=x merge=x\n.gitignore filter=y\n")
    (shop / "hooks").mkdir()
    shutil.copy(script, shop / "hooks" / "post-checkout")
    commit(shop)
    configure(shop, EVERYTHING.replace("process =", "smudge = {0} smudge\nclean =").format(script))
    os.utime(shop / "cart.py", (1, 1))  # git looks at its content again
    trust(house)

    assert (await plan(house)).error is None
    dry = await house.executor.verbs.start(StartWorkflow("one", project=str(shop), worktree=True, dry_run=True))
    assert dry.run is not None
    assert not (tmp_path / "ran").exists()

    assert (await run(house, "looks")).status is RunStatus.SUCCEEDED
    assert set((tmp_path / "ran").read_text().splitlines()) <= {"smudge", "clean", "process"}


@pytest.mark.parametrize("where", ["config", "config.worktree", "include", "file"])
async def test_settings_that_changed_after_the_trust_run_nothing_even_in_a_plan(
    where: str, house: House, shop: Path, tmp_path: Path
) -> None:
    text = EVERYTHING.format(canary(tmp_path))
    (shop / ".gitattributes").write_text("cart.py filter=x diff=x\n.gitignore filter=y\n")
    commit(shop)
    configure(shop, "[extensions] worktreeConfig = true\n")
    trust(house)
    os.utime(shop / "cart.py", (1, 1))
    if where == "config":
        configure(shop, text)
    elif where == "config.worktree":
        (shop / ".git" / where).write_text(text)
    elif where == "include":
        (shop / "more").write_text(text)
        configure(shop, "[include] path = ../more\n")
    else:
        (shop / ".git").rename(tmp_path / "moved")
        (shop / ".git").write_text(f"gitdir: {tmp_path}/moved\n")
        (tmp_path / "moved" / "config").write_text(text)

    assert (await plan(house)).worktree == Worktree()
    request = StartWorkflow("one", project=str(shop), worktree=True)
    await house.executor.verbs.start(replace(request, dry_run=True))
    with pytest.raises(UntrustedError, match=r"it changed since it was trusted: .*(config|more|\.git)"):
        await house.executor.verbs.start(request)

    assert not (tmp_path / "ran").exists()
    await asyncio.to_thread(subprocess.run, ["git", "-C", str(shop), "status"], check=False, capture_output=True)
    assert (tmp_path / "ran").exists()  # it would


async def test_settings_that_change_between_the_trust_and_git_are_refused(house: House, shop: Path) -> None:
    trusted = house.executor.projects.of(str(shop)).trust.view
    configure(shop, '[filter "x"] clean = evil\n')
    view = house.executor.projects.git.of(shop, includes=True)
    with pytest.raises(GitError, match=r"git's settings changed since they were trusted \(.*/\.git/config\)"):
        await Repository.of(shop, view, trusted, os.environ)


async def test_the_settings_of_the_repository_around_a_trusted_folder_are_trusted_with_it(
    house: House, shop: Path
) -> None:
    part = shop / "part"
    part.mkdir()
    (part / "x").write_text("x")
    commit(shop)
    trust(house, part)
    configure(shop, '[filter "x"]\nsmudge = touch ran\n')
    request = StartWorkflow("looks", project=str(part), worktree=True)
    with pytest.raises(UntrustedError, match=r"it changed since it was trusted: \.\./\.git/config"):
        await house.executor.verbs.start(request)

    trust(house, part)
    started = await house.executor.verbs.start(request)
    assert (await house.ended(started.task_id or "")).status is RunStatus.SUCCEEDED


async def test_an_agent_that_puts_another_repository_in_the_place_of_its_own_runs_nothing(
    house: House, shop: Path
) -> None:
    ended = await run(house, "poses")

    assert ended.status is RunStatus.SUCCEEDED
    assert not tree_of(ended).removed
    assert not (Path(tree_of(ended).folder) / "ran").exists()
    git(Path(tree_of(ended).folder), "status")
    assert (Path(tree_of(ended).folder) / "ran").exists()  # it would


async def test_variables_of_git_reach_no_git(house: House, shop: Path, tmp_path: Path) -> None:
    house.environ = {**os.environ, "GIT_DIR": str(tmp_path / "elsewhere"), "GIT_CONFIG_COUNT": "x"}
    await house.restart()

    assert (await run(house, "edits")).status is RunStatus.SUCCEEDED


async def test_a_commit_with_other_agents_settings_than_the_trusted_copy_is_not_worked_in(
    house: House, shop: Path
) -> None:
    (shop / ".claude").mkdir()
    (shop / ".claude" / "settings.json").write_text('{"hooks": {"SessionStart": "touch ran"}}')
    (shop / ".mcp.json").write_text("{}")
    commit(shop)
    (shop / ".claude" / "settings.json").write_text("{}")
    trust(house)

    ended = await run(house, "looks")

    assert ended.status is RunStatus.FAILED
    assert ended.error is not None
    assert ended.error.code == "untrusted"
    assert "other settings of agents than the folder that you trusted: .claude/settings.json; commit" in (
        ended.error.message
    )
    assert ended.steps[0].attempt is None
    assert tree_of(ended).removed


async def test_fewer_settings_than_the_trusted_copy_do_no_harm(house: House, shop: Path) -> None:
    (shop / ".mcp.json").write_text("{}")
    trust(house)

    assert (await run(house, "looks")).status is RunStatus.SUCCEEDED


async def test_what_one_step_writes_into_the_settings_the_next_one_does_not_obey(house: House, shop: Path) -> None:
    ended = await run(house, "obeys")

    assert [step.status for step in ended.steps] == ["succeeded", "failed"]
    assert ended.error is not None
    assert ".claude/settings.json" in ended.error.message
    assert not tree_of(ended).removed


async def test_in_a_folder_that_is_trusted_no_more_nothing_is_touched_at_the_end(house: House, shop: Path) -> None:
    task_id = await house.start("after", worktree=True)
    await house.until(task_id, lambda run: run.status is RunStatus.WAITING_APPROVAL)
    (shop / ".mcp.json").write_text("{}")

    await house.executor.verbs.cancel(Cancel((task_id,)))

    assert not tree_of(house.look(task_id)).removed


# --- odd repositories -------------------------------------------------------------------------------------------------


async def test_a_run_ends_though_its_folder_has_become_a_link_to_itself(house: House, shop: Path) -> None:
    task_id = await at_gate(house)
    shop.rename(shop.with_name("moved"))
    shop.symlink_to(shop)

    await house.executor.verbs.cancel(Cancel((task_id,)))

    assert house.look(task_id).status is RunStatus.CANCELLED


async def test_a_repository_in_the_middle_of_a_merge(house: House, shop: Path) -> None:
    git(shop, "switch", "--quiet", "--create", "other")
    (shop / "cart.py").write_text("total = 7\n")
    commit(shop)
    git(shop, "switch", "--quiet", "main")
    (shop / "cart.py").write_text("total = 8\n")
    base = commit(shop)
    with pytest.raises(subprocess.CalledProcessError):
        git(shop, "merge", "other")
    trust(house)

    ended = await run(house, "edits")

    assert tree_of(ended).base == base
    assert ended.status is RunStatus.SUCCEEDED
    assert "1 change that is not committed" in ended.steps[0].warnings[0]
    assert (shop / ".git" / "MERGE_HEAD").exists()


async def test_names_with_odd_characters(house: House, shop: Path) -> None:
    for name in ("-rf", "a\nb", '"q"', "ünï", "tab\t", b"\xff\xfe".decode("utf-8", "surrogateescape"), "$(touch x)"):
        (shop / name).write_text(name, "utf-8", "surrogateescape")
    commit(shop)
    trust(house)

    ended = await run(house, "edits")

    assert ended.status is RunStatus.SUCCEEDED
    assert git(Path(tree_of(ended).folder), "ls-files", "-z") == git(shop, "ls-files", "-z")
    assert git(Path(tree_of(ended).folder), "status", "--porcelain") == "M cart.py"


async def test_a_head_that_is_no_branch_and_a_worktree_of_a_worktree(house: House, shop: Path, tmp_path: Path) -> None:
    other = tmp_path / "other"
    git(shop, "worktree", "add", "--quiet", "--detach", str(other))
    trust(house, other)

    started = await house.executor.verbs.start(StartWorkflow("edits", project=str(other), worktree=True))
    ended = await house.ended(started.task_id or "")

    assert ended.status is RunStatus.SUCCEEDED
    assert tree_of(ended).branch in branches(shop)


async def test_a_branch_that_stands_in_the_way_is_told(house: House, shop: Path) -> None:
    git(shop, "branch", "modeldeck")

    ended = await run(house, "edits")

    assert ended.status is RunStatus.FAILED
    assert ended.error is not None
    assert "refs/heads/modeldeck" in ended.error.message
    assert "start again without one" in ended.error.message


# --- an executor that dies --------------------------------------------------------------------------------------------


def nothing(shop: Path, tree: Worktree) -> None:
    """Only the row is there."""


def folder_alone(shop: Path, tree: Worktree) -> None:
    Path(tree.folder).mkdir(parents=True)
    (Path(tree.folder) / "cart.py").write_text("tot")


def half_made(shop: Path, tree: Worktree) -> None:
    git(shop, "worktree", "add", "--lock", "--reason", "initializing", "-b", tree.branch, tree.folder, tree.base)
    (Path(tree.folder) / "cart.py").unlink()


def half_made_without_its_folder(shop: Path, tree: Worktree) -> None:
    half_made(shop, tree)
    shutil.rmtree(tree.folder)


def branch_alone(shop: Path, tree: Worktree) -> None:
    git(shop, "branch", tree.branch, tree.base)


def folder_gone(shop: Path, tree: Worktree) -> None:
    whole(shop, tree)
    shutil.rmtree(tree.folder)


def whole(shop: Path, tree: Worktree) -> None:
    git(shop, "worktree", "add", "-b", tree.branch, tree.folder, tree.base)


POINTS = (nothing, folder_alone, half_made, half_made_without_its_folder, branch_alone, folder_gone, whole)


async def at_gate(house: House) -> str:
    task_id = await house.start("after", worktree=True)
    await house.until(task_id, lambda run: run.status is RunStatus.WAITING_APPROVAL)
    return task_id


async def found_as(left: Callable[[Path, Worktree], None], house: House, shop: Path) -> tuple[str, Worktree]:
    """A run at its gate, whose executor died and left this behind for the next one."""
    task_id = await at_gate(house)
    tree = tree_of(house.look(task_id))
    await house.executor.close()
    left(shop, tree)
    house.executor = house.begin()
    return task_id, tree


@pytest.mark.parametrize("left", POINTS, ids=lambda point: point.__name__)
async def test_a_death_at_any_point_of_making_is_gone_on_from(
    house: House, shop: Path, left: Callable[[Path, Worktree], None]
) -> None:
    task_id, _ = await found_as(left, house, shop)

    await house.executor.verbs.start(Approve(task_id))
    ended = await house.ended(task_id)

    assert ended.status is RunStatus.SUCCEEDED
    assert (Path(tree_of(ended).folder) / "cart.py").read_text() == "total = 1\n"
    assert git(Path(tree_of(ended).folder), "branch", "--show-current") == tree_of(ended).branch
    assert git(shop, "worktree", "list").count("\n") == 1


@pytest.mark.parametrize("left", POINTS, ids=lambda point: point.__name__)
async def test_a_death_at_any_point_of_making_leaves_nothing_where_the_run_is_cancelled(
    house: House, shop: Path, left: Callable[[Path, Worktree], None]
) -> None:
    task_id, tree = await found_as(left, house, shop)

    await house.executor.verbs.cancel(Cancel((task_id,)))

    assert tree_of(house.look(task_id)).removed
    assert not Path(tree.folder).exists()
    assert branches(shop) == ["main"]
    assert git(shop, "worktree", "list").count("\n") == 0


def with_work(shop: Path, tree: Worktree) -> str:
    """A commit on the branch, whose folder somebody removed by hand."""
    whole(shop, tree)
    (Path(tree.folder) / "kept").write_text("x")
    done = commit(Path(tree.folder))
    shutil.rmtree(tree.folder)
    return done


async def test_commits_on_the_branch_are_gone_on_from_where_the_folder_was_removed_by_hand(
    house: House, shop: Path
) -> None:
    task_id = await at_gate(house)
    done = with_work(shop, tree_of(house.look(task_id)))

    await house.executor.verbs.start(Approve(task_id))
    ended = await house.ended(task_id)

    assert (Path(tree_of(ended).folder) / "kept").exists()
    assert git(shop, "rev-parse", tree_of(ended).branch) == done


async def test_commits_on_the_branch_stay_though_the_folder_was_removed_by_hand(house: House, shop: Path) -> None:
    task_id = await at_gate(house)
    with_work(shop, tree_of(house.look(task_id)))

    await house.executor.verbs.cancel(Cancel((task_id,)))

    assert not tree_of(house.look(task_id)).removed
    assert tree_of(house.look(task_id)).branch in branches(shop)


async def test_a_folder_that_stands_in_the_place_of_one_that_was_worked_in_is_left_alone(
    house: House, shop: Path
) -> None:
    first = await run(house, "breaks")
    tree = tree_of(first)
    git(shop, "worktree", "remove", "--force", tree.folder)
    Path(tree.folder).mkdir()
    (Path(tree.folder) / "mine").write_text("x")

    started = await house.executor.verbs.start(Retry(first.task_id or ""))
    again = await house.ended(started.task_id or "")

    assert again.error is not None
    assert "something else is in its place; move it away" in again.error.message
    assert (Path(tree.folder) / "mine").exists()


async def test_a_git_that_outlived_its_executor_is_waited_for(house: House, shop: Path, tmp_path: Path) -> None:
    task_id = await at_gate(house)
    await house.executor.close()
    ended_first = tmp_path / "ended-first"
    house.locations.worktrees.mkdir(exist_ok=True)
    name = hashlib.sha256(os.fsencode(shop.resolve() / ".git")).hexdigest()[:16]
    lock = house.locations.worktrees / f"{name}.lock"
    program = (
        f"import fcntl, pathlib, sys; f = open({str(lock)!r}, 'w'); fcntl.flock(f, fcntl.LOCK_EX); print(flush=True); "
    )
    program += f"sys.stdin.read(); pathlib.Path({str(ended_first)!r}).touch()"
    pipe = asyncio.subprocess.PIPE
    other = await asyncio.create_subprocess_exec(sys.executable, "-c", program, stdin=pipe, stdout=pipe)
    assert other.stdin is not None
    assert other.stdout is not None
    await other.stdout.readline()
    house.executor = house.begin()

    await house.executor.verbs.start(Approve(task_id))
    await house.until(task_id, lambda run: run.status is RunStatus.RUNNING)
    assert not Path(tree_of(house.look(task_id)).folder).exists()
    other.stdin.close()
    ended = await house.ended(task_id)
    await other.wait()

    assert ended_first.exists()
    assert ended.status is RunStatus.SUCCEEDED


async def test_a_run_goes_on_in_its_worktree_after_a_death_in_the_middle_of_a_step(house: House, shop: Path) -> None:
    task_id = await house.start("slow", worktree=True)
    await house.until(task_id, lambda run: run.steps[0].answered or run.steps[0].attempt)

    await house.restart()
    await house.executor.verbs.cancel(Cancel((task_id,)))

    assert house.look(task_id).status is RunStatus.CANCELLED
    assert tree_of(house.look(task_id)).removed
    assert branches(shop) == ["main"]


async def test_what_an_agent_left_that_asked_is_not_taken_for_half_made(house: House, shop: Path) -> None:
    task_id = await house.start("asks", worktree=True)
    tree = tree_of(await house.until(task_id, lambda run: run.status is RunStatus.WAITING_ANSWER))
    (Path(tree.folder) / "mine").write_text("x")
    shutil.rmtree(shop / ".git" / "worktrees")  # git knows of it no more

    await house.executor.verbs.start(Answer(task_id, "left"))
    ended = await house.ended(task_id)

    assert ended.error is not None
    assert "something else is in its place" in ended.error.message
    assert (Path(tree.folder) / "mine").exists()


async def test_a_repositorys_lock_that_is_a_link_is_refused(tmp_path: Path) -> None:
    locks = tmp_path / "locks"
    locks.mkdir()
    async with locked(locks, b"x"):
        (lock,) = locks.iterdir()
    lock.unlink()
    lock.symlink_to(tmp_path / "target")
    with pytest.raises(GitError, match="symbolic link; remove it"):
        async with locked(locks, b"x"):
            pass
    assert not (tmp_path / "target").exists()
