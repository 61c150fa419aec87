"""The smallest changes that give a customer another segment, each one tried on the model: numbers in, numbers out."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from decimal import ROUND_HALF_UP, Decimal
from typing import Final

import numpy as np

from app.segments.boundaries import monetary_boundaries
from app.segments.features import IntArray
from app.segments.names import SegmentTable
from app.segments.scoring import Scorer, Slugs

CENT: Final = Decimal("0.01")
MOST_ORDERS: Final = 100
MOST_DAYS: Final = 3_650
MOST_RECENCY: Final = 36_500
MOST_FREQUENCY: Final = 2**31 - 1
MOST_CENTS: Final = 10**14 - 1
NEAR: Final = np.arange(-2, 4)


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
    def mean_order(self) -> Decimal:
        """What one order is worth on average, to the cent, halves up."""
        return (self.monetary / self.frequency).quantize(CENT, ROUND_HALF_UP)


@dataclass(frozen=True)
class Counterfactual:
    """A change of one kind that gives the segment `slug`; one cent, order or day less of it does not.

    - `orders` more, together worth `amount`; or `amount` alone; or `days` without an order
    - `result`: the customer after the change
    - `holds_until_recency`: from the recency of the result up to this one, every day gives the same segment, and the
      next one does not; None where ten years change nothing
    """

    result: Customer
    slug: str
    orders: int = 0
    amount: Decimal = Decimal(0)
    days: int = 0
    holds_until_recency: int | None = None


@dataclass(frozen=True)
class Search:
    """Looks for changes of customers under one model, table and scheme; names of clusters are held fixed."""

    scorer: Scorer
    table: SegmentTable
    scheme: str

    def find(self, customer: Customer) -> list[Counterfactual]:
        """Return what leads to each other segment that can be reached, smallest first: orders, amounts, days."""
        found = [*self._by_orders(customer), *self._by_amount(customer), *self._by_days(customer)]
        return [replace(each, holds_until_recency=self._holds(each)) for each in found]

    def slugs(self, customers: list[list[float]]) -> Slugs:
        """The segment of each, alone."""
        return self.scorer.slugs_alone(customers, self.table, self.scheme)

    def _by_orders(self, customer: Customer) -> Iterator[Counterfactual]:
        """Orders placed now, each worth the customer's mean order."""
        each = customer.mean_order
        after = [Customer(0, customer.frequency + n, customer.monetary + n * each) for n in range(1, MOST_ORDERS + 1)]
        possible = [one for one in after if one.frequency <= MOST_FREQUENCY and _cents(one.monetary) <= MOST_CENTS]
        slugs = self.slugs([customer.rfm, *(one.rfm for one in possible)])
        for n, slug in _first_entries(slugs):
            yield Counterfactual(possible[n - 1], slug, orders=n, amount=n * each)

    def _by_amount(self, customer: Customer) -> Iterator[Counterfactual]:
        """More money, all else equal; what lies between two boundaries is one segment."""
        cents = self._cents_to_try(customer)
        slugs = self._at_cents(customer, cents)
        for place, slug in _first_entries(slugs):
            monetary = _money(self._least(customer, slug, cents[place - 1], cents[place]))
            amount = monetary - customer.monetary
            yield Counterfactual(replace(customer, monetary=monetary), slug, amount=amount)

    def _by_days(self, customer: Customer) -> Iterator[Counterfactual]:
        """Days that pass without an order."""
        for days, slug in _first_entries(self._over_days(customer)):
            yield Counterfactual(replace(customer, recency=customer.recency + days), slug, days=days)

    def _holds(self, found: Counterfactual) -> int | None:
        other = np.flatnonzero(self._over_days(found.result) != found.slug)
        return found.result.recency + int(other[0]) - 1 if len(other) else None

    def _over_days(self, customer: Customer) -> Slugs:
        last = max(min(customer.recency + MOST_DAYS, MOST_RECENCY), customer.recency)
        _, frequency, monetary = customer.rfm
        days = np.arange(customer.recency, last + 1, dtype=np.float64)
        others = np.broadcast_to([frequency, monetary], (len(days), 2))
        return self.scorer.slugs_alone(np.column_stack([days, others]), self.table, self.scheme)

    def _cents_to_try(self, customer: Customer) -> list[int]:
        """What the customer has, then the cents around each boundary and between two of them, ascending."""
        now = _cents(customer.monetary)
        if now > MOST_CENTS:
            return [now]
        bounds = np.multiply(100, monetary_boundaries(self.scorer, self.table, self.scheme, customer.rfm))
        inside = np.sort(bounds[(bounds >= now) & (bounds <= MOST_CENTS)])
        ends = np.concatenate([[now], inside, [MOST_CENTS]])
        tried: IntArray = np.concatenate(
            [(np.floor(inside)[:, None] + NEAR).ravel(), (ends[1:] + ends[:-1]) // 2, ends[-1:]]
        ).astype(np.int64)
        return [now, *(cents for cents in np.unique(tried).tolist() if now < cents <= MOST_CENTS)]

    def _least(self, customer: Customer, slug: str, below: int, at: int) -> int:
        """The least cents above `below`, which do not give `slug`, that do; those of `at` do."""
        while at - below > 1:
            between = (below + at) // 2
            if self._at_cents(customer, [between])[0] == slug:
                at = between
            else:
                below = between
        return at

    def _at_cents(self, customer: Customer, cents: list[int]) -> Slugs:
        recency, frequency, _ = customer.rfm
        return self.slugs([[recency, frequency, each / 100] for each in cents])


def _first_entries(slugs: Slugs) -> list[tuple[int, str]]:
    """(place, slug) of every slug but the first, where it stands for the first time."""
    seen = {slugs[0]: 0}
    for place in (np.flatnonzero(slugs[1:] != slugs[:-1]) + 1).tolist():
        seen.setdefault(slugs[place], place)
    return [(place, slug) for slug, place in seen.items() if place]


def _cents(amount: Decimal) -> int:
    return int(amount.scaleb(2))


def _money(cents: int) -> Decimal:
    return Decimal(cents).scaleb(-2)
