"""Gamma-gamma model of the money of a purchase (Fader and Hardie 2013, brucehardie.com/notes/025)."""

from dataclasses import dataclass
from typing import Self

import numpy as np
from scipy.special import digamma, gammaln

from app.segments.model.clv.maximise import maximise, weighted_sum
from app.segments.model.features import FloatArray, IntArray


@dataclass(frozen=True)
class GammaGamma:
    """Fitted parameters: a purchase ~ Gamma(p, rate), the rate of a customer ~ Gamma(q, v).

    Attributes:
        p, q: shapes.
        v: in currency units.
    """

    p: float
    q: float
    v: float

    @classmethod
    def fit(cls, purchases: FloatArray, spend: FloatArray) -> Self:
        """Fit to the number of purchases, at least 1, and their mean money, above 0, of each customer, shape (n,)."""
        scale = float(spend.mean())
        money = spend / scale
        numbers, index = np.unique(purchases, return_inverse=True)
        counts = np.bincount(index)

        def likelihood(parameters: FloatArray) -> tuple[float, FloatArray]:
            value, gradient = _log_likelihood(parameters, purchases, money, numbers, counts)
            return value / len(money), gradient / len(money)

        p, q, v = maximise(likelihood, 3).tolist()
        return cls(p, q, v * scale)

    def expected_spend(self, purchases: FloatArray, spend: FloatArray) -> FloatArray:
        """Return the expected money of a future purchase of each customer, shape (n,).

        It is the weighted mean of the money of the customer and of all; it is the customer's own where the expectation
        is infinite (p x + q <= 1).
        """
        weight = self.p * purchases + self.q - 1
        expected: FloatArray = np.where(
            weight > 0, self.p * (self.v + purchases * spend) / np.where(weight > 0, weight, 1.0), spend
        )
        return expected


def _log_likelihood(
    parameters: FloatArray, x: FloatArray, money: FloatArray, numbers: FloatArray, counts: IntArray
) -> tuple[float, FloatArray]:
    """Return the sum of the log-likelihoods and its gradient by p, q, v; constants are left out.

    Gamma functions depend on the number of purchases alone: `numbers` are the distinct ones, `counts` how often.
    """
    p, q, v = parameters
    total, shape = v + x * money, p * numbers + q
    logs, own = np.log(total), np.log(x * money)
    weighted_logs, weighted_own = weighted_sum(logs, x), weighted_sum(own, x)
    value = weighted_sum(gammaln(shape) - gammaln(p * numbers) - gammaln(q) + q * np.log(v), counts)
    value += p * (weighted_own - weighted_logs) - q * logs.sum()
    digammas = digamma(shape)
    by_p = weighted_sum(numbers * (digammas - digamma(p * numbers)), counts) + weighted_own - weighted_logs
    by_q = weighted_sum(digammas - digamma(q) + np.log(v), counts) - logs.sum()
    by_v = q * len(money) / v - ((p * x + q) / total).sum()
    return float(value), np.array([by_p, by_q, by_v])
