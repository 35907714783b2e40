"""What follows from what claude said: who answered, what it cost, whether it failed and why."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from decimal import Decimal

from tui.agents.base import Findings
from tui.agents.lines import TEXT_LIMIT, Object, bounded, count, items, obj, text, word
from tui.agents.own_commands import says_unknown
from tui.core.errors import ErrorBody
from tui.core.evidence import Grade, same_model
from tui.core.plain import ends, one_line, plain
from tui.core.run import Cost, SideCall, Usage

UNKNOWN_COMMAND = "unknown_command"


@dataclass
class Heard:
    """What a reader remembers of one attempt."""

    sent: str | None
    version: str | None = None
    echo: str | None = None
    """``init.model``: what claude set out to ask for."""
    answered: list[str] = field(default_factory=list)
    side: list[str] = field(default_factory=list)
    """Models of sub-agents' answers."""
    notes: list[str] = field(default_factory=list)
    error_kind: str = ""
    unreachable: bool = False
    own_words: str = ""
    """The last text that claude itself put in place of an answer."""
    result: Object | None = None
    """The last ``result`` event."""
    ended: bool = False


@dataclass(frozen=True)
class _Cause:
    """A kind of failure: its code, and what to say and do about it."""

    code: str
    sentence: str


_CAUSES: dict[str, _Cause] = {
    "authentication_failed": _Cause("authentication", "the provider refused the key, or there is none; check the key"),
    "model_not_found": _Cause("model_not_found", "the provider does not know the model {model}; pick another"),
    "rate_limit": _Cause("rate_limit", "the provider's rate limit was reached; wait, or pick another model"),
    "overloaded": _Cause("overloaded", "the provider is overloaded; try again later, or pick another model"),
    "server_error": _Cause("provider_failed", "the provider failed; try again later"),
    "billing_error": _Cause("billing", "the provider wants to be paid; check the account"),
    "unreachable": _Cause(
        "unreachable_provider", "the provider could not be reached, or the line broke; check its base URL"
    ),
}
_BY_STATUS = {
    401: "authentication_failed",
    403: "authentication_failed",
    404: "model_not_found",
    429: "rate_limit",
    529: "overloaded",
}


def failure(heard: Heard, exit_code: int | None, errors: str) -> ErrorBody | None:
    """Why the attempt failed, or ``None`` if it did not."""
    status = "" if exit_code is None else f" with exit status {exit_code}"
    tail = one_line(errors)
    # An interruption early in an answer ends with a result that says so, a later one with none.
    if heard.result is None and heard.version is None:
        return ErrorBody("agent_failed", f"claude did not start and ended{status}. {tail}".strip())
    aborted = heard.result is not None and text(heard.result.get("terminal_reason")).startswith("aborted")
    if heard.result is None or not heard.ended or aborted:
        return ErrorBody("agent_failed", f"claude was interrupted: it ended{status} before it was done. {tail}".strip())
    if heard.result.get("is_error") is True or text(heard.result.get("subtype")).startswith("error"):
        return _provider_error(heard, heard.result)
    if not _models(heard.result) and not heard.answered:
        said = one_line(heard.own_words or text(heard.result.get("result")))
        return ErrorBody(
            "no_model_called",
            f"claude called no model: it took the prompt for a command of its own. {said} "
            "Name a command of your own: .claude/commands in the project, or ~/.claude/commands.",
        )
    if says_unknown(answer := text(heard.result.get("result"))):
        return ErrorBody(UNKNOWN_COMMAND, f"claude did not know the command: {one_line(answer, 300)}")
    return None


def _provider_error(heard: Heard, result: Object) -> ErrorBody:
    number = count(result.get("api_error_status"))
    kind = "unreachable" if heard.unreachable else _BY_STATUS.get(number, heard.error_kind)
    said = bounded(text(result.get("result")), 400) or "; ".join(
        word(error, 400) for error in items(result.get("errors"))[:3]
    )
    cause = _CAUSES.get(kind)
    code = f" ({number})" if number else ""
    if cause is None:
        ended = word(result.get("subtype")).replace("_", " ")
        return ErrorBody("agent_failed", one_line(f"claude failed{code}: {said or ended}", 800))
    sentence = cause.sentence.format(model=heard.echo or heard.sent)
    return ErrorBody(cause.code, one_line(f"claude: {sentence}{code}. It said: {said}", 800))


def conclude(heard: Heard, error: ErrorBody | None = None, errors: str = "", *, over: bool = False) -> Findings:
    """Everything that follows from ``heard``. ``over``: nothing more will come."""
    result = heard.result or {}
    models = _models(result)
    answered, grade = _answer(heard, models, done=over and error is None)
    if error is not None and error.code == UNKNOWN_COMMAND:
        answered, grade = (), None  # the step's own work was never asked for, so nobody answered it
    own = _own(heard, models, answered)
    notes = list(heard.notes)
    if heard.sent and heard.echo and not same_model(heard.sent, heard.echo):
        notes.append(f"claude turned {heard.sent} into {heard.echo} before it asked")
    denied = sorted({word(obj(one).get("tool_name")) for one in items(result.get("permission_denials"))})
    if denied:
        notes.append(f"tools that were denied: {', '.join(denied)}")
    if "Unknown --effort value" in errors:
        notes.append("claude did not know the effort and used its default")
    return Findings(
        answered=answered,
        evidence=grade,
        usage=_sum(models, own) if own else _plain_usage(obj(result.get("usage"))) if answered and result else None,
        cost=_cost(heard, models, own, answered) if own or (answered and result) else None,
        side_calls=_side_calls(heard, models, own),
        note=bounded("; ".join(notes), 800) or None,
        agent_version=heard.version or None,
        confirmed_model=heard.echo,
        result=None if error else ends(plain(text(result.get("result"))).strip("\n"), TEXT_LIMIT) or None,
        error=error,
        ended=heard.ended,
    )


def _answer(heard: Heard, models: dict[str, Object], *, done: bool) -> tuple[tuple[str, ...], Grade | None]:
    """Who answered, and what that is worth. The usage report and the echo count only at a good end."""
    if heard.answered:
        return tuple(heard.answered), "A"
    if not done:
        return (), None
    if models:
        named = [name for name in models if any(same_model(name, one) for one in (heard.sent, heard.echo) if one)]
        return tuple(named or models), "B"
    return (), "C" if heard.echo else "D"


def _own(heard: Heard, models: dict[str, Object], answered: tuple[str, ...]) -> tuple[str, ...]:
    """The entries of the usage report that are the step's own work; they bear the model asked for, not who answered."""
    mine = [one for one in (*answered, heard.echo, heard.sent) if one]
    return tuple(name for name in models if any(same_model(name, one) for one in mine))


def _models(result: Object) -> dict[str, Object]:
    """The usage report by model, names made plain."""
    report = obj(result.get("modelUsage"))
    return {word(name): obj(entry) for name, entry in list(report.items())[:50] if word(name)}


def _usage(entry: Object) -> Usage:
    return Usage(
        input=count(entry.get("inputTokens")),
        cache_read=count(entry.get("cacheReadInputTokens")),
        cache_write=count(entry.get("cacheCreationInputTokens")),
        output=count(entry.get("outputTokens")),
        reasoning=count(entry.get("thinkingTokens")),
    )


def _plain_usage(usage: Object) -> Usage:
    """The usage of a result without a report by model."""
    return Usage(
        input=count(usage.get("input_tokens")),
        cache_read=count(usage.get("cache_read_input_tokens")),
        cache_write=count(usage.get("cache_creation_input_tokens")),
        output=count(usage.get("output_tokens")),
        reasoning=count(obj(usage.get("output_tokens_details")).get("thinking_tokens")),
    )


def _sum(models: dict[str, Object], names: tuple[str, ...]) -> Usage:
    parts = [_usage(models[name]) for name in names]
    return Usage(
        input=sum(part.input for part in parts),
        cache_read=sum(part.cache_read for part in parts),
        cache_write=sum(part.cache_write for part in parts),
        output=sum(part.output for part in parts),
        reasoning=sum(part.reasoning for part in parts),
    )


def _price(heard: Heard, name: str, entry: Object) -> Cost:
    """What claude's own price list says; for a model that is not on it claude makes a price up, so there is none."""
    if entry.get("costBasis") != "list":
        return Cost(None, f"unknown: claude has no list price for {name}")
    amount = entry.get("costUSD")
    if not isinstance(amount, int | float) or not math.isfinite(amount) or not 0 <= amount < 1e9:
        return Cost(None, "unknown: claude gave no sum")
    return Cost(_dollars(Decimal(str(amount))), f"list price of claude {heard.version or ''}".rstrip())


def _dollars(amount: Decimal) -> str:
    """An amount as decimal text, to the millionth of a dollar, without needless zeros."""
    return f"{amount.quantize(Decimal('0.000001')):f}".rstrip("0").rstrip(".") or "0"


def _cost(heard: Heard, models: dict[str, Object], own: tuple[str, ...], answered: tuple[str, ...]) -> Cost:
    """The cost of the step's own work; unknown if any part of it is, or if another model answered than was priced."""
    for model in answered:
        if own and not any(same_model(model, name) for name in own):
            return Cost(None, f"unknown: claude priced {own[0]}, and {model} answered")
    prices = [_price(heard, name, models[name]) for name in own]
    for price in prices:
        if price.usd is None:
            return price
    if not prices:
        return Cost(None, "unknown: claude reported no usage")
    return Cost(_dollars(sum((Decimal(price.usd or 0) for price in prices), Decimal(0))), prices[0].source)


def _side_calls(heard: Heard, models: dict[str, Object], own: tuple[str, ...]) -> tuple[SideCall, ...]:
    """What went to other models than the step's own: sub-agents by their answers, all else by the usage report."""
    calls: dict[str, SideCall] = {}
    for name, entry in models.items():
        if name not in own:
            purpose = "sub-agent" if any(same_model(name, one) for one in heard.side) else None
            calls[name] = SideCall(name, purpose, _usage(entry), _price(heard, name, entry))
    for name in heard.side:
        if not any(same_model(name, one) for one in (*models, *heard.answered)):
            calls[name] = SideCall(name, "sub-agent")
    return tuple(calls.values())
