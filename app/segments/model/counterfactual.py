"""Search for the smallest changes that move a customer to another segment, each verified with the model."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Final

from app.segments.model.boundary_search import BoundarySearch, first_entries
from app.segments.model.customer import MAX_CENTS, MAX_FREQUENCY, MAX_RECENCY, CustomerFeatures, money
from app.segments.model.features import MONETARY, RECENCY
from app.segments.model.scoring import Scorer
from app.segments.model.segment_table.table import SegmentTable, Slugs

MAX_ORDERS: Final = 100
MAX_DAYS: Final = 3_650
CENTS: Final = 100


@dataclass(frozen=True)
class Counterfactual:
    """Smallest change of one kind that leads to a segment; one cent, order or day less does not.

    Attributes:
        result: the customer after the change.
        slug: the segment.
        orders: number of additional orders with a total value of `amount`.
        amount: additional spending in currency units, with or without additional orders.
        days: days without an order.
        holds_until_recency: largest recency in days at which the result is still in the segment, None for ten years or
            more.
    """

    result: CustomerFeatures
    slug: str
    orders: int = 0
    amount: Decimal = Decimal(0)
    days: int = 0
    holds_until_recency: int | None = None


@dataclass(frozen=True)
class CounterfactualSearch:
    """Search for counterfactuals under one model, segment table and scheme; the names of clusters are constant."""

    scorer: Scorer
    segment_table: SegmentTable
    scheme: str

    def find(self, customer: CustomerFeatures) -> list[Counterfactual]:
        """Return the smallest changes to each reachable segment: by orders, by amounts, by days."""
        found = [*self._by_orders(customer), *self._by_amount(customer), *self._by_days(customer)]
        return [replace(each, holds_until_recency=self._holds(each.result)) for each in found]

    def slug(self, customer: CustomerFeatures) -> str:
        """Return the segment of a customer, scored independently of others."""
        return str(self._slugs([customer])[0])

    def _by_orders(self, customer: CustomerFeatures) -> Iterator[Counterfactual]:
        """Yield changes by orders placed now, each worth the customer's mean order."""
        mean = customer.mean_order
        after = [
            CustomerFeatures(0, customer.frequency + n, customer.monetary + n * mean) for n in range(1, MAX_ORDERS + 1)
        ]
        possible = [each for each in after if each.frequency <= MAX_FREQUENCY and each.cents <= MAX_CENTS]
        for n, slug in first_entries(self._slugs([customer, *possible])):
            yield Counterfactual(possible[n - 1], slug, orders=n, amount=n * mean)

    def _by_amount(self, customer: CustomerFeatures) -> Iterator[Counterfactual]:
        """Yield changes by additional spending without additional orders."""
        line = BoundarySearch(self.scorer, self.segment_table, self.scheme, customer.rfm, MONETARY, CENTS)
        for cents, slug in line.first_entries(customer.cents, MAX_CENTS):
            result = replace(customer, monetary=money(cents))
            yield Counterfactual(result, slug, amount=result.monetary - customer.monetary)

    def _by_days(self, customer: CustomerFeatures) -> Iterator[Counterfactual]:
        """Yield changes by days without an order."""
        for recency, slug in self._over_days(customer).first_entries(customer.recency, _last_day(customer)):
            yield Counterfactual(replace(customer, recency=recency), slug, days=recency - customer.recency)

    def _holds(self, customer: CustomerFeatures) -> int | None:
        end = self._over_days(customer).first_exit(customer.recency, _last_day(customer))
        return None if end is None else end - 1

    def _over_days(self, customer: CustomerFeatures) -> BoundarySearch:
        return BoundarySearch(self.scorer, self.segment_table, self.scheme, customer.rfm, RECENCY)

    def _slugs(self, customers: list[CustomerFeatures]) -> Slugs:
        return self.scorer.slugs_of_customers([one.rfm for one in customers], self.segment_table, self.scheme)


def _last_day(customer: CustomerFeatures) -> int:
    return min(customer.recency + MAX_DAYS, MAX_RECENCY)
