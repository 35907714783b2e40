"""The real claude, and a server for it to talk to."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.anthropic_server import AnthropicServer
from tests.npm import claude_cli

__all__ = ["claude_cli", "provider"]


@pytest.fixture
def provider() -> Iterator[AnthropicServer]:
    """A fake provider on loopback."""
    with AnthropicServer() as server:
        yield server
