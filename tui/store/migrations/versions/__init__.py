"""The migrations, by version."""
