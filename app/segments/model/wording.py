"""An explanation in plain words, with its numbers."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal

from app.segments.model.counterfactual import MOST_ORDERS, Counterfactual
from app.segments.model.explain import Centroid, Explanation, Fence, Naming
from app.segments.model.features import FREQUENCY, MONETARY, RECENCY

FORMULAS = {"above": "upper fence of {} (Q3 + 1.5 x IQR", "below": "lower fence of {} (Q1 - 1.5 x IQR"}


@dataclass(frozen=True)
class Wording:
    """Says things in English.

    - `names` of segments, by scheme and slug; `scheme`: the one that is explained (centroids are always of kmeans)
    - `currency`: an ISO 4217 code
    """

    names: Mapping[tuple[str, str], str]
    scheme: str
    currency: str

    def summary(self, found: Explanation) -> str:
        """The whole of it in a few sentences."""
        said = [self.fence(fence) for fence in found.fences if fence.outside]
        said.append(self.centroids(found))
        if found.naming:
            said.append(self.naming(found, found.naming))
        return " ".join([*said, *self._changes(found)])

    def fence(self, fence: Fence) -> str:
        """Which fence is crossed and by how much, or how far inside the value is."""
        is_money = fence.feature == "monetary"
        value, low, high, by = (
            self._in_unit(is_money, each) for each in (fence.value, fence.low, fence.high, fence.by)
        )
        what = f"Spending of {value}" if is_money else f"Frequency of {value}"
        if fence.outside is None:
            return f"{what} is inside the fences of {low} and {high}, {by} from the nearer one."
        crossed = FORMULAS[fence.outside].format(high if fence.outside == "above" else low)
        return f"{what} is {by} {fence.outside} the {crossed} of all customers): an outlier."

    def centroids(self, found: Explanation) -> str:
        """Which centroid is the nearest, and which the next."""
        following = f"the next is {self._centroid(found.next)}" if found.next else "there is no other"
        if found.own:
            return f"The nearest centroid is {self._centroid(found.own)}; {following}."
        away = f"; the nearest centroid is {self._centroid(found.next)}" if found.next else ""
        return f"Outliers have clusters of their own, here {found.cluster}{away}."

    def naming(self, found: Explanation, naming: Naming) -> str:
        """What was compared with what, and the row of the table that it met."""
        values, multiples = naming.values, naming.multiples
        amount = f"monetary {self._money(values[MONETARY])} ({_times(multiples[MONETARY])} the median of all customers)"
        orders = f"frequency {values[FREQUENCY]:g} ({_times(multiples[FREQUENCY])})"
        days = f"recency {values[RECENCY]:g} days (the median is {found.medians[RECENCY]:g})"
        numbers, row = f"{amount}, {orders}, {days}", f"the row of the table: {naming.row.words}."
        name = self._name(found.slug)
        if naming.compared == "customer":
            return f"The customer's own numbers give the name {name}: {numbers}. That is {row}"
        return f"The medians of cluster {found.cluster} give it the name {name}: {numbers}. That is {row}"

    def change(self, found: Counterfactual) -> str:
        """One change and what comes of it."""
        name = self._name(found.slug)
        if found.days:
            return f"Without an order this customer moves to {name} in {_many(found.days, 'day')}."
        return f"{self._more(found)} {_moves(found)} this customer to {name}{_stays(found)}."

    def _changes(self, found: Explanation) -> Iterable[str]:
        if not found.is_current:
            yield "The table of segments was changed since this name was given; the next training gives it anew."
            return
        orders, amount, days = (
            next((each for each in found.counterfactuals if test(each)), None) for test in (_orders, _amount, _days)
        )
        if orders and amount and orders.slug == amount.slug:
            more = self._more(amount)
            yield f"{self._more(orders)}, or {more}, moves this customer to {self._name(orders.slug)}."
        else:
            yield from (self.change(each) for each in (orders, amount) if each)
        if not orders and not amount:
            yield f"Neither up to {MOST_ORDERS} more orders nor more money alone gives another segment."
        if days:
            yield self.change(days)

    def _more(self, found: Counterfactual) -> str:
        if not found.orders:
            return f"{self._money(found.amount)} more"
        each = self._money(found.amount / found.orders)
        return f"{_count(found.orders)} of {each}{'' if found.orders == 1 else ' each'}"

    def _name(self, slug: str) -> str:
        return self.names[self.scheme, slug]

    def _centroid(self, centroid: Centroid) -> str:
        name = self.names["kmeans", centroid.slug]
        return f"that of cluster {centroid.cluster}, {name}, {centroid.distance:.2f} away"

    def _in_unit(self, is_money: bool, value: float) -> str:
        return self._money(value) if is_money else f"{value:,.10g}"

    def _money(self, amount: float | Decimal) -> str:
        return f"{self.currency} {amount:,.2f}"


def _orders(found: Counterfactual) -> bool:
    return found.orders > 0


def _days(found: Counterfactual) -> bool:
    return found.days > 0


def _amount(found: Counterfactual) -> bool:
    return not found.orders and not found.days


def _count(orders: int) -> str:
    return "One more order" if orders == 1 else f"{orders} more orders"


def _moves(found: Counterfactual) -> str:
    return "move" if found.orders > 1 else "moves"


def _stays(found: Counterfactual) -> str:
    if found.holds_until_recency is None:
        return ""
    days = found.holds_until_recency - found.result.recency
    other = "another" if found.orders else "an order"
    return f", for {_many(days, 'day')} without {other}" if days else ", for that day only"


def _many(count: int, what: str) -> str:
    return f"{count} {what}{'' if count == 1 else 's'}"


def _times(multiple: float | None) -> str:
    return "no multiple of 0," if multiple is None else f"{multiple:.4g}x"
