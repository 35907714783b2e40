"""A table of prices, made by a process of its own: ``python -m tui.catalog.price_table WANTED TABLE``.

genai-prices takes 100 MB, which the executor shall not carry. The file WANTED holds a JSON list of ``[reference,
provider id, base URL or null, model id]``. What is known of them comes into the file TABLE: ``{"source": ..., "rows":
{reference: {...} or null}}``, where null means that it was searched for and not found.
"""

from __future__ import annotations

import json
import re
import sys
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

from genai_prices.data_snapshot import find_provider_by_id, get_snapshot
from genai_prices.types import Provider, TieredPrices

from tui.catalog.private import keep

_PARTS = {
    "input": "input_mtok",
    "output": "output_mtok",
    "cache_read": "cache_read_mtok",
    "cache_write": "cache_write_mtok",
}


def main(wanted: Path, table: Path) -> int:
    """Write the table for what is wanted."""
    providers = get_snapshot().providers
    now = datetime.now(UTC)
    found = {
        reference: _row(_provider(providers, id_, url), model, now, providers)
        for reference, id_, url, model in json.loads(wanted.read_bytes())
    }
    keep(table, json.dumps({"source": f"genai-prices {version('genai-prices')}", "rows": found}).encode())
    return 0


def _provider(providers: list[Provider], id_: str, url: str | None) -> Provider | None:
    """Whose prices hold: at an address of one's own, those of whom the address belongs to, whatever the id is."""
    if url is not None:
        return next((one for one in providers if re.match(one.api_pattern, url)), None)
    return find_provider_by_id(providers, id_)


def _row(
    provider: Provider | None, model: str, now: datetime, providers: list[Provider]
) -> dict[str, str | float | int | None] | None:
    found = provider.find_model(model, all_providers=providers) if provider is not None else None
    if found is None:
        return None
    prices = found.get_prices(now)
    row: dict[str, str | float | int | None] = {
        name: _dollars(getattr(prices, key, None)) for name, key in _PARTS.items()
    }
    return {**row, "matched": found.id, "description": found.description, "context": found.context_window}


def _dollars(price: object) -> float | None:
    """The price of a small prompt, where it depends on the size."""
    base = price.base if isinstance(price, TieredPrices) else price
    return float(base) if base is not None else None  # type: ignore[arg-type]


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), Path(sys.argv[2])))
