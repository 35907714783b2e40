"""How a journal is created, brought up to date, and left alone."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy.exc import OperationalError

from tests.store.samples import AT, mode_of, names_in, run
from tui.core.errors import JournalError
from tui.store.journal import Journal
from tui.store.migrate import SCRIPTS, upgrade
from tui.store.version import HEAD, prepare, version_of

BROKEN = """
import sqlalchemy as sa
from alembic import op

revision = "9000"
down_revision = "{down}"


def upgrade():
    op.create_table("half", sa.Column("made", sa.Text()))
    op.execute("UPDATE runs SET title = 'half'")
    op.execute("SELECT * FROM nothing_of_the_sort")
"""

GOOD = """
from alembic import op

revision = "8000"
down_revision = "{down}"


def upgrade():
    op.execute("ALTER TABLE runs ADD COLUMN colour TEXT")
"""


def structure(path: Path) -> dict[str, object]:
    """All that SQLite knows of the tables, whatever the words that made them."""
    with closing(sqlite3.connect(path)) as file:
        found: dict[str, object] = {}
        for name, sql in file.execute("SELECT name, sql FROM sqlite_master WHERE type = 'table'").fetchall():
            if name.startswith(("sqlite_", "alembic_")):
                continue
            indexes = {
                row[1]: (
                    row[2:],
                    file.execute(f"PRAGMA index_xinfo('{row[1]}')").fetchall(),
                    file.execute("SELECT sql FROM sqlite_master WHERE name = ?", (row[1],)).fetchone(),
                )
                for row in file.execute(f"PRAGMA index_list('{name}')")
            }
            found[name] = (
                file.execute(f"PRAGMA table_xinfo('{name}')").fetchall(),
                file.execute(f"PRAGMA foreign_key_list('{name}')").fetchall(),
                indexes,
                "WITHOUT ROWID" in sql,
                "AUTOINCREMENT" in sql,
            )
        return found


def scripts_with(folder: Path, **files: str) -> Path:
    """A copy of the shipped migrations with some more."""
    scripts = folder / "migrations 100%"
    (scripts / "versions").mkdir(parents=True)
    (scripts / "env.py").write_text((SCRIPTS / "env.py").read_text())
    for file in (SCRIPTS / "versions").glob("v*.py"):
        (scripts / "versions" / file.name).write_text(file.read_text())
    for name, text in files.items():
        (scripts / "versions" / f"{name}.py").write_text(text)
    return scripts


def set_version(path: Path, version: str) -> None:
    with closing(sqlite3.connect(path)) as file, file:
        file.execute("UPDATE alembic_version SET version_num = ?", (version,))


def test_a_new_journal_is_what_the_migrations_would_have_made(path: Path, tmp_path: Path) -> None:
    migrated = tmp_path / "migrated.sqlite3"
    migrated.touch()
    upgrade(migrated)
    assert structure(path) == structure(migrated)
    assert version_of(path) == version_of(migrated) == HEAD


def test_the_head_that_the_program_expects_is_the_newest_migration() -> None:
    config = Config()
    config.set_main_option("script_location", str(SCRIPTS))
    assert ScriptDirectory.from_config(config).get_heads() == [HEAD]


async def test_a_new_journal_is_made_where_nothing_was(tmp_path: Path) -> None:
    path = tmp_path / "not" / "yet" / "journal.sqlite3"
    journal = Journal.open(path, lambda: AT)
    await journal.create(run(), ())
    await journal.close()
    assert version_of(path) == HEAD
    assert mode_of(path.parent) == "0o700"


@pytest.mark.parametrize(
    "folder", ["a ?mode=ro#b", "100%41", "caf\udce9", "-x"], ids=["uri", "percent", "no_utf8", "dash"]
)
async def test_a_folder_may_have_any_name(tmp_path: Path, folder: str) -> None:
    path = tmp_path / folder / "journal.sqlite3"
    journal = Journal.open(path, lambda: AT)
    await journal.create(run(), ())
    await journal.close()
    assert names_in(path.parent) == ["journal.sqlite3"]


async def test_a_journal_that_lost_its_write_ahead_mode_gets_it_back(path: Path) -> None:
    with closing(sqlite3.connect(path)) as file:
        assert file.execute("PRAGMA journal_mode=DELETE").fetchone() == ("delete",)
    journal = Journal.open(path, lambda: AT)
    await journal.create(run(), ())
    assert journal.run("r_1") == run()
    assert "journal.sqlite3-wal" in names_in(path.parent)
    await journal.close()


@pytest.mark.parametrize("umask", [0o000, 0o022, 0o777])
async def test_only_its_owner_may_read_a_journal(tmp_path: Path, umask: int) -> None:
    path = tmp_path / "journal.sqlite3"
    before = os.umask(umask)
    try:
        journal = Journal.open(path, lambda: AT)
        await journal.create(run(), ())
        assert [mode_of(Path(f"{path}{end}")) for end in ("", "-wal", "-shm")] == ["0o600"] * 3
    finally:
        os.umask(before)
    await journal.close()


def test_a_journal_that_others_could_read_is_closed_to_them(path: Path) -> None:
    path.chmod(0o644)
    prepare(path)
    assert mode_of(path) == "0o600"


@pytest.mark.parametrize("state", ["new", "old"])
def test_the_process_that_opens_a_journal_never_loads_alembic(path: Path, tmp_path: Path, state: str) -> None:
    file = path if state == "old" else tmp_path / "new.sqlite3"
    code = (
        "import sys, pathlib; from tui.store.journal import Journal; Journal.open(pathlib.Path(sys.argv[1]), str);"
        "print({'alembic', 'mako', 'sqlalchemy.orm', 'aiosqlite', 'greenlet'} & set(sys.modules) or 'none')"
    )
    done = subprocess.run([sys.executable, "-c", code, str(file)], capture_output=True, text=True, check=True)
    assert done.stdout == "none\n", done.stderr


def test_an_interrupted_creation_is_begun_anew(tmp_path: Path) -> None:
    path = tmp_path / "journal.sqlite3"
    path.touch()
    prepare(path)
    assert version_of(path) == HEAD


async def test_an_older_journal_is_copied_and_then_brought_up_to_date(path: Path, tmp_path: Path) -> None:
    journal = Journal.open(path, lambda: AT)
    await journal.create(run(), ())
    await journal.close()
    scripts = scripts_with(tmp_path, v8000_colour=GOOD.format(down=HEAD))
    prepare(path, head="8000", scripts=scripts)
    copy = path.with_name(f"journal-{HEAD}.sqlite3")
    assert mode_of(copy) == "0o600"
    assert (version_of(path), version_of(copy)) == ("8000", HEAD)
    with closing(sqlite3.connect(path)) as file:
        assert file.execute("SELECT task_id, colour FROM runs").fetchall() == [("r_1", None)]
    assert names_in(path.parent) == [f"journal-{HEAD}.sqlite3", "journal.sqlite3"]


async def test_a_failed_migration_leaves_nothing_of_itself(path: Path, tmp_path: Path) -> None:
    journal = Journal.open(path, lambda: AT)
    await journal.create(run(), ())
    await journal.close()
    before = structure(path)
    scripts = scripts_with(tmp_path, v8000_colour=GOOD.format(down=HEAD), v9000_broken=BROKEN.format(down="8000"))
    with pytest.raises(OperationalError, match="nothing_of_the_sort"):
        upgrade(path, scripts)
    assert structure(path) == before
    assert version_of(path) == HEAD
    with pytest.raises(JournalError, match=r"can't be used: no such table: nothing_of_the_sort; it was left as it is"):
        prepare(path, head="9000", scripts=scripts)
    again = Journal.open(path, lambda: AT)
    assert again.run("r_1") == run()
    await again.close()


def test_a_newer_journal_is_left_alone(path: Path) -> None:
    set_version(path, "0099")
    before = path.read_bytes()
    with pytest.raises(JournalError, match=rf"has version 0099, newer than the {HEAD} .* install a newer Modeldeck"):
        Journal.open(path, lambda: AT)
    assert path.read_bytes() == before
    assert names_in(path.parent) == ["journal.sqlite3"]


def test_a_copy_that_can_not_be_made_stops_the_upgrade(path: Path) -> None:
    path.with_name(f"journal-{HEAD}.sqlite3").mkdir()
    with pytest.raises(
        JournalError, match=r"can't be copied before it is brought to 8000 .* the journal was left as it is"
    ):
        prepare(path, head="8000")
    assert version_of(path) == HEAD


def test_the_child_is_not_fooled_by_modules_in_the_folder_it_is_started_from(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "sqlalchemy.py").write_text("import pathlib; pathlib.Path('canary').touch()")
    monkeypatch.chdir(tmp_path)
    prepare(tmp_path / "journal.sqlite3")
    assert not (tmp_path / "canary").exists()
