"""What is broken, somebody else's or full: one clear sentence, and nothing overwritten."""

from __future__ import annotations

import asyncio
import os
import sqlite3
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy.exc import DatabaseError

from tests.disk import small_files
from tests.store.samples import AT, mode_of, names_in, remove_all, run
from tui.core.errors import JournalError
from tui.core.run import Run
from tui.store.connect import backup_of, core, open_file, trouble
from tui.store.filesystem import network_kind
from tui.store.journal import Journal

MOUNTS = r"""22 1 8:1 / / rw,relatime shared:1 - ext4 /dev/sda1 rw
40 22 0:40 / /net rw,relatime - nfs4 server:/export rw,vers=4.2
41 40 8:2 / /net/local rw,relatime shared:2 master:3 - xfs /dev/sdb1 rw
42 22 0:42 / /home/ada/far\040away rw,nosuid - fuse.sshfs ada@host: rw
43 22 0:43 / /stacked rw - ext4 /dev/sdc1 rw
44 43 0:44 / /stacked rw - cifs //server/share rw
half a line
"""


def heavy(task_id: str) -> Run:
    return replace(run(task_id), input="w" * 100_000)


def content_of(path: Path) -> bytes:
    return path.read_bytes()


def halve(path: Path) -> bytes:
    os.truncate(path, path.stat().st_size // 2)
    return path.read_bytes()


def scratch(path: Path, table: str) -> None:
    """Write over the first page of a table."""
    with closing(sqlite3.connect(path)) as file:
        page_size = file.execute("PRAGMA page_size").fetchone()[0]
        root = file.execute("SELECT rootpage FROM sqlite_master WHERE name = ?", (table,)).fetchone()[0]
    with path.open("r+b") as raw:
        raw.seek(page_size * (root - 1))
        raw.write(b"\xff" * page_size)


@pytest.mark.parametrize("content", [b"x", b"not a database\n" * 500, b"SQLite format 2\0" + bytes(5000)])
def test_a_file_that_is_no_database_is_left_as_it_is(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "journal.sqlite3"
    path.write_bytes(content)
    with pytest.raises(JournalError, match=r"journal\.sqlite3 is not a journal; it was left as it is"):
        Journal.open(path, lambda: AT)
    assert path.read_bytes() == content
    assert names_in(tmp_path) == ["journal.sqlite3"]


def test_a_header_with_rubbish_behind_it_is_left_as_it_is(path: Path) -> None:
    content = path.read_bytes()[:40] + os.urandom(5000)
    path.write_bytes(content)
    with pytest.raises(JournalError, match="left as it is"):
        Journal.open(path, lambda: AT)
    assert path.read_bytes() == content


async def test_a_journal_that_lost_its_end_is_left_as_it_is(path: Path) -> None:
    journal = Journal.open(path, lambda: AT)
    for number in range(5):
        await journal.create(heavy(f"r_{number}"), ())
    await journal.close()
    content = halve(path)
    with pytest.raises(JournalError, match="is damaged; it was left as it is"):
        Journal.open(path, lambda: AT)
    assert content_of(path) == content


async def test_damage_that_is_met_later_is_told_then(path: Path) -> None:
    journal = Journal.open(path, lambda: AT)
    for number in range(50):
        await journal.create(run(f"r_{number}"), ())
    await journal.close()
    scratch(path, "steps")
    journal = Journal.open(path, lambda: AT)
    with pytest.raises(JournalError, match="is damaged"):
        journal.run("r_1")
    with pytest.raises(JournalError, match="is damaged"):
        await journal.create(run("r_new"), ())
    await journal.close()


async def test_the_daily_copy_is_whole_while_others_write_and_is_named_when_the_journal_is_damaged(path: Path) -> None:
    journal = Journal.open(path, lambda: AT)
    for number in range(5):
        await journal.create(heavy(f"r_{number}"), ())
    copy, *_ = await asyncio.gather(journal.back_up(), *(journal.create(run(f"r_more{n}"), ()) for n in range(50)))
    assert copy is not None
    assert mode_of(copy) == "0o600"
    await journal.close()
    halve(path)
    with pytest.raises(JournalError, match=f"put its backup {copy} in its place"):
        Journal.open(path, lambda: AT)
    copy.replace(path)
    journal = Journal.open(path, lambda: AT)
    assert journal.run("r_4") == heavy("r_4")
    assert await journal.create(run("r_new"), ()) == journal.last_seq
    await journal.close()


async def test_who_leaves_while_the_journal_is_copied_leaves_a_whole_copy(path: Path) -> None:
    journal = Journal.open(path, lambda: AT)
    await journal.create(run("r_1"), ())
    copying = asyncio.create_task(journal.back_up())
    await asyncio.sleep(0)
    copying.cancel()
    await asyncio.gather(copying, return_exceptions=True)
    await journal.close()
    async with asyncio.timeout(60):
        while not backup_of(path).exists():
            await asyncio.sleep(0.01)
    with closing(sqlite3.connect(backup_of(path))) as file:
        assert file.execute("SELECT task_id FROM runs").fetchall() == [("r_1",)]


async def test_a_damaged_journal_does_not_take_the_place_of_its_copy(path: Path) -> None:
    journal = Journal.open(path, lambda: AT)
    for number in range(50):
        await journal.create(heavy(f"r_{number}"), ())
    copy = await journal.back_up()
    assert copy is not None
    content = content_of(copy)
    await journal.close()
    scratch(path, "steps")
    journal = Journal.open(path, lambda: AT)
    with pytest.raises(JournalError, match=f"is damaged.*put its backup {copy} in its place"):
        await journal.back_up()
    assert content_of(copy) == content
    assert names_in(path.parent) == [copy.name, path.name, *(f"{path.name}-{part}" for part in ("shm", "wal"))]
    await journal.close()


async def test_on_a_full_disk_no_copy_is_made_and_the_one_before_stays(path: Path) -> None:
    journal = Journal.open(path, lambda: AT)
    copy = await journal.back_up()
    assert copy is not None
    content = content_of(copy)
    await journal.create(heavy("r_1"), ())
    with small_files(50_000), pytest.raises(JournalError, match="can't be copied"):
        await journal.back_up()
    assert content_of(copy) == content
    await journal.close()


def test_another_programs_database_is_left_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "journal.sqlite3"
    with closing(sqlite3.connect(path)) as file, file:
        file.execute("CREATE TABLE cookies (host TEXT)")
    content = path.read_bytes()
    with pytest.raises(JournalError, match="is a database of another program"):
        Journal.open(path, lambda: AT)
    assert path.read_bytes() == content


def test_a_folder_is_no_journal(tmp_path: Path) -> None:
    (tmp_path / "journal.sqlite3").mkdir()
    with pytest.raises(JournalError, match="can't be opened: Is a directory"):
        Journal.open(tmp_path / "journal.sqlite3", lambda: AT)


def test_a_pipe_is_no_journal_and_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "journal.sqlite3")
    with pytest.raises(JournalError, match="is not a file"):
        Journal.open(tmp_path / "journal.sqlite3", lambda: AT)


def test_a_file_in_the_place_of_the_folder_is_told(tmp_path: Path) -> None:
    (tmp_path / "state").touch()
    with pytest.raises(JournalError, match=r"can't be opened: (File exists|Not a directory)"):
        Journal.open(tmp_path / "state" / "journal.sqlite3", lambda: AT)


def test_a_place_where_nothing_can_be_made_is_told() -> None:
    with pytest.raises(JournalError, match="can't be opened: "):
        Journal.open(Path("/proc/self/journal.sqlite3"), lambda: AT)


async def test_a_full_disk_fails_who_waits_and_passes(journal: Journal) -> None:
    await journal.create(run("r_1"), ())
    with small_files(150_000):
        outcomes = await asyncio.gather(
            *(journal.create(heavy(f"r_big{n}"), ()) for n in range(3)), return_exceptions=True
        )
        assert [type(outcome) for outcome in outcomes] == [JournalError] * 3
        assert "free" in str(outcomes[0])
        assert journal.run("r_1") == run("r_1")
    assert await journal.create(heavy("r_2"), ()) == 2
    assert journal.last_seq == 2
    page, _ = journal.runs(limit=9)
    assert [one.task_id for one in page] == ["r_2", "r_1"]


async def test_what_was_journalled_before_the_disk_filled_up_is_there_afterwards(path: Path) -> None:
    journal = Journal.open(path, lambda: AT)
    written = []
    with small_files(300_000):
        for number in range(20):
            try:
                await journal.create(heavy(f"r_{number}"), ())
            except JournalError:
                continue
            written.append(f"r_{number}")
        await journal.close()
    assert 0 < len(written) < 20
    journal = Journal.open(path, lambda: AT)
    page, _ = journal.runs(limit=50)
    assert [one.task_id for one in page] == written[::-1]
    await journal.close()


def test_a_disk_too_full_for_a_new_journal_leaves_nothing_that_stops_the_next_try(tmp_path: Path) -> None:
    path = tmp_path / "journal.sqlite3"
    with small_files(8192), pytest.raises(JournalError, match="free"):
        Journal.open(path, lambda: AT)
    Journal.open(path, lambda: AT)


async def test_another_programs_lock_is_told_and_passes(journal: Journal, path: Path) -> None:
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(JournalError, match="Another program keeps the journal"):
            await journal.create(run(), ())
        assert journal.runs(limit=1) == ((), None)
        other.execute("ROLLBACK")
    assert await journal.create(run(), ()) == 1


async def test_a_journal_that_was_taken_away_is_not_made_anew_by_a_write(journal: Journal, path: Path) -> None:
    """After trouble the file is opened afresh: then what is there now counts."""
    with small_files(100_000), pytest.raises(JournalError):
        await journal.create(heavy("r_1"), ())
    remove_all(path.parent)
    with pytest.raises(JournalError, match="can't be opened"):
        await journal.create(run("r_2"), ())
    assert names_in(path.parent) == []


@pytest.mark.parametrize(
    ("place", "kind"),
    [
        ("/home/ada/state/journal.sqlite3", None),
        ("/net/journal.sqlite3", "nfs4"),
        ("/network/journal.sqlite3", None),
        ("/net/local/journal.sqlite3", None),
        ("/home/ada/far away/journal.sqlite3", "fuse.sshfs"),
        ("/stacked/journal.sqlite3", "cifs"),
    ],
    ids=["local", "nfs", "like_nfs", "local_under_nfs", "sshfs_with_a_space", "hidden_by_a_later_mount"],
)
def test_a_network_file_system_is_known_by_its_mount(place: str, kind: str | None) -> None:
    assert network_kind(Path(place), MOUNTS) == kind


def test_a_network_file_system_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "journal.sqlite3"
    with pytest.raises(JournalError, match=r"network file system \(nfs\).*MODELDECK_STATE"):
        Journal.open(path, lambda: AT, mounts=f"1 0 0:1 / {tmp_path} rw - nfs server:/ rw")
    assert not path.exists()


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("SQLITE_READONLY_DIRECTORY", "is read-only"),
        ("SQLITE_IOERR_WRITE", "The disk gives errors"),
        ("SQLITE_FULL", "The disk is full"),
        ("SQLITE_NOTADB", "not a journal"),
        ("SQLITE_PERM", "may not be used by this user"),
        ("SQLITE_TOOBIG", "can't be used: why"),
    ],
)
def test_every_error_of_sqlite_is_one_sentence(name: str, told: str) -> None:
    error = sqlite3.OperationalError("why")
    error.sqlite_errorname = name
    sentence = str(trouble(error, Path("/state/journal.sqlite3")))
    assert told in sentence
    assert "/state/journal.sqlite3" in sentence
    assert "\n" not in sentence


def test_a_file_whose_connection_cannot_be_made_is_let_go_of(path: Path) -> None:
    raw = open_file(path)
    raw.set_authorizer(lambda *_: sqlite3.SQLITE_DENY)
    with pytest.raises(DatabaseError):
        core(raw, "BEGIN")
    with pytest.raises(sqlite3.ProgrammingError, match="closed"):
        raw.execute("SELECT 1")
