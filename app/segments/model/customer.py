"""Features of one customer, with exact amounts and limits."""

from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from typing import Final

CENT: Final = Decimal("0.01")
MAX_RECENCY: Final = 36_500
MAX_FREQUENCY: Final = 2**31 - 1
MAX_CENTS: Final = 10**14 - 1


@dataclass(frozen=True)
class CustomerFeatures:
    """Features of a customer.

    Attributes:
        recency: days since the last order.
        frequency: number of invoices.
        monetary: currency units, two decimals.
    """

    recency: int
    frequency: int
    monetary: Decimal

    @property
    def rfm(self) -> list[float]:
        """The features as the model takes them."""
        return [float(self.recency), float(self.frequency), float(self.monetary)]

    @property
    def cents(self) -> int:
        """The monetary value in cents."""
        return int(self.monetary.scaleb(2))

    @property
    def mean_order(self) -> Decimal:
        """Mean value of an order, rounded half up to the cent."""
        return (self.monetary / self.frequency).quantize(CENT, ROUND_HALF_UP)


def format_amount(amount: float | Decimal, digits: int = 2) -> str:
    """Return an amount with decimals, halves rounded up, and commas between thousands."""
    return f"{Decimal(str(amount)).quantize(Decimal(1).scaleb(-digits), ROUND_HALF_UP):,}"


def money(cents: int) -> Decimal:
    """Return an amount of cents in currency units."""
    return Decimal(cents).scaleb(-2)
