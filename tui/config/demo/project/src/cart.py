"""A shopping cart. Amounts are whole cents."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass
class Cart:
    """What somebody is about to buy."""

    amounts: list[int] = field(default_factory=list)

    def add(self, amount: int, count: int = 1) -> None:
        """Put ``count`` things of ``amount`` cents in."""
        self.amounts.extend([amount] * count)

    def total(self, discount: int = 0) -> int:
        """What is to be paid, in cents."""
        return sum(self.amounts) - discount
