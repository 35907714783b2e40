"""OpenAI's list, and that of everybody who speaks like it: ``GET {base}/models`` with a bearer key.

Format: https://platform.openai.com/docs/api-reference/models/list. OpenAI itself gives ids alone. What compatible
servers add goes by several names, which are read where they are unmistakable: OpenRouter (``context_length``,
``architecture``, ``pricing`` in dollars per token, ``supported_parameters``), vLLM (``max_model_len``), Groq
(``context_window``, ``max_completion_tokens``), Mistral (``max_context_length``, ``capabilities``, ``deprecation``).
"""

from __future__ import annotations

from tui.catalog.fetch import Fetch, Request
from tui.catalog.reply import Row, count, dollars, flag, identifier, kinds, mapping, parsed, rows, text
from tui.core.catalog import Model, Price
from tui.core.resolver.uses import use_of

USUAL_BASE = "https://api.openai.com/v1"
_MILLION = 1e6


async def read(fetch: Fetch, base: str, key: str) -> tuple[Model, ...]:
    """Every model of the list. Raises :class:`ListError`."""
    headers = {"authorization": f"Bearer {key}"} if key else {}
    reply = parsed(await fetch(Request(f"{base}/models", headers)))
    listed = reply if isinstance(reply, list) else mapping(reply, "it").get("data")  # Together sends the bare list
    found: dict[str, Model] = {}
    for index, row in enumerate(rows(listed, "data")):
        model = _model(row, index, openai=base == USUAL_BASE)
        found.setdefault(model.id, model)
    return tuple(found.values())


def _model(row: Row, index: int, *, openai: bool) -> Model:
    id_ = identifier(row.get("id"), f"data[{index}].id")
    shape, top, able = _part(row, "architecture"), _part(row, "top_provider"), _part(row, "capabilities")
    parameters = _parameters(row.get("supported_parameters"))
    takes = kinds(shape.get("input_modalities"))
    if takes is None and flag(able.get("vision")) is not None:
        takes = ("text", "image") if able["vision"] else ("text",)
    return Model(
        id=id_,
        name=text(row.get("name")) if row.get("name") != id_ else None,
        description=text(row.get("description"), 200),
        status="deprecated" if text(row.get("deprecation")) or row.get("active") is False else "active",
        context=_first(row, "context_length", "context_window", "max_model_len", "max_context_length"),
        output=count(top.get("max_completion_tokens")) or count(row.get("max_completion_tokens")),
        price=_price(_part(row, "pricing")),
        input=takes,
        tools=flag(able.get("function_calling")) if parameters is None else "tools" in parameters,
        reasoning=None if parameters is None else "reasoning" in parameters,
        use=use_of(id_, kinds(shape.get("output_modalities")), openai=openai),
    )


def _part(row: Row, name: str) -> Row:
    part = row.get(name)
    return part if isinstance(part, dict) else {}


def _first(row: Row, *names: str) -> int | None:
    return next((found for name in names if (found := count(row.get(name))) is not None), None)


def _parameters(value: object) -> frozenset[str] | None:
    return frozenset(one for one in value if isinstance(one, str)) if isinstance(value, list) else None


def _price(said: Row) -> Price | None:
    price = Price(
        input=_per_token(said.get("prompt")),
        output=_per_token(said.get("completion")),
        cache_read=_per_token(said.get("input_cache_read")),
        cache_write=_per_token(said.get("input_cache_write")),
    )
    return price if price.input is not None or price.output is not None else None


def _per_token(value: object) -> float | None:
    """OpenRouter's prices are texts, dollars per token. Others have numbers of other meanings, which are left alone."""
    return dollars(value, _MILLION) if isinstance(value, str) else None
