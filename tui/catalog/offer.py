"""What is on offer here: the shipped catalog and the configured providers, and whether there are keys for them."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from tui.catalog.shipped import ShippedProvider, shipped
from tui.config.codec import write
from tui.core.catalog import Catalog, KeyState, ListState, Model, Price, Provider, Source
from tui.core.resolver.uses import use_of
from tui.core.settings import ModelEntry, ProviderSettings, Settings

FROM_CONFIGURATION = "the configuration"


def offered(settings: Settings, handed: Mapping[str, str], home: Path) -> Catalog:
    """The catalog for ``settings``.

    ``handed`` are the variables that were handed over, ``home`` is where agents keep their logins. A provider that
    the settings name has source ``config``. Of the others, one whose usual variable was handed over has source ``env``;
    the rest have ``api``, with a key when an agent is logged in there. The digest is the same for the same content.
    """
    named = [_configured(id_, given, handed, home) for id_, given in settings.providers.items()]
    others = [_usual(known, handed, home) for id_, known in shipped().items() if id_ not in settings.providers]
    providers = (*named, *others)
    content = b"\n".join(write(provider) for provider in providers)
    return Catalog(providers, hashlib.sha256(content).hexdigest()[:16])


def _configured(id_: str, given: ProviderSettings, handed: Mapping[str, str], home: Path) -> Provider:
    known = _known(id_, given)
    facts = {model.id: model for model in known.models} if known else {}
    listed: ListState = "listed" if given.models else "not_listed"
    models = tuple(_listed(entry, facts.get(entry.id)) for entry in given.models)
    return Provider(
        id=id_,
        name=given.name or (known.name if known and known.id == id_ else None),
        source="config",
        key=_key(given.api_key_env, known.login if known and given.base_url is None else None, handed, home),
        list=listed,
        models=models if given.models else tuple(facts.values()),
    )


def _usual(known: ShippedProvider, handed: Mapping[str, str], home: Path) -> Provider:
    in_environment = bool(handed.get(known.api_key_env, "").strip())
    source: Source = "env" if in_environment else "api"
    return Provider(
        id=known.id,
        name=known.name,
        source=source,
        key=_key(known.api_key_env, known.login, handed, home),
        list="not_listed",
        models=known.models,
    )


def known_models(id_: str, given: ProviderSettings | None) -> tuple[Model, ...]:
    """The shipped rows about a provider's models."""
    known = _known(id_, given) if given else shipped().get(id_)
    return known.models if known else ()


def by_hand(entry: ModelEntry) -> Model:
    """What the configuration says of a model, and nothing else."""
    return _listed(entry, None)


def _known(id_: str, given: ProviderSettings) -> ShippedProvider | None:
    """The vendor whose models ``given`` offers: by its id, or by its kind where it is at the vendor's own address."""
    by_kind = given.kind if given.base_url is None else ""
    return shipped().get(id_) or shipped().get(by_kind)


def _key(variable: str | None, login: str | None, handed: Mapping[str, str], home: Path) -> KeyState:
    value = handed.get(variable) if variable else None
    if (value is not None and value.strip()) or (login is not None and (home / login).is_file()):
        return "present"
    return "absent" if value is None else "empty"


def _listed(entry: ModelEntry, known: Model | None) -> Model:
    """A model listed by hand; what the entry leaves out is taken from the shipped row of that id, if there is one."""
    base = known or Model(entry.id)
    said = {
        name: value
        for name in ("name", "context", "output", "input", "attachment", "tools", "reasoning", "efforts")
        if (value := getattr(entry, name)) is not None
    }
    price = Price(**entry.price) if entry.price else base.price
    sources = ([FROM_CONFIGURATION] if said or entry.price or not known else []) + [base.facts_from or ""]
    use = entry.use or (known.use if known else use_of(entry.id))
    return replace(base, **said, use=use, price=price, facts_from="; ".join(filter(None, sources)))
