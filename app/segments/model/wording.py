"""Wording of explanations in English sentences."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Final

import numpy as np

from app.segments.model.counterfactual import MAX_ORDERS, Counterfactual
from app.segments.model.customer import format_amount
from app.segments.model.explain import ExpectedSpend, Explanation, Fence, Naming
from app.segments.model.features import FEATURES, FREQUENCY, MONETARY, RECENCY
from app.segments.model.naming import NAME_MARGIN
from app.segments.model.rfm_scores import SCORES, ScoreRange, value_scores
from app.segments.model.segment_table.table import SegmentTableRow

TIMES: Final = {
    2: "twice",
    **dict(enumerate(("three", "four", "five", "six", "seven", "eight", "nine", "ten"), start=3)),
}
WHOLE_TOLERANCE: Final = 0.05
"""Relative distance within which a multiple is worded as a whole number."""
UNITS: Final = {"recency": "day", "frequency": "order"}
LEAST_STATED_MULTIPLE: Final = 1.5
"""Smaller multiples are worded as "more than"."""


@dataclass(frozen=True)
class Wording:
    """English sentences about explanations.

    Attributes:
        names: names of segments, by scheme and slug.
        scheme: scheme of the explanation.
        currency: ISO 4217 code; None if none is declared.
        as_of: day from which recencies count; None if it is unknown.
    """

    names: Mapping[tuple[str, str], str]
    scheme: str
    currency: str | None
    as_of: date | None = None

    def summary(self, found: Explanation) -> str:
        """Return the explanation in a few sentences."""
        sentences = [self._headline(found), *(self._unusual(fence) for fence in found.fences if fence.outside)]
        if found.naming and found.naming.expected is not None:
            return " ".join([*sentences, self._expected(found.naming.expected)])
        if found.naming and found.naming.compared == "cluster":
            sentences.append(f"Customers of this group typically have {self._numbers(found.naming.values)}.")
        return " ".join([*sentences, *self._changes(found)])

    def fence(self, fence: Fence) -> str:
        """Return the comparison of a value with its usual range."""
        value = self._amount(fence.feature, fence.value)
        high = self._amount(fence.feature, fence.high)
        low = None if fence.low is None else self._amount(fence.feature, fence.low)
        usual = f"from {low} to {high}" if low else f"up to {high}"
        if fence.outside is None:
            return f"{value}: within the usual range, {usual}."
        by = self._amount(fence.feature, fence.by)
        return f"{value}: {by} {fence.outside} the usual range, {usual}."

    def naming(self, found: Explanation, naming: Naming) -> str:
        """Return the compared features and the matching row of the segment table."""
        if naming.scores is not None:
            return self._scores(found, naming, naming.scores)
        if naming.expected is not None:
            return self._expected(naming.expected)
        subject = "The customer" if naming.compared == "customer" else f"Cluster {found.cluster} (medians)"
        orders, amount = (_multiple(naming.multiples[feature]) for feature in (FREQUENCY, MONETARY))
        return (
            f"{subject}: {self._numbers(naming.values)}. Compared with all customers: {orders} the median number of "
            f"orders, {amount} the median spending, median recency {_many(found.medians[RECENCY], 'day')}. "
            f"Row of the segment table for {self._name(found.slug)}: {naming.row.words}.{self._origin(found, naming)}"
        )

    def _origin(self, found: Explanation, naming: Naming) -> str:
        """Return why the name is not that of the row that covers the medians; nothing if it is."""
        if naming.origin == "kept":
            margin = f"{NAME_MARGIN * 100:.0f} %"
            return f" The name is kept, because the medians are within {margin} of the bounds of this row."
        if naming.origin == "replaced" and isinstance(naming.row, SegmentTableRow):
            days = _many(naming.row.first_sale_above_days or 0, "day")
            return (
                f" It replaces {self._name(naming.row.instead_of or found.slug)}, because the median first sale of the "
                f"customers of the cluster was more than {days} ago."
            )
        return ""

    def _scores(self, found: Explanation, naming: Naming, scores: tuple[int, ...]) -> str:
        words = [f"{name} {score}" for name, score in zip(FEATURES, scores, strict=True)]
        ranges = [f" ({self._range(*pair)})" for pair in zip(FEATURES, naming.score_ranges, strict=False)] or [""] * 3
        each = ", ".join(map("".join, zip(words, ranges, strict=True)))
        value = value_scores(np.array([scores]))[0]
        return (
            f"The customer: {self._numbers(naming.values)}. RFM scores from 1 to {SCORES}: {each}, in sum "
            f"{sum(scores)}; value score, the mean of frequency and monetary rounded up: {value}. "
            f"Row of the segment table for {self._name(found.slug)}: {naming.row.words}."
        )

    def _range(self, feature: str, found: ScoreRange) -> str:
        """Return the values that have a score: "more than 2 orders, up to 5 orders"."""
        bounds = [f"more than {self._amount(feature, found.above)}"] if found.above is not None else []
        bounds += [f"up to {self._amount(feature, found.up_to)}"] if found.up_to is not None else []
        return ", ".join(bounds)

    def _expected(self, expected: ExpectedSpend) -> str:
        low, high = expected.range
        bounds = [f"at least {self._money(low)}"] if low is not None else []
        bounds += [f"less than {self._money(high)}"] if high is not None else []
        edges = f", {' and '.join(bounds)}, the edges of the band as measured on {expected.as_of}" if bounds else ""
        return f"Expected spend in the next {_many(expected.days, 'day')}: {self._money(expected.spend)}{edges}."

    def change(self, found: Counterfactual) -> str:
        """Return one change and the resulting segment."""
        name = self._name(found.slug)
        if found.days:
            return f"Without an order this customer moves to {name} in {_many(found.days, 'day')}."
        return f"{self._more(found)} {_moves(found)} this customer to {name}{_stays(found)}."

    def _headline(self, found: Explanation) -> str:
        customer = found.customer
        orders = f"{_many(customer.frequency, 'order')}{_compared(customer.frequency, found.medians[FREQUENCY])}"
        money, last = self._money(customer.monetary), self._last_order(customer.recency)
        return f"{_singular(self._name(found.slug))}: {orders}, {money}, last order {last}."

    def _last_order(self, recency: int) -> str:
        if recency >= 0 or self.as_of is None:
            return _ago(recency)
        return f"{_ago(recency)}, on {self.as_of - timedelta(recency)}: a date in the future"

    def _unusual(self, fence: Fence) -> str:
        is_more, is_money = fence.outside == "above", fence.feature == "monetary"
        bound = fence.high if is_more else fence.low or 0
        limit = f"{'more' if is_more else 'less'} than {self._amount(fence.feature, bound)}"
        if is_money:
            return f"Spends unusually {'much' if is_more else 'little'}: {limit}."
        return f"Orders unusually {'often' if is_more else 'rarely'}: {limit}."

    def _changes(self, found: Explanation) -> Iterator[str]:
        if not found.is_current:
            yield "The segment table was changed after this segment was assigned; the next training run updates it."
            return
        orders = next((each for each in found.counterfactuals if each.orders), None)
        days = next((each for each in found.counterfactuals if each.days), None)
        amount = next((each for each in found.counterfactuals if not each.orders and not each.days), None)
        if orders and amount and orders.slug == amount.slug:
            first, second = (f"{self._more(each)}{_stays_briefly(each)}" for each in (orders, amount))
            yield f"{first}, or {second}, moves this customer to {self._name(orders.slug)}."
        else:
            yield from (self.change(each) for each in (orders, amount) if each)
        if not orders and not amount:
            yield f"Neither up to {MAX_ORDERS} more orders nor more spending alone leads to another segment."
        if days:
            yield self.change(days)

    def _more(self, found: Counterfactual) -> str:
        if not found.orders:
            return f"{self._money(found.amount)} more"
        each = self._money(found.amount / found.orders)
        if found.orders == 1:
            return f"One more order of {each}"
        return f"{found.orders} more orders of {each} each"

    def _numbers(self, values: tuple[float, ...]) -> str:
        orders, money = _many(values[FREQUENCY], "order"), self._money(values[MONETARY])
        return f"{orders}, {money} and a last order {_ago(values[RECENCY])}"

    def _name(self, slug: str) -> str:
        return self.names[self.scheme, slug]

    def _amount(self, feature: str, value: float) -> str:
        return self._money(value) if feature == "monetary" else _many(value, UNITS[feature])

    def _money(self, amount: float | Decimal) -> str:
        return f"{format_amount(amount)} {self.currency}" if self.currency else format_amount(amount)


def _singular(name: str) -> str:
    """Return the name of one member of a segment: a Super VIP Champion of the Super VIP Champions."""
    return name[:-1] if name.endswith("s") and not name.endswith(("ss", "us", "is")) else name


def _compared(orders: float, median: float) -> str:
    if not median:
        return ""
    typical = f"a typical customer ({median:,.10g})"
    if orders == median:
        return f", as many as {typical}"
    if orders < median:
        return f", fewer than {typical}"
    multiple = orders / median
    if multiple < LEAST_STATED_MULTIPLE:
        return f", more than {typical}"
    return f", {_times(multiple)} as many as {typical}"


def _times(multiple: float) -> str:
    whole = round(multiple)
    if whole in TIMES and abs(multiple / whole - 1) <= WHOLE_TOLERANCE:
        return TIMES[whole] if whole == min(TIMES) else f"{TIMES[whole]} times"
    return f"{multiple:,.1f} times" if multiple < max(TIMES) else f"{whole:,} times"


def _multiple(multiple: float | None) -> str:
    return "not comparable with" if multiple is None else f"{multiple:.4g}x"


def _ago(days: float) -> str:
    if days < 0:
        return f"in {_many(-days, 'day')}"
    if days == 0:
        return "today"
    return "yesterday" if days == 1 else f"{_many(days, 'day')} ago"


def _moves(found: Counterfactual) -> str:
    return "move" if found.orders > 1 else "moves"


def _stays(found: Counterfactual) -> str:
    if found.holds_until_recency is None:
        return ""
    days = found.holds_until_recency - found.result.recency
    other = "another" if found.orders else "an order"
    return f", for {_many(days, 'day')} without {other}" if days else ", for that day only"


def _stays_briefly(found: Counterfactual) -> str:
    """Return the duration in brackets, for a sentence about two changes."""
    stays = _stays(found).removeprefix(", ")
    return f" ({stays})" if stays else ""


def _many(count: float, what: str) -> str:
    return f"{count:,.10g} {what}{'' if count == 1 else 's'}"
