"""Following output: whole lines only, each once, however it is cut, and bounded."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from tui.agents.base import Findings
from tui.core.verbs import Message
from tui.executor.attempt_files import KeptFile
from tui.executor.tail import LINE, MOST, Tail, last_messages, messages


class Lines:
    """A reader that remembers what it was fed."""

    def __init__(self) -> None:
        self.fed: list[tuple[bytes, int]] = []

    def feed(self, line: bytes, offset: int) -> tuple[Message, ...]:
        self.fed.append((line, offset))
        return (Message("a", offset, "text", line.decode(errors="replace")),)

    def findings(self) -> Findings:
        return Findings()

    def finish(self, exit_code: int | None, stderr: bytes) -> Findings:
        return Findings()


@given(parts=st.lists(st.binary(max_size=20).map(lambda b: b.replace(b"\r", b"")), max_size=12))
def test_every_line_is_read_once_however_the_writes_are_cut(tmp_path_factory: object, parts: list[bytes]) -> None:
    assert hasattr(tmp_path_factory, "mktemp")
    path: Path = tmp_path_factory.mktemp("tail") / "out"
    path.touch()
    reader = Lines()
    with closing(KeptFile(path)) as kept:
        tail = Tail(kept, reader)
        for part in parts:
            with path.open("ab") as file:
                file.write(part)
            tail.advance()
        tail.finish()
    whole = b"".join(parts)
    assert [line for line, _ in reader.fed] == [line for line in whole.split(b"\n") if line.strip()]
    assert tail.offset == len(whole)


def test_a_line_without_its_end_waits_for_it(tmp_path: Path) -> None:
    path = tmp_path / "out"
    path.write_bytes(b"one\ntw")
    reader = Lines()
    with closing(KeptFile(path)) as kept:
        tail = Tail(kept, reader)
        tail.advance()
        assert reader.fed == [(b"one", 4)]
        with path.open("ab") as file:
            file.write(b"o\n")
        tail.advance()
    assert reader.fed == [(b"one", 4), (b"two", 8)]


def test_a_line_longer_than_is_read_is_cut_and_the_next_one_is_whole(tmp_path: Path) -> None:
    path = tmp_path / "out"
    path.write_bytes(b"x" * (3 * LINE) + b"\nnext\n")
    reader = Lines()
    with closing(KeptFile(path)) as kept:
        tail = Tail(kept, reader)
        tail.finish()
    assert [len(line) for line, _ in reader.fed] == [LINE, 4]
    found, offset = messages(path, Lines(), 0, 10, ended=False)
    assert ([len(message.text) for message in found], offset) == ([LINE, 4], 3 * LINE + 6)


def test_pages_of_messages_join_without_gap_or_repeat(tmp_path: Path) -> None:
    path = tmp_path / "out"
    path.write_bytes(b"a\nb\nc\nd")
    texts, offset = [], 0
    for _ in range(4):
        found, offset = messages(path, Lines(), offset, 2, ended=False)
        texts += [message.text for message in found]
    assert texts == ["a", "b", "c"]
    found, offset = messages(path, Lines(), offset, 2, ended=True)
    assert ([message.text for message in found], offset) == (["d"], 7)


def test_output_that_is_not_there_yet_is_empty(tmp_path: Path) -> None:
    assert messages(tmp_path / "out", Lines(), 0, 10, ended=False) == ((), 0)
    assert not Tail(KeptFile(tmp_path / "out"), Lines()).advance()


def test_what_is_without_a_message_is_read_in_pieces(tmp_path: Path) -> None:
    path = tmp_path / "out"
    path.write_bytes(b"\n" * (2 * MOST) + b"said\n")
    found, offset = messages(path, Lines(), 0, 10, ended=True)
    assert (found, offset) == ((), MOST)
    _, offset = messages(path, Lines(), offset, 10, ended=True)
    found, offset = messages(path, Lines(), offset, 10, ended=True)
    assert ([message.text for message in found], offset) == (["said"], 2 * MOST + 5)
    assert messages(path, Lines(), offset, 10, ended=True) == ((), offset)


class Writing(Lines):
    """A reader that is fed less quickly than the agent writes."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self.path = path

    def feed(self, line: bytes, offset: int) -> tuple[Message, ...]:
        with self.path.open("ab") as file:
            file.write(b"more\nand more\n")
        return super().feed(line, offset)


def test_what_is_written_meanwhile_is_left_for_the_next_time(tmp_path: Path) -> None:
    path = tmp_path / "out"
    path.write_bytes(b"one\ntwo\n")
    found, offset = messages(path, Writing(path), 0, 500, ended=False)
    assert ([message.text for message in found], offset) == (["one", "two"], 8)
    assert len(last_messages(path, Writing(path), 10, ended=False)) == 6
