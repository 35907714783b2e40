"""What a model costs, and what a step and a run have used and cost, in words. What nobody told is told as unknown."""

from __future__ import annotations

from decimal import Decimal, InvalidOperation

from tui.core.catalog import Model
from tui.core.plain import one_line
from tui.core.run import TERMINAL_STEP, Run, Step, Usage
from tui.dashboard.words import count, dollars, rehearsed, tokens


def money(text: str) -> str:
    """Dollars with two significant digits."""
    try:
        amount = Decimal(text)
    except InvalidOperation:
        return one_line(text)
    return f"{amount:.2f}" if amount >= Decimal("0.1") or amount == 0 else f"{amount:.2g}"


def price(model: Model | None) -> str:
    """What a million tokens cost, in and out."""
    known = model.price if model is not None else None
    return f"${dollars(known.input)}/{dollars(known.output)}" if known is not None else "price unknown"


def paid(step: Step) -> bool:
    """Whether a model was at work, so that there is a cost, known or not."""
    ran = step.type == "agent" and step.started_at is not None and not rehearsed(step)
    return ran and (step.status in TERMINAL_STEP or step.usage is not None)


def usage_words(usage: Usage) -> str:
    """Tokens in and out, with how many of those in came from a cache."""
    taken = usage.input + usage.cache_read + usage.cache_write
    cached = f" ({_amount(usage.cache_read)} cached)" if usage.cache_read else ""
    return f"{_amount(taken)} tokens in{cached}, {_amount(usage.output)} out"


def _amount(number: int) -> str:
    """A number of tokens: ``300``, ``1.2k``, ``48k``, ``1.5M``."""
    return f"{number / 1000:.1f}k" if 1000 <= number < 10_000 else tokens(number)


def step_spent(step: Step) -> str:
    """What a step used and cost; empty where no model was at work."""
    if not paid(step):
        return ""
    used = usage_words(step.usage) if step.usage is not None else "usage unknown"
    cost = f"${money(step.cost.usd)}" if step.cost and step.cost.usd else "cost unknown"
    return f"{used} · {cost}"


def run_cost(run: Run) -> str:
    """What a run cost so far, with how many of its steps are not in the sum; empty where no model was at work."""
    steps = [step for step in run.steps if paid(step)]
    known = [step.cost.usd for step in steps if step.cost and step.cost.usd]
    if not steps:
        return ""
    if not known:
        return "cost unknown"
    rest = f" + {count(len(steps) - len(known), 'step')} unknown" if len(known) < len(steps) else ""
    return f"${money(str(sum(map(Decimal, known))))}{rest}"


def run_usage(run: Run) -> str:
    """What the steps used together, as far as it is known."""
    used = [step.usage for step in run.steps if paid(step) and step.usage is not None]
    if not used:
        return ""
    return usage_words(
        Usage(
            sum(one.input for one in used),
            sum(one.cache_read for one in used),
            sum(one.cache_write for one in used),
            sum(one.output for one in used),
        )
    )
