"""What a project's file may not do, and what one in a folder that is not trusted would do."""

from __future__ import annotations

from pathlib import Path

from tui.config.document import Data, Document
from tui.core.settings import Workflow


def listing(file: Path) -> tuple[tuple[str, ...], tuple[tuple[str, Workflow], ...]]:
    """What ``file`` would bring, as sentences, and its workflows. Nothing of it is contacted or run."""
    return (), ()


def restrain(document: Document, below: dict[str, Data]) -> list[str]:
    """Take out of a trusted project's ``document`` what no project may say; the sentences tell what and why."""
    return []
