"""The journal: tables, queries, migrations."""
