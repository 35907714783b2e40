"""A command's text: what is filled in, what refers to a file, what would run a shell."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tui.core.command import CommandKind, Reference, StepCommand, pieces, shell_lines

ARGUMENTS = 'one "two three" four'


def filled(text: str, given: str = ARGUMENTS, kind: CommandKind = "claude", own: str = "") -> str:
    command = StepCommand("/c", kind, "c.md", text, own)
    return "".join(piece if isinstance(piece, str) else f"<{piece.path}>" for piece in pieces(command, given))


FILLED: list[tuple[CommandKind, str, str]] = [
    ("claude", "Do $ARGUMENTS.", 'Do one "two three" four.'),
    ("claude", "$1, $2, $3, $4.", "one, two three, four, ."),
    ("claude", "$0, $1, $2", "one, two three, four"),
    ("claude", "$ARGUMENTS[0] and $ARGUMENTS[1]", "one and two three"),
    ("claude", "a bill of \\$5 and $100 and $1st", "a bill of $5 and $100 and $1st" + f"\n\nARGUMENTS: {ARGUMENTS}"),
    ("claude", "Nothing to fill in", f"Nothing to fill in\n\nARGUMENTS: {ARGUMENTS}"),
    ("opencode", "Nothing to fill in", f"Nothing to fill in\n\n{ARGUMENTS}"),
    ("opencode", "$1, then $2", "one, then two three four"),
    ("opencode", "$ARGUMENTS", ARGUMENTS),
]


@pytest.mark.parametrize(("kind", "text", "expected"), FILLED, ids=[text for _, text, _ in FILLED])
def test_placeholders_are_filled_in(kind: CommandKind, text: str, expected: str) -> None:
    assert filled(text, kind=kind) == expected


def test_what_the_stage_writes_comes_before_the_runs_input() -> None:
    assert filled("Do $ARGUMENTS", "the bug", own="--fast") == "Do --fast the bug"
    assert filled("Do $ARGUMENTS", "") == "Do "
    assert filled("Do it", "  ") == "Do it"


def test_arguments_are_never_read_again() -> None:
    told = "see $1 and @secret.txt and !`id` and $ARGUMENTS"
    assert filled("Fix $ARGUMENTS", told) == f"Fix {told}"
    assert filled("Fix $2", told) == "Fix $1"


REFERENCES = [
    ("claude", "see @src/cart.py.", "see <src/cart.py>."),
    ("claude", "see @src/cart.py#L1-20 now", "see <src/cart.py> now"),
    ("claude", 'see @"a file.txt", please', "see <a file.txt>, please"),
    ("claude", "mail a@b.com, `@x.txt`, (@y.txt) @", "mail a@b.com, `@x.txt`, (@y.txt) @"),
    ("claude", "compare @$1 with @$2", "compare <one> with <two three>"),
    ("opencode", "(@y.txt) and `@x.txt`", "(<y.txt>) and `@x.txt`"),
]


@pytest.mark.parametrize(("kind", "text", "expected"), REFERENCES, ids=[text for _, text, _ in REFERENCES])
def test_references_stand_apart(kind: CommandKind, text: str, expected: str) -> None:
    given = ARGUMENTS if "$" in text else ""
    assert filled(text, given, kind) == expected


SHELL: list[tuple[CommandKind, str, tuple[str, ...]]] = [
    ("claude", "now: !`git status`", ("git status",)),
    ("claude", "```!\ngit status\ngit diff\n```", ("git status\ngit diff",)),
    ("claude", "Yes!`no`, and `!` is not", ()),
    ("claude", "!``", ()),
    ("opencode", "x!`git diff`", ("git diff",)),
]


@pytest.mark.parametrize(("kind", "text", "expected"), SHELL, ids=[text for _, text, _ in SHELL])
def test_lines_for_a_shell_are_found(kind: CommandKind, text: str, expected: tuple[str, ...]) -> None:
    assert shell_lines(kind, text) == expected


@given(
    kind=st.sampled_from(["claude", "opencode"]),
    text=st.text("$@!`\"' 01aA/.\n\\ARGUMENTS[]", max_size=60),
    arguments=st.text("$@!`\"' 01a\n", max_size=30),
)
def test_any_text_is_taken(kind: CommandKind, text: str, arguments: str) -> None:
    for piece in pieces(StepCommand("/c", kind, "c.md", text), arguments):
        assert isinstance(piece, str) or (isinstance(piece, Reference) and piece.path)
