"""Simulated customers: times and values of their orders.

Orders follow the BG/NBD model (Fader, Hardie & Lee 2005, "Counting Your Customers" the Easy Way): a Poisson
process with a gamma-distributed rate per customer, and after each repeat order a beta-distributed probability of
dropping out. The value of an order follows the gamma-gamma model (Fader & Hardie 2013, The Gamma-Gamma Model of
Monetary Value). The defaults give numbers and values of orders close to the real sales of a gift wholesaler (Online
Retail II, UCI dataset 502).
"""

from dataclasses import dataclass
from datetime import date
from typing import Final

import numpy as np
from numpy.typing import NDArray

from app.prepare.generator.invoices import ABROAD, HOME, IRELAND, ORDER, Generator, Table

FIRST_ID: Final = 12_346
JOINING_DAYS: Final = 730
CUSTOMER_TYPE: Final = np.dtype(
    [("id", "i4"), ("country", "i4"), ("rate", "f4"), ("dropout", "f4"), ("scale", "f4"), ("seen", "?")]
)
COUNTRIES: Final = (
    ("United Kingdom", 914), ("EIRE", 22), ("Germany", 20), ("France", 12), ("Netherlands", 6), ("Spain", 3),
    ("Switzerland", 3), ("Belgium", 2), ("Portugal", 2), ("Cyprus", 2), ("Sweden", 2), ("Channel Islands", 2),
    ("Italy", 2), ("Australia", 1), ("United Arab Emirates", 1), ("Greece", 1), ("Austria", 1),
    ("Denmark", 1), ("Finland", 1), ("USA", 1), ("Japan", 1),
)  # fmt: skip
KIND_OF_COUNTRY: Final = np.array([HOME, IRELAND, *[ABROAD] * (len(COUNTRIES) - 2)])
WEEKDAYS: Final = (1.0, 1.0, 1.0, 1.2, 0.85, 0.05, 0.8)
MONTHS: Final = (0.75, 0.8, 1.0, 0.95, 1.0, 1.0, 0.9, 0.95, 1.25, 1.45, 1.6, 1.1)


@dataclass(frozen=True)
class Habits:
    """Parameters of the BG/NBD and gamma-gamma models.

    Orders per day at trade factor 1 ~ gamma(`rate_shape`, rate `rate_days`); drop-out per order ~
    beta(`dropout_a`, `dropout_b`); pounds per order ~ gamma(`spend_shape`, rate v), where
    v ~ gamma(`worth_shape`, rate `worth_pounds`).
    """

    rate_shape: float = 0.5
    rate_days: float = 28.0
    dropout_a: float = 0.3
    dropout_b: float = 2.0
    spend_shape: float = 2.3
    worth_shape: float = 3.0
    worth_pounds: float = 330.0

    @property
    def mean_spend(self) -> float:
        """Average value of an order in pounds, p gamma / (q - 1)."""
        return self.spend_shape * self.worth_pounds / (self.worth_shape - 1)


class Population:
    """Active customers; customers who dropped out are removed, so that memory does not grow with time.

    Attributes:
        next_id: id of the next new customer.
        buyers: number of customers with at least one order.
    """

    def __init__(self, count: int, habits: Habits, rng: Generator) -> None:
        self.habits = habits
        self.arrivals = count / JOINING_DAYS
        self.next_id = FIRST_ID
        self.buyers = 0
        existing = draw_customers(count, habits, rng)
        bought = rng.poisson(existing["rate"] * rng.integers(0, JOINING_DAYS, count))
        self.active = self._assign_ids(existing[rng.random(count) < (1 - existing["dropout"]) ** bought])

    def orders(self, trade: float, rng: Generator) -> Table:
        """Return the orders of a day with the trade factor `trade`.

        Active customers place a Poisson number of orders, and may drop out after the day; each new customer places one
        order.
        """
        sums = np.cumsum(self.active["rate"], dtype=np.float64)
        count = rng.poisson(sums[-1] * trade) if len(sums) else 0
        positions = np.searchsorted(sums, rng.random(count) * sums[-1:], side="right").clip(max=len(sums) - 1)
        lost = positions[rng.random(count) < self.active["dropout"][positions]]
        joining = self._assign_ids(draw_customers(rng.poisson(self.arrivals * trade), self.habits, rng))
        buying = np.concatenate([self.active[positions], joining])
        self._count_buyers(positions, joining)
        self.active = np.concatenate([np.delete(self.active, lost), joining])
        return self._make_orders(buying, rng)

    def _assign_ids(self, customers: Table) -> Table:
        customers["id"] = np.arange(self.next_id, self.next_id + len(customers))
        self.next_id += len(customers)
        return customers

    def _count_buyers(self, positions: NDArray[np.intp], joining: Table) -> None:
        first = np.unique(positions[~self.active["seen"][positions]])
        self.active["seen"][first] = True
        joining["seen"] = True
        self.buyers += len(first) + len(joining)

    def _make_orders(self, buying: Table, rng: Generator) -> Table:
        made = np.empty(len(buying), ORDER)
        made["customer"], made["country"] = buying["id"], buying["country"]
        made["kind"] = KIND_OF_COUNTRY[buying["country"]]
        made["spend"] = rng.standard_gamma(self.habits.spend_shape, len(buying)) * buying["scale"]
        return made


def draw_customers(count: int, habits: Habits, rng: Generator) -> Table:
    """Draw `count` customers from `habits`, without orders and without ids."""
    made = np.zeros(count, CUSTOMER_TYPE)
    made["country"] = draw_countries(count, rng)
    made["rate"] = rng.standard_gamma(habits.rate_shape, count) / habits.rate_days
    made["dropout"] = rng.beta(habits.dropout_a, habits.dropout_b, count)
    made["scale"] = habits.worth_pounds / rng.standard_gamma(habits.worth_shape, count)
    return made


def draw_countries(count: int, rng: Generator) -> NDArray[np.intp]:
    """Draw `count` positions in `COUNTRIES` by their shares."""
    shares = np.cumsum([share for _, share in COUNTRIES])
    chosen: NDArray[np.intp] = np.searchsorted(shares, rng.random(count) * shares[-1], side="right")
    return chosen


def trade_factor(day: date) -> float:
    """Return the trade factor of a day: weekday times season, about 1 on a Monday.

    Seasons are interpolated linearly between the middles of months.
    """
    middles = np.arange(-15, 400, 30.5)
    season = np.interp(day.timetuple().tm_yday, middles, [MONTHS[month % 12] for month in range(-1, 13)])
    return float(season * WEEKDAYS[day.weekday()])
