"""Google's list: ``GET /v1beta/models``, paged by ``pageToken``. Format: https://ai.google.dev/api/models."""

from __future__ import annotations

from urllib.parse import quote

from tui.catalog.fetch import Fetch, Request
from tui.catalog.providers.paging import pages
from tui.catalog.reply import Row, count, flag, identifier, mapping, parsed, rows, text
from tui.core.catalog import Model, Use
from tui.core.resolver.uses import use_of

USUAL_BASE = "https://generativelanguage.googleapis.com"
_METHODS: dict[str, Use] = {"embedContent": "embedding", "embedText": "embedding", "predictLongRunning": "video"}
_LONGEST_TOKEN = 2_000


async def read(fetch: Fetch, base: str, key: str) -> tuple[Model, ...]:
    """Every model of the list. Raises :class:`ListError`."""
    address = f"{base.removesuffix('/v1beta')}/v1beta/models?pageSize=1000"
    headers = {"x-goog-api-key": key} if key else {}

    async def page(cursor: str | None) -> tuple[list[Model], str | None]:
        url = f"{address}&pageToken={quote(cursor, safe='')}" if cursor else address
        reply = mapping(parsed(await fetch(Request(url, headers))), "it")
        listed = rows(reply.get("models", []), "models")
        more = reply.get("nextPageToken")
        going_on = isinstance(more, str) and more != ""
        return [_model(row, index) for index, row in enumerate(listed)], more[:_LONGEST_TOKEN] if going_on else None  # type: ignore[index]

    return await pages(page)


def _model(row: Row, index: int) -> Model:
    what = f"models[{index}].name"
    id_ = identifier(identifier(row.get("name"), what).removeprefix("models/"), what)
    name, description = text(row.get("displayName")), text(row.get("description"), 200)
    return Model(
        id=id_,
        name=name,
        description=description if description != name else None,
        context=count(row.get("inputTokenLimit")),
        output=count(row.get("outputTokenLimit")),
        reasoning=flag(row.get("thinking")),
        use=_use(id_, row.get("supportedGenerationMethods")),
    )


def _use(id_: str, methods: object) -> Use:
    """``generateContent`` makes pictures and speech too, so the id counts first."""
    named = use_of(id_)
    if named != "chat" or not isinstance(methods, list) or "generateContent" in methods:
        return named
    return next((_METHODS[one] for one in methods if isinstance(one, str) and one in _METHODS), "other")
