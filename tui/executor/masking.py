"""The edge where text of agents and providers enters, and where the log leaves: what was handed over is masked."""

from __future__ import annotations

import logging
from dataclasses import dataclass, replace
from typing import TypeVar

from tui.agents.base import Findings, Reader
from tui.agents.table import one_shot
from tui.config.codec import read_reply, write
from tui.core.plain import with_shown_addresses
from tui.core.reference import Reference
from tui.core.secrets import Secrets
from tui.core.verbs import Message

T = TypeVar("T")


def masked(value: T, secrets: Secrets) -> T:
    """Return ``value``, one of our dataclasses, with every value that was handed over masked in its texts."""
    data = write(value)
    clean = secrets.raw(data)
    return value if clean == data else read_reply(type(value), clean)


@dataclass(frozen=True)
class MaskedReader:
    """A reader that never sees what was handed over, and shows none of it.

    Lines are masked before they are read, so that no cut falls into a value. What was read is masked once more: JSON
    can write a value in more ways than can be looked for.
    """

    reader: Reader
    secrets: Secrets

    def feed(self, line: bytes, offset: int) -> tuple[Message, ...]:
        """Take one line."""
        found = self.reader.feed(self.secrets.raw(line), offset)
        return tuple(self._masked(message) for message in found)

    def findings(self) -> Findings:
        """Return what is known so far."""
        return masked(self.reader.findings(), self.secrets)

    def finish(self, exit_code: int | None, stderr: bytes) -> Findings:
        """Return what is known after the end."""
        return masked(self.reader.finish(exit_code, self.secrets.raw(stderr)), self.secrets)

    def _masked(self, message: Message) -> Message:
        text = self.secrets.text(message.text)
        model = self.secrets.text(message.model) if message.model else message.model
        return message if (text, model) == (message.text, message.model) else replace(message, text=text, model=model)


def reader_of(kind: str, attempt: str, sent: str | None, secrets: Secrets) -> Reader:
    """Return a fresh reader for the output of ``attempt``, whose agent is of ``kind`` and was sent ``sent``."""
    return MaskedReader(one_shot(kind).reader(attempt, Reference.parse(sent) if sent else None), secrets)


class LogFormatter(logging.Formatter):
    """Writes lines of the log, tracebacks too, without values that were handed over and credentials in addresses."""

    def __init__(self) -> None:
        super().__init__("%(asctime)s %(levelname)s %(name)s: %(message)s")
        self.secrets = Secrets()

    def format(self, record: logging.LogRecord) -> str:
        """Return the whole entry."""
        return with_shown_addresses(self.secrets.text(super().format(record)))
