"""Bring a journal to the newest version: ``python -m tui.store.migrate FILE``. The executor runs it as a child."""

from __future__ import annotations

import sqlite3
import sys
from contextlib import closing
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.util import CommandError
from sqlalchemy.exc import SQLAlchemyError

from tui.store.connect import core, open_file, trouble

SCRIPTS = Path(__file__).parent / "migrations"
"""The migrations that come with the package."""


def upgrade(path: Path, scripts: Path = SCRIPTS) -> None:
    """Run every migration that ``path`` still needs, all of them or, if one fails, none.

    Raises what SQLAlchemy, SQLite and Alembic raise.
    """
    config = Config()
    config.set_main_option("script_location", str(scripts).replace("%", "%%"))
    with closing(open_file(path)) as raw:
        mode = raw.execute("PRAGMA journal_mode=WAL").fetchone()[0]
        if mode != "wal":
            raise sqlite3.OperationalError(f"its file system allows no write-ahead log (it stays {mode!r})")
        with core(raw, "BEGIN IMMEDIATE") as connection, connection.begin():
            config.attributes["connection"] = connection
            command.upgrade(config, "head")


def main(arguments: list[str]) -> int:
    """Upgrade the file named first, with the scripts named second; 1 and a sentence on stderr if that failed."""
    path, scripts = Path(arguments[0]), Path(arguments[1]) if len(arguments) > 1 else SCRIPTS
    try:
        upgrade(path, scripts)
    except (SQLAlchemyError, sqlite3.Error) as error:
        sys.stderr.write(f"{trouble(error, path)}\n")
        return 1
    except CommandError as error:
        sys.stderr.write(f"The journal {path} can't be brought up to date: {error}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
