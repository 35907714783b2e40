"""Whether single values make sense: models, numbers, names of variables, addresses.

Each rule is a row: where it looks (``*`` is any key or index) and what it says of a value there.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from tui.config import substeps
from tui.config.document import Data, Document, Place, Problem, kind_of, values_at
from tui.config.schema import hinted, shown
from tui.core.suggest import nearest

WRITTEN: tuple[Place, ...] = (
    ("default_model",),
    ("small_model",),
    ("aliases", "*"),
    ("stage_models", "*"),
    ("model_sets", "*"),
    ("command_models", "*", "*"),
    ("presets", "*", "*"),
    ("profiles", "*", "model"),
    ("workflows", "*", "stages", "*", "model"),
    ("workflows", "*", "stages", "*", "substeps", "*", "model"),
)
"""Where a model may be named."""

_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_PRICES = ("input", "output", "cache_read", "cache_write")
_REQUIREMENTS = ("vision",)

Rule = Callable[[Data], str | None]
"""Says what is wrong with a value, in words that go on from its name; ``None`` where it is right."""


def _model(value: Data) -> str | None:
    if value is None or isinstance(value, str):
        return None
    if not isinstance(value, dict):
        quotes = "; put it in quotes" if isinstance(value, int | float) else ""
        return f"must name a model by a text, by {{model, effort}}, or not at all; this is {kind_of(value)}{quotes}"
    for key, part in value.items():
        if key not in ("model", "effort"):
            return hinted(
                f"has an unknown key {key!r}; a model's map holds model and effort", nearest(key, ("model", "effort"))
            )
        if not (part is None or isinstance(part, str)):
            return f"has {kind_of(part)} as its {key}; write a text"
    return None


def _no_plain_tag(value: Data) -> str | None:
    model = value.get("model") if isinstance(value, dict) else value
    if isinstance(model, str) and model.strip() in ("node", "auto"):
        return f"can't be {model.strip()!r}, which itself falls back to this default; name a model, or agent-default"
    return None


def _positive(value: Data) -> str | None:
    return "must be more than 0" if isinstance(value, int | float) and not value > 0 else None


def _not_negative(value: Data) -> str | None:
    return "must not be negative" if isinstance(value, int | float) and value < 0 else None


def _variable(value: Data) -> str | None:
    # The value is not repeated: people paste the key itself here.
    if isinstance(value, str) and not _VARIABLE.fullmatch(value):
        return (
            "must be the name of an environment variable, such as ANTHROPIC_API_KEY; the key itself is never in a file"
        )
    return None


def _variables(value: Data) -> str | None:
    bad = [name for name in value if not _VARIABLE.fullmatch(name)] if isinstance(value, dict) else []
    return f"has {bad[0]!r}, which is no name of an environment variable" if bad else None


def _address(value: Data) -> str | None:
    if isinstance(value, str) and not re.fullmatch(r"https?://[^\s/]\S*", value):
        return "must be an address that begins with http:// or https://"
    return None


def _provider_ids(value: Data) -> str | None:
    bad = [name for name in value if not name or "/" in name or name != name.strip()] if isinstance(value, dict) else []
    return (
        f"has the id {bad[0]!r}; an id is not empty and holds no slash, for provider/model is split at it"
        if bad
        else None
    )


def _names(value: Data) -> str | None:
    bad = [name for name in value if not name.strip() or not name.isprintable()] if isinstance(value, dict) else []
    return f"has the name {bad[0]!r}; a name is not empty and holds printable characters alone" if bad else None


def _some_models(value: Data) -> str | None:
    return "is empty; list at least one model, or leave the key out" if value == [] else None


def _prices(value: Data) -> str | None:
    for name, price in value.items() if isinstance(value, dict) else ():
        if name not in _PRICES:
            return hinted(f"has an unknown key {name!r}; it holds {', '.join(_PRICES)}", nearest(name, _PRICES))
        if isinstance(price, int | float) and price < 0:
            return f"has a negative {name}"
    return None


def _requirements(value: Data) -> str | None:
    for name in value if isinstance(value, list) else ():
        if isinstance(name, str) and name not in _REQUIREMENTS:
            return hinted(
                f"has {name!r}; what can be required is {', '.join(_REQUIREMENTS)}", nearest(name, _REQUIREMENTS)
            )
    return None


def _agent(value: Data) -> str | None:
    if not isinstance(value, dict):
        return None
    kind = value.get("kind")
    if "rehearsal" in value and isinstance(kind, str) and kind != "rehearsal":
        return f"has the key rehearsal, which only an agent of kind rehearsal may have; this one is of kind {kind}"
    return None


RULES: tuple[tuple[Place, Rule], ...] = (
    *((path, _model) for path in WRITTEN),
    (("default_model",), _no_plain_tag),
    (("providers",), _provider_ids),
    (("agents",), _names),
    (("profiles",), _names),
    (("workflows",), _names),
    (("presets",), _names),
    (("agents", "*"), _agent),
    (("agents", "*", "env"), _variables),
    (("agents", "*", "retries"), _not_negative),
    (("agents", "*", "rehearsal", "seconds"), _not_negative),
    (("agents", "*", "rehearsal", "messages"), _not_negative),
    (("providers", "*", "api_key_env"), _variable),
    (("providers", "*", "base_url"), _address),
    (("providers", "*", "models"), _some_models),
    (("providers", "*", "models", "*", "price"), _prices),
    (("providers", "*", "models", "*", "context"), _positive),
    (("providers", "*", "models", "*", "output"), _positive),
    (("workflows", "*", "stages", "*", "requires"), _requirements),
    (("workflows", "*", "stages", "*", "timeout"), _positive),
    (("workflows", "*", "stages", "*"), substeps.stage_problem),
    (("workflows", "*", "stages", "*", "substeps"), substeps.list_problem),
    (("workflows", "*", "stages", "*", "substeps", "*", "name"), substeps.name_problem),
    (("limits", "attempts"), _positive),
    (("limits", "per_agent", "*"), _positive),
    (("limits", "max_output"), _positive),
    (("limits", "silence"), _positive),
    (("limits", "grace"), _not_negative),
    (("retention", "days"), _positive),
    (("retention", "output"), _positive),
    (("retention", "run_days"), _positive),
    (("retention", "runs"), _positive),
    (("remind_hours",), _positive),
)


def value_problems(document: Document) -> list[Problem]:
    """What the rules say of one layer; values of a wrong type are left to the shape."""
    return [
        Problem(document.line(path), f"{shown(path)} {wrong}")
        for pattern, rule in RULES
        for path, value in values_at(document.data, pattern)
        if (wrong := rule(value)) is not None
    ]
