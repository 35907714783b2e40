"""The use of a model by its id, for lists that state none: embedding, image and audio models do no agent's work."""

from __future__ import annotations

from collections.abc import Collection

from tui.core.catalog import Use
from tui.core.resolver.ids import words

_USES: tuple[tuple[Use, frozenset[str]], ...] = (
    ("embedding", frozenset({"embedding", "embeddings", "embed", "rerank", "reranker"})),
    ("audio", frozenset({"audio", "tts", "whisper", "transcribe", "realtime", "speech"})),
    ("video", frozenset({"sora", "veo", "video"})),
    ("image", frozenset({"image", "dall", "imagen", "diffusion"})),
    ("other", frozenset({"moderation", "babbage", "davinci", "instruct", "aqa"})),
)
"""Words of an id that tell the use."""
_CHAT_ALL_THE_SAME = frozenset({"instruct"})
"""Words that tell something at OpenAI alone; elsewhere half of all chat models have them."""


def use_of(id_: str, made: Collection[str] | None = None, *, openai: bool = False) -> Use:
    """Return the use of a model by the words of its id, then by the kinds of output that it ``made``."""
    found = words(id_) - (frozenset() if openai else _CHAT_ALL_THE_SAME)
    for use, telling in _USES:
        if found & telling:
            return use
    if made and "text" not in made:
        return next((use for use in ("image", "audio", "video") if use in made), "other")
    return "chat"
