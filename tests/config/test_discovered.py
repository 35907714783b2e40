"""Commands and registries that a project holds: read with care, beside the configuration, never above it."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from tui.config.discovered import Discovered, discover, stamp
from tui.config.discovered.command import command_of
from tui.config.discovered.registry import agents_of, pipelines_of
from tui.config.document import parse
from tui.config.load import Loaded, load
from tui.core.errors import ConfigError
from tui.core.settings import Profile, Stage

USER = """
default_profile: hand
agents: {code: {kind: opencode}, hand: {kind: claude, settings: project}}
profiles: {hand: {agent: hand}, mine: {agent: claude}}
workflows: {mine: {stages: [{name: plan}]}}
"""

AGENTS = """
agents:
  - name: reviewer
    description: Reads with care
    opencode_agent: plan
    default_model: node:docs
    system_prompt_additions: Be strict.
    colour: blue
  - {name: mine, default_model: opus}
"""
PIPELINES = """
pipelines:
  - name: ship
    description: Review, then ship
    steps:
      - {name: read, type: agent, agent: reviewer, model: haiku, prompt: Read it}
      - {type: approval, name: ok}
      - {type: agent, agent: mine}
      - {type: agent}
"""


class Shop:
    """A project and the person's own file."""

    def __init__(self, folder: Path, user: str = USER) -> None:
        self.folder = folder / "shop"
        self.folder.mkdir()
        self.user = folder / "config.yaml"
        self.user.write_text(user)

    def put(self, name: str, text: str) -> None:
        file = self.folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)

    def load(self, *, trusted: bool = True, kept: Discovered | None = None) -> Loaded:
        return load(self.user, self.folder, trusted=trusted, kept=kept)


@pytest.fixture
def shop(tmp_path: Path) -> Shop:
    return Shop(tmp_path)


def test_a_command_is_a_workflow_of_one_stage(shop: Shop) -> None:
    shop.put(".claude/commands/team/make-plan.md", "---\ndescription: Plan it\nmodel: opus\n---\nPlan $ARGUMENTS\n")
    shop.put(".opencode/command/look.md", "# Look around\n\nLook.")
    loaded = shop.load()
    plan, look = (loaded.settings.workflows[name] for name in ("team:make-plan", "look"))
    assert plan.stages == (Stage("make-plan", profile="hand", model="opus", command="/team:make-plan"),)
    assert (plan.title, plan.description) == ("team:make-plan", "Plan it")
    assert look.description == "Look around"
    assert look.stages[0].profile == "hand"
    assert (look.stages[0].command, look.stages[0].prompt) == ("/look", None)
    assert loaded.origin == {"mine": "user", "team:make-plan": "discovered", "look": "discovered"}
    assert loaded.warnings == ()


def test_what_arguments_a_command_takes_is_told_with_what_it_is_about(shop: Shop) -> None:
    shop.put(".claude/commands/fix.md", "---\ndescription: Fix it\nargument-hint: [issue] [priority]\n---\nFix $1")
    shop.put(".claude/commands/list.md", "---\ndescription: Fix it\nargument-hint: [issue]\n---\nFix $1")
    flows = shop.load().settings.workflows
    assert flows["fix"].description == "Fix it · takes [issue] [priority]"
    assert flows["list"].description == "Fix it · takes [issue]"


def test_front_matter_that_is_no_yaml_is_read_by_the_line() -> None:
    text = "---\ndescription: Fix: the [bug\nallowed-tools: Bash(git:*)\n---\nDo it"
    command = command_of("claude", "f.md", ("fix",), text)
    assert (command.description, command.body) == ("Fix: the [bug", "Do it")
    for odd in ("---\nno end", "---\n---\n", "", "---\n[1, 2]\n---\nx"):
        assert command_of("claude", "f.md", ("fix",), odd).name == "fix"


def test_registries_are_profiles_and_workflows_and_the_persons_own_come_first(shop: Shop) -> None:
    shop.put("agents.yaml", AGENTS)
    shop.put("pipelines.yaml", PIPELINES)
    loaded = shop.load()
    assert loaded.settings.profiles["reviewer"] == Profile(
        agent="code",
        model="node:docs",
        instructions="Be strict.",
        title="Reads with care",
        opencode_agent="plan",
    )
    assert loaded.settings.profiles["mine"] == Profile(agent="claude")
    ship = loaded.settings.workflows["ship"]
    assert ship.stages == (
        Stage("read", profile="reviewer", model="haiku", prompt="Read it"),
        Stage("ok", type="approval"),
        Stage("mine", profile="mine"),
        Stage("step 3", profile="hand"),
    )
    assert ship.description == "Review, then ship"


def test_a_local_agent_stands_in_for_the_registrys(shop: Shop) -> None:
    shop.put("agents.yaml", AGENTS)
    shop.put(".opencode/agents/reviewer.yaml", "default_model: haiku\n")
    shop.put(".opencode/agents/more.yml", "agents: {writer: {default_model: sonnet}}\n")
    profiles = shop.load().settings.profiles
    assert (profiles["reviewer"].model, profiles["writer"].model) == ("haiku", "sonnet")


def test_without_opencode_the_usual_agent_does_it_and_that_is_told(tmp_path: Path) -> None:
    shop = Shop(tmp_path, "")
    shop.put("agents.yaml", AGENTS)
    loaded = shop.load()
    assert loaded.settings.profiles["reviewer"].agent == "claude"
    assert "agents.yaml: there is no agent of kind opencode, so reviewer works with claude" in loaded.warnings


BAD = {
    "no_yaml": ("agents.yaml", "agents: [", "this is not YAML"),
    "no_list": ("agents.yaml", "agents: 7", "agents.yaml:1: agents is a number, not a list"),
    "no_map": ("agents.yaml", "agents: [7]", "holds a number where a map is expected"),
    "no_name": ("agents.yaml", "agents: [{default_model: opus}]", "an entry of agents has no name"),
    "wrong_type": ("agents.yaml", "agents: [{name: a, default_model: [1]}]", "default_model of the agent a is a list"),
    "bad_name": ("agents.yaml", 'agents: [{name: "a\\u202eb"}]', "an entry of agents has no name"),
    "steps": ("pipelines.yaml", "pipelines: [{name: a}]", "the steps of the pipeline a are empty, not a list"),
    "no_steps": ("pipelines.yaml", "pipelines: [{name: a, steps: []}]", "are 0 long; there are 1 to 100"),
    "step": ("pipelines.yaml", "pipelines: [{name: a, steps: [7]}]", "step 1 of the pipeline a is a number"),
    "type": ("pipelines.yaml", "pipelines: [{name: a, steps: [{type: aproval}]}]", "did you mean approval?"),
    "large": ("agents.yaml", "#" * 300_000, "agents.yaml: the file is larger than 200,000 bytes"),
}


@pytest.mark.parametrize(("name", "text", "sentence"), BAD.values(), ids=BAD)
def test_a_bad_file_is_told_and_takes_nothing_down(shop: Shop, name: str, text: str, sentence: str) -> None:
    shop.put(".claude/commands/fix.md", "Fix it")
    shop.put(name, text)
    loaded = shop.load()
    assert sentence in loaded.discovered.problems[0]
    assert loaded.discovered.problems[0] in loaded.warnings
    assert set(loaded.settings.workflows) == {"mine", "fix"}


@pytest.mark.parametrize(("name", "text", "sentence"), BAD.values(), ids=BAD)
def test_what_a_file_said_before_it_broke_stays_in_force(shop: Shop, name: str, text: str, sentence: str) -> None:
    shop.put("agents.yaml", AGENTS)
    shop.put("pipelines.yaml", PIPELINES)
    good = shop.load()
    shop.put(name, text)
    now = shop.load(kept=good.discovered)
    assert now.settings == good.settings
    assert now.discovered.problems[0].endswith("what it said before stays in force")
    assert sentence in now.discovered.problems[0]
    (shop.folder / name).unlink()
    assert now.discovered.parts != shop.load(kept=now.discovered).discovered.parts


def test_a_pipeline_of_unknown_agents_is_left_out(shop: Shop) -> None:
    shop.put("pipelines.yaml", PIPELINES)
    loaded = shop.load()
    assert "ship" not in loaded.settings.workflows
    assert "pipelines.yaml: the pipeline ship is not used: there is no agent 'reviewer'" in loaded.warnings


def test_of_a_folder_that_is_not_trusted_all_is_listed_and_nothing_used(shop: Shop) -> None:
    shop.put(".claude/commands/fix.md", "Fix it")
    shop.put("agents.yaml", AGENTS)
    shop.put("pipelines.yaml", PIPELINES)
    loaded = shop.load(trusted=False)
    assert loaded.settings == load(shop.user).settings
    assert [name for name, _ in loaded.listed] == ["ship", "fix"]
    assert loaded.foreign == (
        "it brings commands: /fix",
        "it brings agents: reviewer, mine",
        "it brings pipelines: ship",
    )
    assert loaded.discovered == Discovered()
    assert (loaded.digest, loaded.origin["fix"]) == (load(shop.user).digest, "discovered")


def test_the_digest_and_the_stamp_tell_of_a_change(shop: Shop) -> None:
    shop.put(".claude/commands/fix.md", "Fix it")
    before = (shop.load().digest, stamp(shop.folder))
    shop.put(".claude/commands/fix.md", "Fix it now")
    assert shop.load().digest != before[0]
    assert stamp(shop.folder) != before[1]


def test_no_link_is_followed_and_no_strange_thing_is_read(shop: Shop, tmp_path: Path) -> None:
    (tmp_path / "secret.md").write_text("secret")
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere" / "far.md").write_text("far")
    shop.put(".claude/commands/good.md", "Good")
    commands = shop.folder / ".claude" / "commands"
    (commands / "link.md").symlink_to(tmp_path / "secret.md")
    (commands / "away").symlink_to(tmp_path / "elsewhere")
    os.mkfifo(commands / "pipe.md")
    (commands / "odd name;rm.md").write_text("odd")
    (commands / ".hidden.md").write_text("hidden")
    (shop.folder / ".opencode").symlink_to(tmp_path / "elsewhere")
    (shop.folder / "agents.yaml").symlink_to(tmp_path / "secret.md")
    loaded = shop.load()
    assert set(loaded.settings.workflows) == {"mine", "good"}
    assert "secret" not in repr(loaded)
    assert any("symbolic link" in problem for problem in loaded.discovered.problems)


def test_too_many_files_are_bounded_and_told(shop: Shop) -> None:
    for number in range(520):
        shop.put(f".claude/commands/c{number:03}.md", "x")
    found = discover(shop.folder)
    assert len(found.parts) == 500
    assert "more than 500 files" in found.problems[-1]


def test_deep_folders_end(shop: Shop) -> None:
    shop.put(".claude/commands/" + "d/" * 8 + "in.md", "x")
    shop.put(".claude/commands/" + "d/" * 9 + "out.md", "x")
    assert [name.rpartition("/")[2] for name in discover(shop.folder).parts] == ["in.md"]


JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.text("ab \u202e\n", max_size=6)
    | st.sampled_from(["agent", "approval", "reviewer"]),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.sampled_from(["agents", "pipelines", "name", "steps", "type", "agent", "model"]), inner)
    ),
    max_leaves=20,
)


@given(data=st.dictionaries(st.sampled_from(["agents", "pipelines", "name"]), JSON))
@settings(max_examples=200, deadline=None)
def test_a_registry_never_raises(data: dict[str, Any]) -> None:
    problems: list[Any] = []
    document = parse(json.dumps(data, ensure_ascii=False), "agents.yaml")
    agents_of(document, None, problems)
    agents_of(document, "local", problems)
    pipelines_of(document, problems)


@given(
    text=st.text(max_size=80) | st.text("-\n:[]{}\"'#&*! ab", max_size=80).map(lambda text: f"---\n{text}\n---\nbody")
)
@settings(max_examples=200, deadline=None)
def test_a_command_never_raises(text: str) -> None:
    assert command_of("opencode", "f.md", ("a", "b"), text).name == "a/b"


def test_the_examples_here_are_yaml() -> None:
    assert yaml.safe_load(AGENTS)
    with pytest.raises(ConfigError):
        parse("agents: [", "agents.yaml")
