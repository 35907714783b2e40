"""Commands in files, in a running executor: which one a stage runs, what of it is stored, what is refused before."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.executor.conftest import House
from tui.config.discovered import HomeCommands
from tui.config.trust import TrustState, TrustStore
from tui.core.errors import ModeldeckError, UntrustedError
from tui.core.run import Run, RunStatus, Step
from tui.core.run_verbs import Approve, Retry
from tui.core.verbs import Await, StartWorkflow
from tui.executor.projects import Projects

CONFIG = """
default_model: haiku
providers: {anthropic: {kind: list}}
agents:
  rehearsed: {kind: rehearsal, rehearsal: {seconds: 0.1, messages: 1}}
  claude: {kind: claude, command: [CLAUDE]}
profiles:
  rehearsed: {agent: rehearsed}
  claude: {agent: claude, model: sonnet}
  reader: {agent: claude, permission: plan}
  free: {agent: claude, permission: full}
default_profile: claude
command_models: {/tabled: {base: opus}}
workflows:
  do: {stages: [{name: implement, command: /implement}]}
  named: {stages: [{name: implement, model: opus, command: /implement}]}
  extra: {stages: [{name: implement, command: /implement --fast, prompt: Mind the tests.}]}
  read: {stages: [{name: implement, profile: reader, command: /implement}]}
  free: {stages: [{name: implement, profile: free, command: /implement}]}
  rehearse: {stages: [{name: implement, profile: rehearsed, command: /implement}]}
  two: {stages: [{name: plan, profile: rehearsed}, {name: implement, profile: rehearsed, command: /implement}]}
  review: {stages: [{name: review, command: /review}]}
  plan: {stages: [{name: plan, command: /plan}]}
  nowhere: {stages: [{name: implement, command: /implemnt}]}
  skill: {stages: [{name: tidy, command: /tidy-up}]}
"""
AGENT = """#!/bin/sh
# Notes its prompt and its arguments and answers as claude does.
cat >>HERE/prompt
echo "$*" >>HERE/arguments
while [ "$1" != --model ]; do shift; done
echo '{"type":"result","subtype":"success","is_error":false,"result":"done","modelUsage":{"'"$2"'":{}}}'
"""


class Shop:
    """The project of a house whose agent is a claude that writes down what it is given."""

    def __init__(self, house: House) -> None:
        self.house = house
        self.project = house.project
        self.agent = house.home / "agent.sh"
        self.agent.write_text(AGENT.replace("HERE", str(house.home)))
        self.agent.chmod(0o700)
        house.locations.config_file.write_text(CONFIG.replace("CLAUDE", str(self.agent)))

    def put(self, name: str, text: str | bytes, *, trust: bool = True) -> Path:
        """Write a file of the project, and trust it so."""
        return self._put(self.project / name, text, trust=trust)

    def at_home(self, name: str, text: str) -> Path:
        return self._put(self.house.home / name, text, trust=False)

    def _put(self, file: Path, text: str | bytes, *, trust: bool) -> Path:
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(text.encode() if isinstance(text, str) else text)
        if trust:
            self.trust()
        return file

    def trust(self) -> None:
        TrustStore(self.house.locations.trust).trust(self.project)

    async def planned(self, workflow: str, text: str = "") -> Step:
        """The only step of a dry run."""
        request = StartWorkflow(workflow, project=str(self.project), input=text, dry_run=True)
        run = (await self.house.executor.verbs.start(request)).run
        assert run is not None
        return run.steps[-1]

    async def refused(self, workflow: str, text: str = "") -> str:
        """Why a start is refused; the dry run says the same, and nothing was started."""
        step = await self.planned(workflow, text)
        assert step.error is not None
        with pytest.raises(ModeldeckError) as caught:
            await self.house.start(workflow, input=text)
        assert step.error.message in caught.value.message
        assert (await self.house.list("runs")).tasks == ()
        return step.error.message

    @property
    def prompt(self) -> str:
        return (self.house.home / "prompt").read_text()

    @property
    def arguments(self) -> str:
        return (self.house.home / "arguments").read_text()


@pytest.fixture
def shop(house: House) -> Shop:
    return Shop(house)


IMPLEMENT = ".claude/commands/implement.md"


async def test_a_stage_sends_the_text_of_its_command_with_the_arguments_in_it(shop: Shop) -> None:
    shop.put(IMPLEMENT, "---\ndescription: Do it\n---\nBuild $ARGUMENTS with care.\n")
    run = await shop.house.run("extra", input="the cart")
    assert run.status is RunStatus.SUCCEEDED
    assert shop.prompt == "Build --fast the cart with care.\n\nMind the tests."


async def test_a_discovered_card_sends_the_same(shop: Shop) -> None:
    shop.put(".claude/commands/team/fix.md", "Fix $1 in $2.")
    run = await shop.house.run("team:fix", input="it cart.py")
    assert run.status is RunStatus.SUCCEEDED
    assert shop.prompt == "Fix it in cart.py."


@pytest.mark.parametrize("folder", [".opencode/command", ".opencode/commands"])
async def test_a_command_of_opencode_runs_with_any_agent(shop: Shop, folder: str) -> None:
    shop.put(f"{folder}/implement.md", "---\nagent: build\nmodel: anthropic/claude-opus-5-5\n---\nBuild it.")
    step = await shop.planned("do")
    assert step.warnings == ("/implement asks for OpenCode's agent 'build', which claude does not have",)
    assert (await shop.house.run("do", input="now")).status is RunStatus.SUCCEEDED
    assert shop.prompt == "Build it.\n\nnow"


async def test_of_two_commands_that_of_the_agents_own_kind_runs(shop: Shop) -> None:
    shop.put(".opencode/command/implement.md", "For opencode.")
    shop.put(IMPLEMENT, "For claude.")
    assert (await shop.house.run("do")).status is RunStatus.SUCCEEDED
    assert shop.prompt == "For claude."


async def test_the_projects_command_comes_before_the_users_own(shop: Shop) -> None:
    shop.at_home(".claude/commands/implement.md", "Mine.")
    step = await shop.planned("do")
    assert step.command is not None
    assert (step.command.file, step.command.text) == ("~/.claude/commands/implement.md", "Mine.")
    shop.put(".opencode/command/implement.md", "The project's.")
    step = await shop.planned("do")
    assert step.command is not None
    assert step.command.text == "The project's."


async def test_opencodes_commands_at_home_and_a_link_there_are_read(shop: Shop, tmp_path: Path) -> None:
    dotfiles = tmp_path / "dotfiles"
    dotfiles.mkdir()
    (dotfiles / "implement.md").write_text("From my dotfiles.")
    config = shop.house.home / ".config" / "opencode"
    config.mkdir(parents=True)
    (config / "command").symlink_to(dotfiles)
    step = await shop.planned("do")
    assert step.command is not None
    assert (step.command.file, step.command.text) == ("~/.config/opencode/command/implement.md", "From my dotfiles.")
    assert not await shop.house.executor.projects.look()
    (dotfiles / "implement.md").write_text("Edited.")
    assert await shop.house.executor.projects.look()
    step = await shop.planned("do")
    assert step.command is not None
    assert step.command.text == "Edited."


async def test_the_files_model_is_the_stages_default_where_the_stage_names_none(shop: Shop) -> None:
    shop.put(IMPLEMENT, "---\nmodel: haiku\n---\nBuild it.")
    step = await shop.planned("do")
    assert (step.asked, step.tier) == ("haiku", "stage default")
    assert (step.reason or "").startswith("stage default (implement, from the command /implement): haiku -> ")
    assert (await shop.planned("named")).asked == "opus"
    shop.put(IMPLEMENT, "---\nmodel: no-such-model\n---\nBuild it.")
    step = await shop.planned("do")
    assert (step.asked, step.tier) == ("sonnet", "profile default")
    assert any("no-such-model" in warning for warning in step.warnings)


TOOLS = "---\nallowed-tools: Bash(git log:*), Read\n---\nBuild it."


async def test_tools_that_a_command_allows_reach_claude_and_the_plan_says_so(shop: Shop) -> None:
    shop.put(IMPLEMENT, TOOLS)
    told = "/implement allows its agent, beyond the permission edit: Bash(git log:*), Read"
    assert (await shop.planned("do")).warnings == (told,)
    run = await shop.house.run("do")
    assert run.steps[0].warnings == (told,)
    assert "--allowedTools Bash(git log:*),Read" in shop.arguments
    assert (await shop.planned("free")).warnings == ()


async def test_tools_never_reach_an_agent_that_may_only_plan_or_that_takes_none(shop: Shop) -> None:
    shop.put(IMPLEMENT, TOOLS)
    assert "not passed: the permission is plan" in (await shop.planned("read")).warnings[0]
    assert (await shop.house.run("read")).status is RunStatus.SUCCEEDED
    assert "allowedTools" not in shop.arguments
    assert "an agent of kind rehearsal can't be given that" in (await shop.planned("rehearse")).warnings[0]


async def test_what_is_no_tool_never_becomes_an_option(shop: Shop) -> None:
    shop.put(IMPLEMENT, "---\nallowed-tools: ['--dangerously-skip-permissions', Read]\n---\nBuild it.")
    step = await shop.planned("do")
    assert "'--dangerously-skip-permissions', which is no tool" in step.warnings[0]
    await shop.house.run("do")
    assert "dangerously" not in shop.arguments


async def test_a_name_that_is_also_the_agents_own_is_told_and_the_projects_runs(shop: Shop) -> None:
    assert (await shop.planned("review")).prompt == "/review"
    shop.put(".claude/commands/review.md", "Look at $ARGUMENTS closely.")
    told = "/review is also a command of claude's own; the project's is used (.claude/commands/review.md)"
    assert (await shop.planned("review")).warnings == (told,)
    run = await shop.house.run("review", input="the cart")
    assert run.steps[0].warnings == (told,)
    assert shop.prompt == "Look at the cart closely."
    found = (await shop.house.list("check")).check
    assert [one.message for one in found if one.code == "command-clash"] == [told]


async def test_a_command_that_is_nowhere_is_refused_with_the_nearest_names(shop: Shop) -> None:
    shop.put(IMPLEMENT, "Build it.")
    message = await shop.refused("nowhere")
    assert message.startswith("There is no command /implemnt in the project (.claude/commands, .opencode/command)")
    assert message.endswith("and claude has none of that name; did you mean /implement?")
    found = (await shop.house.list("check")).check
    assert any(one.code == "unresolved-step" and "/implemnt" in one.message for one in found)


async def test_a_command_of_the_agents_own_that_does_no_work_is_refused(shop: Shop) -> None:
    assert await shop.refused("plan") == ("The command /plan is claude's own and does no work of a step; name another")


async def test_a_skill_of_the_users_is_left_to_claude(shop: Shop) -> None:
    assert "no command /tidy-up" in await shop.refused("skill")
    shop.at_home(".claude/skills/tidy-up/SKILL.md", "Tidy up")
    step = await shop.planned("skill")
    assert step.warnings == ("/tidy-up is taken for claude's skill tidy-up, which Modeldeck does not read",)
    assert step.prompt == "/tidy-up"


BROKEN: list[tuple[str, bytes, str]] = [
    ("shell", b"Now: !`git status`", "runs a shell before its text is sent (!`git status`), which Modeldeck does not"),
    ("bytes", b"caf\xe9", "it is not UTF-8; save it as UTF-8"),
    ("large", b"x" * 70_000, "the file is larger than 64,000 bytes"),
    ("empty", b"---\ndescription: x\n---\n", "has no text, so there is nothing to send"),
    ("outside", b"See @../secret.txt", "refers to @../secret.txt, which is outside of the project"),
    ("absolute", b"See @/etc/hostname", "refers to @/etc/hostname, which is outside of the project"),
    ("home", b"See @~/.ssh/id_rsa", "refers to @~/.ssh/id_rsa, which is outside of the project"),
    ("linked", b"See @away.txt", "refers to @away.txt, which leads out of the project by a link"),
    ("binary", b"See @shot.png", "refers to @shot.png, which is not text in UTF-8"),
    ("huge", b"See @huge.txt", "refers to @huge.txt, which is larger than 200,000 bytes"),
    ("pipe", b"See @pipe", "refers to @pipe, which is neither a file nor a folder"),
]


@pytest.mark.parametrize(("text", "sentence"), [row[1:] for row in BROKEN], ids=[row[0] for row in BROKEN])
async def test_what_can_not_be_sent_is_refused_before_the_start(shop: Shop, text: bytes, sentence: str) -> None:
    (shop.project.parent / "secret.txt").write_text("SECRET")
    (shop.project / "away.txt").symlink_to("../secret.txt")
    (shop.project / "shot.png").write_bytes(b"\x89PNG\xff")
    (shop.project / "huge.txt").write_text("x" * 200_001)
    os.mkfifo(shop.project / "pipe")
    shop.at_home(IMPLEMENT, "Another one of that name, which must not run in its place.")
    shop.put(IMPLEMENT, text)
    assert sentence in await shop.refused("do")


async def test_a_card_that_only_claude_can_run_is_listed_with_why_and_is_no_error_of_the_configuration(
    shop: Shop,
) -> None:
    shop.put(".claude/commands/commit.md", "Changes: !`git status`")
    assert "commit" in {item.name for item in (await shop.house.list("workflows")).workflows}
    assert "runs a shell before its text is sent" in await shop.refused("commit")
    status = (await shop.house.list("status")).status
    assert status is not None
    assert status.config_error is None
    (found,) = [one for one in (await shop.house.list("check")).check if "/commit" in one.message]
    assert (found.severity, found.code) == ("warning", "unresolved-step")


async def test_a_linked_command_is_refused_and_no_other_runs_in_its_place(shop: Shop, tmp_path: Path) -> None:
    (tmp_path / "elsewhere.md").write_text("elsewhere")
    shop.at_home(IMPLEMENT, "Mine.")
    commands = shop.project / ".claude/commands"
    commands.mkdir(parents=True)
    (commands / "implement.md").symlink_to(tmp_path / "elsewhere.md")
    shop.trust()
    assert "the file is a symbolic link, which is not followed here" in await shop.refused("do")


async def test_arguments_name_a_file_but_never_one_outside(shop: Shop) -> None:
    shop.put(IMPLEMENT, "Explain @$1 please.", trust=False)
    shop.put("src/cart.py", "total = 0\n")
    assert (await shop.house.run("do", input="src/cart.py")).status is RunStatus.SUCCEEDED
    assert shop.prompt == "Explain src/cart.py please.\n\n--- The file src/cart.py ---\ntotal = 0\n"
    step = await shop.planned("do", "../secret.txt")
    assert step.error is not None
    assert "outside of the project" in step.error.message


async def test_a_file_that_is_not_there_is_told_and_its_words_are_sent(shop: Shop) -> None:
    shop.put(IMPLEMENT, "See @docs/plan.md and @src/.")
    (shop.project / "src").mkdir()
    (shop.project / "src" / "b.py").write_text("")
    (shop.project / "src" / "a.py").write_text("")
    assert "@docs/plan.md, which is not there now" in (await shop.planned("do")).warnings[0]
    await shop.house.run("do")
    assert shop.prompt == "See @docs/plan.md and src/.\n\n--- The file src/ ---\na.py\nb.py"


async def test_a_text_that_begins_with_a_slash_is_no_command_of_the_agents(shop: Shop) -> None:
    shop.put(IMPLEMENT, "/init is what I mean")
    await shop.house.run("do")
    assert shop.prompt == "The command /implement:\n\n/init is what I mean"


async def gated(shop: Shop) -> str:
    """A run whose second step, after a gate, runs the command."""
    config = shop.house.locations.config_file
    config.write_text(
        config.read_text() + "  gated: {stages: [{name: ok, type: approval}, {name: implement, command: /implement}]}\n"
    )
    task_id = await shop.house.start("gated", input="it")
    await shop.house.until(task_id, lambda run: run.status is RunStatus.WAITING_APPROVAL)
    return task_id


async def approved(shop: Shop, task_id: str) -> Run:
    await shop.house.executor.verbs.start(Approve(task_id))
    return await shop.house.ended(task_id)


async def test_a_command_that_changed_after_the_start_is_not_sent(shop: Shop) -> None:
    shop.put(IMPLEMENT, "Build $ARGUMENTS.")
    task_id = await gated(shop)
    shop.put(IMPLEMENT, "Steal $ARGUMENTS.", trust=False)
    run = await approved(shop, task_id)
    assert run.status is RunStatus.FAILED
    assert run.error is not None
    assert "it changed since it was trusted: .claude/commands/implement.md" in run.error.message
    assert not (shop.house.home / "prompt").exists()


async def test_a_run_keeps_the_text_that_was_trusted_at_its_start(shop: Shop) -> None:
    shop.put(IMPLEMENT, "Build $ARGUMENTS.")
    task_id = await gated(shop)
    await shop.house.restart()
    shop.put(IMPLEMENT, "Another text.")
    assert (await approved(shop, task_id)).status is RunStatus.SUCCEEDED
    assert shop.prompt == "Build it."


async def test_a_file_that_went_between_the_start_and_its_step_fails_the_step(shop: Shop) -> None:
    notes = shop.put("notes.txt", "Notes.")
    shop.put(IMPLEMENT, "See @notes.txt")
    task_id = await gated(shop)
    notes.unlink()
    run = await approved(shop, task_id)
    assert run.status is RunStatus.FAILED
    assert run.error is not None
    assert "refers to @notes.txt, which is there no more" in run.error.message
    assert not (shop.house.home / "prompt").exists()


async def test_a_command_that_went_between_the_plan_and_the_start_is_refused(shop: Shop) -> None:
    file = shop.put(IMPLEMENT, "Build it.")
    assert (await shop.planned("do")).error is None
    file.unlink()
    shop.trust()
    assert "There is no command /implement" in await shop.refused("do")


async def test_a_text_is_sent_only_if_it_is_the_one_that_was_trusted(shop: Shop) -> None:
    """The file is another one right after it was checked, and the trusted one again for the next check."""
    file = shop.put(IMPLEMENT, "Good text")
    good = file.stat()

    class Swapped(TrustStore):
        def state(self, folder: Path) -> TrustState:
            file.write_text("Good text")
            os.utime(file, ns=(good.st_atime_ns, good.st_mtime_ns))
            state = super().state(folder)
            file.write_text("Evil text")
            os.utime(file, ns=(good.st_atime_ns, good.st_mtime_ns))
            return state

    house = shop.house
    home = HomeCommands(house.home, {})
    projects = Projects(house.locations, {}, house.executor.catalogs, home, Swapped(house.locations.trust))
    for _ in range(2):
        project = projects.of(str(shop.project))
        assert project.trust.trusted
        assert project.loaded.discovered.parts[IMPLEMENT].commands[0].body == "Good text"
    with pytest.raises(UntrustedError, match=r"it changed since it was trusted: \.claude/commands"):
        await house.executor.verbs.start(StartWorkflow("do", project=str(shop.project)))


async def test_a_retry_sends_the_command_again(shop: Shop) -> None:
    shop.put(IMPLEMENT, "Build $ARGUMENTS.")
    works = shop.agent.read_text()
    shop.agent.write_text("#!/bin/sh\ncat >/dev/null\nexit 1\n")
    failed = await shop.house.run("do", input="it")
    assert failed.status is RunStatus.FAILED
    shop.agent.write_text(works)
    started = await shop.house.executor.verbs.start(Retry(failed.task_id or ""))
    run = (await shop.house.executor.verbs.wait(Await((started.task_id or "",), 60))).tasks[0]
    assert run.status is RunStatus.SUCCEEDED
    assert shop.prompt == "Build it."


async def test_lists_and_events_leave_the_text_out_and_a_look_at_the_run_has_it(shop: Shop) -> None:
    shop.put(IMPLEMENT, "Build $ARGUMENTS.")
    run = await shop.house.run("do", input="it")
    assert run.steps[0].command is not None
    assert run.steps[0].command.text == "Build $ARGUMENTS."
    page = await shop.house.list("runs")
    listed = page.tasks[0].steps[0].command
    assert listed is not None
    assert (listed.name, listed.text) == ("/implement", "")


async def test_in_a_folder_that_is_not_trusted_no_command_is_read_and_none_is_missing(shop: Shop) -> None:
    shop.put(IMPLEMENT, "Build it.", trust=False)
    step = await shop.planned("do")
    assert step.error is None
    assert step.command is None
    assert "the commands of a folder that is not trusted are not read, /implement among them" in step.warnings
