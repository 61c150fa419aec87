"""A customer by three numbers, and how large they may be."""

from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from typing import Final

CENT: Final = Decimal("0.01")
MOST_RECENCY: Final = 36_500
MOST_FREQUENCY: Final = 2**31 - 1
MOST_CENTS: Final = 10**14 - 1


@dataclass(frozen=True)
class Customer:
    """Recency (days), frequency (invoices), monetary (currency units, two digits)."""

    recency: int
    frequency: int
    monetary: Decimal

    @property
    def rfm(self) -> list[float]:
        """The three as the model takes them."""
        return [float(self.recency), float(self.frequency), float(self.monetary)]

    @property
    def cents(self) -> int:
        """The monetary value in hundredths."""
        return int(self.monetary.scaleb(2))

    @property
    def mean_order(self) -> Decimal:
        """What one order is worth on average, to the cent, halves up."""
        return (self.monetary / self.frequency).quantize(CENT, ROUND_HALF_UP)


def money(cents: int) -> Decimal:
    """The amount in currency units."""
    return Decimal(cents).scaleb(-2)
