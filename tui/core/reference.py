"""The identity of a model: provider id and model id, written ``provider/model``."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, order=True)
class Reference:
    """A model at a provider. The model id may itself hold ``/`` and ``:``."""

    provider: str
    model: str

    def __str__(self) -> str:
        """The canonical form, stored and shown everywhere."""
        return f"{self.provider}/{self.model}"

    @classmethod
    def parse(cls, text: str) -> Reference | None:
        """Split ``text`` at its first slash; ``None`` if it holds none. Either part may come out empty."""
        provider, slash, model = text.partition("/")
        return cls(provider.strip(), model.strip()) if slash else None
