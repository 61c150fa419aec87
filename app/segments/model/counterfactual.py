"""The smallest changes that give a customer another segment, each one tried on the model: numbers in, numbers out."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Final

from app.segments.model.boundary_search import Line, first_entries
from app.segments.model.customer import MOST_CENTS, MOST_FREQUENCY, MOST_RECENCY, Customer, money
from app.segments.model.features import MONETARY, RECENCY
from app.segments.model.scoring import Scorer, Slugs
from app.segments.model.segment_table.table import SegmentTable

MOST_ORDERS: Final = 100
MOST_DAYS: Final = 3_650
CENTS: Final = 100


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
        return [replace(each, holds_until_recency=self._holds(each.result)) for each in found]

    def slug(self, customer: Customer) -> str:
        """The segment of a customer, alone."""
        return str(self._slugs([customer])[0])

    def _by_orders(self, customer: Customer) -> Iterator[Counterfactual]:
        """Orders placed now, each worth the customer's mean order."""
        each = customer.mean_order
        after = [Customer(0, customer.frequency + n, customer.monetary + n * each) for n in range(1, MOST_ORDERS + 1)]
        possible = [one for one in after if one.frequency <= MOST_FREQUENCY and one.cents <= MOST_CENTS]
        for n, slug in first_entries(self._slugs([customer, *possible])):
            yield Counterfactual(possible[n - 1], slug, orders=n, amount=n * each)

    def _by_amount(self, customer: Customer) -> Iterator[Counterfactual]:
        """More money, all else equal."""
        line = Line(self.scorer, self.table, self.scheme, customer.rfm, MONETARY, CENTS)
        for cents, slug in line.first_entries(customer.cents, MOST_CENTS):
            result = replace(customer, monetary=money(cents))
            yield Counterfactual(result, slug, amount=result.monetary - customer.monetary)

    def _by_days(self, customer: Customer) -> Iterator[Counterfactual]:
        """Days that pass without an order."""
        for recency, slug in self._over_days(customer).first_entries(customer.recency, _last_day(customer)):
            yield Counterfactual(replace(customer, recency=recency), slug, days=recency - customer.recency)

    def _holds(self, customer: Customer) -> int | None:
        end = self._over_days(customer).first_exit(customer.recency, _last_day(customer))
        return None if end is None else end - 1

    def _over_days(self, customer: Customer) -> Line:
        return Line(self.scorer, self.table, self.scheme, customer.rfm, RECENCY)

    def _slugs(self, customers: list[Customer]) -> Slugs:
        return self.scorer.slugs_alone([one.rfm for one in customers], self.table, self.scheme)


def _last_day(customer: Customer) -> int:
    return min(customer.recency + MOST_DAYS, MOST_RECENCY)
