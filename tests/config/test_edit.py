"""Changes of a configuration file: what is asked, and not one character more."""

from __future__ import annotations

import fcntl
import io
import os
import re
import signal
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from ruamel.yaml import YAML

from tui.config.document import Data, Document, Place, parse
from tui.config.edit import HEAD, clean_up, edit
from tui.config.edit_text import Change, changed
from tui.core.errors import ConfigError, ConflictError, MachineError, RequestError

MODEL: Place = ("workflows", "w", "stages", 0, "model")
EFFORT: Place = ("workflows", "w", "stages", 0, "effort")
BEHIND = ("profile", "name")

BLOCK = """\
# Mine.
default_model: opus   # the best

workflows:
    w:      # four blanks, and six
          title: 'A "title"'
          stages:

            - name: plan   # strong
              model: opus  # for now
              prompt: |
                Plan: it # no comment

            # what comes next
            - {name: build,   # inner
               model: "haiku", profile: claude}
favourites:
- opus    # first
- 'a: b'
"""


def after(text: str, *changes: Change) -> str:
    return changed(text, parse(text, "f.yaml"), changes)


def lines_changed(before: str, text: str) -> list[str]:
    old = before.splitlines()
    return [line for line in text.splitlines() if line not in old]


@pytest.mark.parametrize(
    ("change", "old", "new"),
    [
        (Change(MODEL, "sonnet"), "model: opus  # for now", "model: sonnet  # for now"),
        (Change(MODEL, "node:fast"), "model: opus  # for now", "model: node:fast  # for now"),
        (Change(MODEL, "a: b #c"), "model: opus  # for now", 'model: "a: b #c"  # for now'),
        (Change(MODEL, "null"), "model: opus  # for now", 'model: "null"  # for now'),
        (Change(MODEL, "010"), "model: opus  # for now", 'model: "010"  # for now'),
        (Change(EFFORT, "high", ("model",)), "# for now\n", "# for now\n              effort: high\n"),
        (Change(MODEL, None), "model: opus  # for now", "# for now"),
        (Change(("workflows", "w", "stages", 1, "model"), "opus"), '"haiku"', '"opus"'),
        (Change(("workflows", "w", "stages", 1, "model"), 'o"p'), '"haiku"', '"o\\"p"'),
        (Change(("workflows", "w", "stages", 1, "effort"), "low", ("model",)), '"haiku"', '"haiku", effort: low'),
        (Change(("workflows", "w", "stages", 1, "profile"), None), ", profile: claude", ""),
        (Change(("default_model",), None), "default_model: opus   # the best\n", "# the best\n"),
        (Change(("small_model",), "haiku"), "- 'a: b'\n", "- 'a: b'\nsmall_model: haiku\n"),
        (Change(("favourites", 2), "haiku"), "- 'a: b'\n", "- 'a: b'\n- haiku\n"),
        (Change(("favourites", 0), None), "- opus    # first\n", "  # first\n"),
        (Change(("favourites", 1), None), "- 'a: b'\n", ""),
        (Change(("favourites", 1), "it's"), "'a: b'", '"it\'s"'),
    ],
)
def test_one_place_changes(change: Change, old: str, new: str) -> None:
    assert BLOCK.count(old) == 1
    assert after(BLOCK, change) == BLOCK.replace(old, new)


@pytest.mark.parametrize(
    ("text", "changes", "wanted"),
    [
        ("", [Change(("default_model",), "opus")], "default_model: opus\n"),
        ("# only this", [Change(("default_model",), "opus")], "# only this\ndefault_model: opus"),
        ("---\n# x\n", [Change(("default_model",), "opus")], "---\n# x\ndefault_model: opus\n"),
        ("--- # x\ndefault_model: a\n", [Change(("default_model",), "b")], "--- # x\ndefault_model: b\n"),
        ("{}\n", [Change(("default_model",), "opus")], "{default_model: opus}\n"),
        ("{strict: true}", [Change(("default_model",), "opus")], "{strict: true, default_model: opus}"),
        ("strict: true", [Change(("default_model",), "opus")], "strict: true\ndefault_model: opus"),
        ("default_model:\n", [Change(("default_model",), "opus")], "default_model: opus\n"),
        ("default_model:   # none\n", [Change(("default_model",), "opus")], "default_model: opus   # none\n"),
        ("default_model: opus\n", [Change(("default_model",), None)], ""),
        ("favourites: [ ]\n", [Change(("favourites", 0), "opus")], "favourites: [opus ]\n"),
        ("favourites: [a, b , c]\n", [Change(("favourites", 1), None)], "favourites: [a , c]\n"),
        ("favourites: [a, b]\n", [Change(("favourites", 0), None)], "favourites: [b]\n"),
        ("favourites:\n  - a\nx: 1\n", [Change(("favourites",), None)], "x: 1\n"),
        ("a:\r\n  b: x\r\n", [Change(("a", "c"), "y", ("b",))], "a:\r\n  b: x\r\n  c: y\r\n"),
        ("a: {b: x, d: z}", [Change(("a", "d"), None), Change(("a", "c"), "y", ("d",))], "a: {b: x, c: y}"),
        ("a:\n- b: x\n  c: y\n", [Change(("a", 0, "b"), None)], "a:\n- c: y\n"),
        ("a:\n- b: x # why\n  c: y\n", [Change(("a", 0, "b"), None)], "a:\n-  # why\n  c: y\n"),
        ("a: {m: {model: x, effort: low}}", [Change(("a", "m"), "y")], "a: {m: y}"),
        ("a: &x {b: 1}\n", [Change(("a", "c"), "y")], "a: &x {b: 1, c: y}\n"),
        ("a: &x opus\nb: *x\n", [Change(("b",), "haiku")], "a: &x opus\nb: haiku\n"),
        ("é: ü # ö\nb: x\n", [Change(("b",), "ß")], "é: ü # ö\nb: ß\n"),
        ("a:\n\n  b: x\n\n\n# end\n", [Change(("a", "c"), "y")], "a:\n\n  b: x\n  c: y\n\n\n# end\n"),
        (
            "s:\n- n: p\n- n: q\n",
            [Change(("s", 0, "m"), "x"), Change(("s", 0, "e"), "y"), Change(("s", 1, "m"), "z")],
            "s:\n- n: p\n  m: x\n  e: y\n- n: q\n  m: z\n",
        ),
    ],
)
def test_every_layout_keeps_its_own(text: str, changes: Sequence[Change], wanted: str) -> None:
    assert after(text, *changes) == wanted


@pytest.mark.parametrize(
    ("text", "change", "told"),
    [
        ("a: &x {b: 1}\nc: *x\n", Change(("c", "b"), "2"), "f.yaml:2: c.b is part of an alias (*x)"),
        ("a: &x {b: 1}\nc: *x\n", Change(("a", "b"), "2"), "f.yaml:1: a.b is part of an anchor (&x)"),
        ("a: &x opus\nc: *x\n", Change(("a",), "haiku"), "f.yaml:1: a is part of an anchor (&x)"),
        ("a: |\n  opus\n", Change(("a",), "haiku"), "write a: haiku there by hand"),
        ("x: 1\na:\n  b: 1\n", Change(("a",), "haiku"), "f.yaml:2: a is written over several lines"),
        ("a: {b: x, # why\n c: y}\n", Change(("a", "c"), None), "take c out there by hand"),
        ("a: 1\n...\n", Change(("b",), "x"), "can't be changed here without changing something else"),
        ("a: {b: 1}\n", Change(("c", "d"), "x"), "is not written in this file"),
    ],
)
def test_what_cannot_be_kept_is_refused_with_the_line_to_change(text: str, change: Change, told: str) -> None:
    with pytest.raises(ConfigError) as refused:
        after(text, change)
    assert told in refused.value.message
    assert "nothing was changed" in refused.value.message


# --- any edit of any small configuration ------------------------------------------------------------------------------

PLAIN = st.text("abcdefg:-_/#é .'\"0123456789", min_size=1, max_size=8)
NAMES = st.text("abcdefgh_", max_size=5).map(lambda text: f"n{text}")
COMMENT = st.text("abc:'\"{}[]-# ", max_size=8).map(lambda text: f"#~{text}".rstrip())


@st.composite
def yaml_texts(draw: st.DrawFn) -> str:
    """A small configuration as people write them: any indentation, comments anywhere, block and flow, all quotes."""
    step = draw(st.integers(1, 4))
    end = draw(st.sampled_from(["\n", "\r\n"]))
    out: list[str] = []

    def comment() -> str:
        return f"  {draw(COMMENT)}" if draw(st.booleans()) else ""

    def scalar() -> str:
        text = draw(PLAIN)
        written = draw(st.sampled_from(["plain", "single", "double"]))
        if written == "single":
            return "'" + text.replace("'", "''") + "'"
        return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"' if written == "double" else draw(NAMES)

    def flow(keys: Sequence[str]) -> str:
        gap = f",{draw(COMMENT).join(['  ', ''])}{end}{' ' * 30}" if draw(st.booleans()) else ", "
        return "{" + gap.join(f"{key}: {scalar()}" for key in keys) + "}"

    if draw(st.booleans()):
        out.append(draw(COMMENT))
    out.append(f"top: {scalar()}{comment()}")
    out.append(f"list:{comment()}")
    dash = " " * draw(st.integers(0, 3))
    for _ in range(draw(st.integers(1, 4))):
        keys = draw(st.lists(NAMES, min_size=1, max_size=3, unique=True))
        if draw(st.booleans()):
            out.append(f"{dash}- {flow(keys)}{comment()}")
        else:
            for number, key in enumerate(keys):
                lead = f"{dash}-{' ' * step}" if number == 0 else f"{dash} {' ' * step}"
                out.append(f"{lead}{key}: {scalar()}{comment()}")
        if draw(st.booleans()):
            out.append(f"{dash}{draw(COMMENT)}")
    out.append(f"last: {scalar()}{comment()}")
    return end.join(out) + (end if draw(st.booleans()) else "")


def comments_of(text: str) -> list[str]:
    """Every comment, as an independent reader finds them."""
    return re.findall(r"#~[^\r\n]*", text)


def places_in(data: Data, so_far: Place = ()) -> list[Place]:
    below = data.items() if isinstance(data, dict) else enumerate(data) if isinstance(data, list) else ()
    found = [(*so_far, key) for key, _ in below] if isinstance(data, dict) else []
    for key, value in data.items() if isinstance(data, dict) else enumerate(data) if isinstance(data, list) else ():
        found += places_in(value, (*so_far, key))
    return found


def expected(data: Data, place: Place, value: str | None) -> Data:
    part, *rest = place
    if isinstance(data, list):
        return [expected(one, tuple(rest), value) if at == part else one for at, one in enumerate(data)]
    assert isinstance(data, dict)
    if rest:
        return {key: expected(one, tuple(rest), value) if key == part else one for key, one in data.items()}
    kept = {key: one for key, one in data.items() if key != part}
    return kept if value is None else {**kept, str(part): value}


@settings(max_examples=300, deadline=None)
@given(yaml_texts(), st.data())
def test_any_edit_keeps_all_other_data_and_every_comment(text: str, data: st.DataObject) -> None:
    try:
        document = parse(text, "f.yaml")
    except ConfigError:
        return
    if document.problems:
        return
    place = data.draw(st.sampled_from(places_in(document.data)))
    if data.draw(st.booleans()):
        place = (*place[:-1], data.draw(NAMES))
    value = data.draw(st.none() | PLAIN)
    try:
        result = after(text, Change(place, value))
    except ConfigError as refused:
        assert "by hand" in refused.message
        assert value is None or place == ("list",)  # a plain value is never refused, old or new
        return
    found = parse(result, "f.yaml")
    assert found.problems == []
    assert found.data == expected(document.data, place, value)
    assert [one.rstrip() for one in comments_of(result)] == [one.rstrip() for one in comments_of(text)]
    again = YAML()
    again.load(io.StringIO(result))  # another reader takes it too


# --- the file ---------------------------------------------------------------------------------------------------------


def put(file: Path, *changes: Change, follow: bool = True) -> None:
    edit(file, lambda document: changes, follow=follow).write()


def names(folder: Path) -> list[str]:
    return [one.name for one in folder.iterdir()]


OPUS = Change(("default_model",), "opus")


def test_a_file_that_is_not_there_is_made_for_its_owner_alone(tmp_path: Path) -> None:
    file = tmp_path / "deep" / "config.yaml"
    put(file, OPUS)
    head, line = file.read_text().splitlines()
    assert head.startswith("# ")
    assert line == "default_model: opus"
    assert file.stat().st_mode & 0o777 == 0o600
    assert file.parent.stat().st_mode & 0o777 == 0o700
    assert names(file.parent) == ["config.yaml"]


def test_mode_bom_and_line_ends_stay(tmp_path: Path) -> None:
    file = tmp_path / "config.yaml"
    file.write_bytes(b"\xef\xbb\xbf# mine\r\nstrict: true\r\n")
    file.chmod(0o640)
    put(file, OPUS)
    assert file.read_bytes() == b"\xef\xbb\xbf# mine\r\nstrict: true\r\ndefault_model: opus\r\n"
    assert file.stat().st_mode & 0o777 == 0o640


def test_a_person_s_link_is_followed_and_a_project_s_is_not(tmp_path: Path) -> None:
    real, link = tmp_path / "dotfiles.yaml", tmp_path / "config.yaml"
    real.write_text("strict: true\n")
    link.symlink_to(real)
    put(link, OPUS)
    assert link.is_symlink()
    assert real.read_text() == "strict: true\ndefault_model: opus\n"
    with pytest.raises(ConfigError, match="symbolic link"):
        put(link, OPUS, follow=False)


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"a: [1\n", "this is not YAML"),
        (b"strict: true\nstrict: true\n", "is here twice"),
        (b"strict:\n\ttrue\n", "this is not YAML"),
        (b"strict: \xff\n", "is not UTF-8 text"),
        (b"stirct: true\n", "unknown key 'stirct'"),
        (b"workflows: {w: {<<: {title: x}}}\n", "merge keys"),
        (b"a: 1\n---\nb: 2\n", "a second document"),
        pytest.param(b"#" * 1_000_001, "larger than", id="a large one"),
    ],
)
def test_a_broken_file_is_left_as_it_is(tmp_path: Path, content: bytes, told: str) -> None:
    file = tmp_path / "config.yaml"
    file.write_bytes(content)
    with pytest.raises(ConfigError, match=re.escape(told)):
        put(file, OPUS)
    assert file.read_bytes() == content
    assert names(tmp_path) == ["config.yaml"]


def test_what_the_reader_would_refuse_is_not_written(tmp_path: Path) -> None:
    file = tmp_path / "config.yaml"
    file.write_text("strict: true\n")
    with pytest.raises(RequestError, match=r"^default_model can't be 'node'.*; nothing was written$"):
        put(file, Change(("default_model",), "node"))
    assert file.read_text() == "strict: true\n"


def test_a_megabyte_is_edited(tmp_path: Path) -> None:
    file = tmp_path / "config.yaml"
    text = "aliases:\n" + "".join(
        f"  alias-{number}: anthropic/claude-opus-4-8  # {number}\n" for number in range(18_000)
    )
    file.write_text(text)
    put(file, OPUS)
    assert file.read_text() == text + "default_model: opus\n"
    file.write_text(text + "#" * (1_000_000 - len(text)))
    with pytest.raises(ConfigError, match="would be larger"):
        put(file, OPUS)


def test_a_file_that_is_read_only_or_in_no_folder_is_told(tmp_path: Path) -> None:
    file = tmp_path / "config.yaml"
    file.write_text("strict: true\n")
    file.chmod(0o400)
    with pytest.raises(MachineError, match="it is read-only; nothing was changed"):
        put(file, OPUS)
    assert file.read_text() == "strict: true\n"
    with pytest.raises(MachineError, match="can't be written"):
        put(file / "config.yaml", OPUS)
    with pytest.raises(MachineError, match="can't be written"):
        put(Path("/proc/self/modeldeck.yaml"), OPUS)
    assert names(tmp_path) == ["config.yaml"]


@pytest.mark.parametrize("before", ["strict: true\n", None])
def test_what_somebody_saved_meanwhile_is_not_overwritten(tmp_path: Path, before: str | None) -> None:
    file = tmp_path / "config.yaml"
    if before is not None:
        file.write_text(before)
    planned = edit(file, lambda document: [OPUS], follow=True)
    file.write_text("strict: false  # saved by hand\n")
    with pytest.raises(ConflictError, match="nothing was written"):
        planned.write()
    assert file.read_text() == "strict: false  # saved by hand\n"
    assert names(tmp_path) == ["config.yaml"]


def test_nothing_to_do_is_no_write(tmp_path: Path) -> None:
    file = tmp_path / "config.yaml"
    file.write_text("strict: true\n")

    def nothing(document: Document) -> list[Change]:
        return []

    assert edit(file, nothing, follow=True).same


@pytest.mark.parametrize("there", [True, False], ids=["changed", "made"])
def test_an_edit_that_is_killed_anywhere_leaves_the_file_whole_and_nothing_beside_it(
    tmp_path: Path, there: bool
) -> None:
    program = Path(__file__).with_name("killed_edit.py")
    beside, point, lay_beside, code = tmp_path / ".config.yaml.new", 0, 0, -signal.SIGKILL
    while code == -signal.SIGKILL:
        file = tmp_path / "config.yaml"
        file.unlink(missing_ok=True)
        if there:
            file.write_text("default_model: haiku\n")
        code = subprocess.run([sys.executable, str(program), str(file), str(point)], timeout=60, check=False).returncode
        before, after_it = ("default_model: haiku\n", "") if there else (None, HEAD)
        found = file.read_text() if file.exists() else None
        assert found in (before, after_it + "default_model: opus\n")
        if point % 2:
            lay_beside += beside.exists()
            clean_up(file)
        else:
            edit(file, lambda _: [Change(("default_model",), "sonnet")], follow=True).write()
            assert "sonnet" in file.read_text()
        assert [path.name for path in tmp_path.iterdir() if path != file] == []
        point += 1
    assert code == 0
    assert point > 4
    assert lay_beside


def test_what_is_beside_the_file_is_never_written_through(tmp_path: Path) -> None:
    file, precious = tmp_path / "config.yaml", tmp_path / "precious"
    file.write_text("default_model: haiku\n")
    precious.write_text("mine")
    for number, make in enumerate((os.link, os.symlink)):
        changes = [Change(("default_model",), f"model-{number}")]
        make(precious, tmp_path / ".config.yaml.new")
        edit(file, lambda _, those=changes: those, follow=True).write()
        assert precious.read_text() == "mine"
        assert not (tmp_path / ".config.yaml.new").is_symlink()


def test_a_folder_that_somebody_else_locks_gets_a_sentence(tmp_path: Path) -> None:
    file = tmp_path / "config.yaml"
    file.write_text("default_model: haiku\n")
    handle = os.open(tmp_path, os.O_RDONLY)
    fcntl.flock(handle, fcntl.LOCK_EX)
    try:
        with pytest.raises(MachineError, match="another program holds the lock of its folder; nothing was changed"):
            edit(file, lambda _: [Change(("default_model",), "opus")], follow=True).write()
    finally:
        os.close(handle)
    assert file.read_text() == "default_model: haiku\n"
