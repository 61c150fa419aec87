"""Smallest changes that move a customer to another segment, each verified on the model."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Final

from app.segments.model.boundary_search import BoundarySearch, first_entries
from app.segments.model.customer import MOST_CENTS, MOST_FREQUENCY, MOST_RECENCY, Customer, money
from app.segments.model.features import MONETARY, RECENCY
from app.segments.model.scoring import Scorer, Slugs
from app.segments.model.segment_table.table import SegmentTable

MOST_ORDERS: Final = 100
MOST_DAYS: Final = 3_650
CENTS: Final = 100


@dataclass(frozen=True)
class Counterfactual:
    """Smallest change of one kind that leads to a segment; one cent, order or day less does not.

    Attributes:
        result: the customer after the change.
        slug: the segment.
        orders: additional orders, together worth `amount`.
        amount: additional spending in currency units, of the orders or alone.
        days: days without an order.
        holds_until_recency: last recency in days at which the result is in the segment, None for ten years or more.
    """

    result: Customer
    slug: str
    orders: int = 0
    amount: Decimal = Decimal(0)
    days: int = 0
    holds_until_recency: int | None = None


@dataclass(frozen=True)
class CounterfactualSearch:
    """Search for counterfactuals under one model, segment table and scheme; the names of clusters are constant."""

    scorer: Scorer
    table: SegmentTable
    scheme: str

    def find(self, customer: Customer) -> list[Counterfactual]:
        """Return the smallest changes to each reachable segment: by orders, by amounts, by days."""
        found = [*self._by_orders(customer), *self._by_amount(customer), *self._by_days(customer)]
        return [replace(each, holds_until_recency=self._holds(each.result)) for each in found]

    def slug(self, customer: Customer) -> str:
        """Return the segment of a customer, scored alone."""
        return str(self._slugs([customer])[0])

    def _by_orders(self, customer: Customer) -> Iterator[Counterfactual]:
        """Yield changes by orders placed now, each worth the customer's mean order."""
        mean = customer.mean_order
        after = [Customer(0, customer.frequency + n, customer.monetary + n * mean) for n in range(1, MOST_ORDERS + 1)]
        possible = [each for each in after if each.frequency <= MOST_FREQUENCY and each.cents <= MOST_CENTS]
        for n, slug in first_entries(self._slugs([customer, *possible])):
            yield Counterfactual(possible[n - 1], slug, orders=n, amount=n * mean)

    def _by_amount(self, customer: Customer) -> Iterator[Counterfactual]:
        """Yield changes by additional spending alone."""
        line = BoundarySearch(self.scorer, self.table, self.scheme, customer.rfm, MONETARY, CENTS)
        for cents, slug in line.first_entries(customer.cents, MOST_CENTS):
            result = replace(customer, monetary=money(cents))
            yield Counterfactual(result, slug, amount=result.monetary - customer.monetary)

    def _by_days(self, customer: Customer) -> Iterator[Counterfactual]:
        """Yield changes by days without an order."""
        for recency, slug in self._over_days(customer).first_entries(customer.recency, _last_day(customer)):
            yield Counterfactual(replace(customer, recency=recency), slug, days=recency - customer.recency)

    def _holds(self, customer: Customer) -> int | None:
        end = self._over_days(customer).first_exit(customer.recency, _last_day(customer))
        return None if end is None else end - 1

    def _over_days(self, customer: Customer) -> BoundarySearch:
        return BoundarySearch(self.scorer, self.table, self.scheme, customer.rfm, RECENCY)

    def _slugs(self, customers: list[Customer]) -> Slugs:
        return self.scorer.slugs_alone([one.rfm for one in customers], self.table, self.scheme)


def _last_day(customer: Customer) -> int:
    return min(customer.recency + MOST_DAYS, MOST_RECENCY)
