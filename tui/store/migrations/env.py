"""What Alembic runs to migrate; the connection, in its one transaction, comes from ``tui.store.migrate``."""

from __future__ import annotations

from alembic import context

context.configure(connection=context.config.attributes["connection"], transactional_ddl=True)
context.run_migrations()
