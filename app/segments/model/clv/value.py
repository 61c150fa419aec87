"""Customer lifetime value: expected purchases and spend of each customer over the next days."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Final, Self

import numpy as np

from app.segments.model.clv.bgnbd import BGNBD
from app.segments.model.clv.gamma_gamma import GammaGamma
from app.segments.model.clv.histories import Histories, distinct_rows
from app.segments.model.features import FloatArray

LEAST_REPEAT_CUSTOMERS: Final = 100
LEAST_DAYS: Final = 60
HORIZON_DAYS: Final = 90


@dataclass(frozen=True, eq=False)
class Forecast:
    """Forecast of n customers over the next days, each of shape (n,).

    Attributes:
        purchases: expected purchases.
        spend: expected spend in currency units, the CLV of these days.
        p_alive: probability that the customer has not dropped out.
        p_buys: probability of a purchase within these days.
        next_order: days until a purchase has happened with probability 1/2; infinite if never.
    """

    purchases: FloatArray
    spend: FloatArray
    p_alive: FloatArray
    p_buys: FloatArray
    next_order: FloatArray


@dataclass(frozen=True)
class ValueModel:
    """BG/NBD for the number of purchases, and gamma-gamma for their money."""

    purchases: BGNBD
    money: GammaGamma

    @classmethod
    def fit(cls, histories: Histories) -> Self:
        """Fit to histories that are not too few: `too_little_data` gives no reason."""
        is_paid = histories.spend > 0
        money = GammaGamma.fit(histories.x[is_paid] + 1, histories.spend[is_paid])
        return cls(BGNBD.fit(histories), money)

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> Self:
        """Return the models from their stored parameters."""
        return cls(BGNBD(**stored["purchases"]), GammaGamma(**stored["money"]))

    def to_json(self) -> dict[str, Any]:
        """Return the parameters of both models as JSON stores them."""
        return asdict(self)

    def forecast(self, histories: Histories, days: float = HORIZON_DAYS) -> Forecast:
        """Return the forecast of each customer, computed once for equal histories."""
        (x, t_x, t), _, row_of = distinct_rows(histories.x, histories.t_x, histories.t)
        distinct = Histories(x, t_x, t, np.zeros(len(x)))
        purchases = self.purchases.expected_purchases(distinct, days)[row_of]
        return Forecast(
            purchases,
            purchases * self.money.expected_spend(histories.x + 1, histories.spend),
            self.purchases.p_alive(distinct)[row_of],
            self.purchases.p_buys(distinct, days)[row_of],
            self.purchases.median_wait(distinct)[row_of],
        )


def too_little_data(histories: Histories) -> str | None:
    """Return the reason for which no forecast is made; None if there is enough data."""
    repeat = int(np.count_nonzero(histories.x > 0))
    days = int(histories.t.max()) if len(histories) else 0
    if repeat < LEAST_REPEAT_CUSTOMERS:
        return f"too little data: {repeat:,} customers ordered twice or more, {LEAST_REPEAT_CUSTOMERS} are needed"
    if days < LEAST_DAYS:
        return f"too little data: sales of {days} days, {LEAST_DAYS} are needed"
    if not np.any(histories.spend > 0):
        return "too little data: no customer has spent money"
    return None
