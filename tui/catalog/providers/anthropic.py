"""Anthropic's list: ``GET /v1/models``, paged by ``after_id``.

Format: https://docs.anthropic.com/en/api/models-list. Rows say limits and capabilities since 2026; compatible servers
leave them out.
"""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import quote

from tui.catalog.fetch import Fetch, Request
from tui.catalog.providers.paging import pages
from tui.catalog.reply import Row, count, flag, identifier, mapping, parsed, rows, text
from tui.core.catalog import Model
from tui.core.resolver.uses import use_of

USUAL_BASE = "https://api.anthropic.com"
VERSION = "2023-06-01"
_EFFORTS = ("low", "medium", "high", "xhigh", "max")


async def read(fetch: Fetch, base: str, key: str) -> tuple[Model, ...]:
    """Every model of the list. Raises :class:`ListError`."""
    address = f"{base.removesuffix('/v1')}/v1/models?limit=1000"
    headers = {"anthropic-version": VERSION, **({"x-api-key": key} if key else {})}

    async def page(cursor: str | None) -> tuple[list[Model], str | None]:
        url = f"{address}&after_id={quote(cursor, safe='')}" if cursor else address
        reply = mapping(parsed(await fetch(Request(url, headers))), "it")
        models = [_model(row, index) for index, row in enumerate(rows(reply.get("data"), "data"))]
        more = identifier(reply.get("last_id"), "last_id") if reply.get("has_more") is True else None
        return models, more

    return await pages(page)


def _model(row: Row, index: int) -> Model:
    id_ = identifier(row.get("id"), f"data[{index}].id")
    able = row.get("capabilities")
    able = able if isinstance(able, dict) else {}
    image, pdf = _supports(able, "image_input"), _supports(able, "pdf_input")
    return Model(
        id=id_,
        name=text(row.get("display_name")),
        context=count(row.get("max_input_tokens")),
        output=count(row.get("max_tokens")),
        input=None if image is None else ("text", *(("image",) if image else ()), *(("pdf",) if pdf else ())),
        attachment=image or pdf if image is not None and pdf is not None else None,
        reasoning=_supports(able, "thinking"),
        efforts=_efforts(able.get("effort")),
        use=use_of(id_),
    )


def _supports(able: Mapping[str, object], name: str) -> bool | None:
    said = able.get(name)
    return flag(said.get("supported")) if isinstance(said, dict) else None


def _efforts(said: object) -> tuple[str, ...] | None:
    if not isinstance(said, dict) or flag(said.get("supported")) is None:
        return None
    return tuple(level for level in _EFFORTS if said["supported"] and _supports(said, level))
