"""BG/NBD model of repeat purchases (Fader, Hardie and Lee 2005, Marketing Science 24(2)), by closed forms."""

from dataclasses import dataclass
from typing import Final, Self

import numpy as np
from scipy.special import digamma, gammaln, hyp2f1

from app.segments.model.clv.histories import Histories, distinct_rows
from app.segments.model.clv.maximise import maximise, weighted_sum
from app.segments.model.features import FloatArray, IntArray

LEAST_DROPOUT: Final = 0.02
POLE: Final = 1e-6
"""Distance of `a` from 1 below which the expected purchases are computed beside it: they divide by a - 1."""


@dataclass(frozen=True)
class BGNBD:
    """Fitted parameters: purchases are Poisson with a rate ~ Gamma(r, alpha), dropout after each ~ Beta(a, b).

    Attributes:
        r, alpha: shape, and rate in the unit of time of the histories.
        a, b: parameters of the dropout.
        log_likelihood: sum over all customers.
    """

    r: float
    alpha: float
    a: float
    b: float
    log_likelihood: float

    @classmethod
    def fit(cls, histories: Histories) -> Self:
        """Fit to histories with at least one customer."""
        (x, t_x, t), counts, _ = distinct_rows(histories.x, histories.t_x, histories.t)
        scale = float(t.max()) or 1.0
        customers = counts.sum()

        def likelihood(parameters: FloatArray) -> tuple[float, FloatArray]:
            value, gradient = _log_likelihood(parameters, x, t_x / scale, t / scale, counts)
            return value / customers, gradient / customers

        r, alpha, a, b = maximise(likelihood, 4).tolist()
        total, _ = _log_likelihood(np.array([r, alpha * scale, a, b]), x, t_x, t, counts)
        return cls(r, alpha * scale, a, b, total)

    @property
    def dropout(self) -> float:
        """Mean probability of dropout after a purchase, a / (a + b)."""
        return self.a / (self.a + self.b)

    @property
    def is_alive_shown(self) -> bool:
        """Whether the probability of being alive says something: it is near 1 for everyone without dropout."""
        return self.dropout >= LEAST_DROPOUT

    def p_alive(self, histories: Histories) -> FloatArray:
        """Return the probability that each customer has not dropped out, shape (n,)."""
        x, t_x, t = histories.x, histories.t_x, histories.t
        odds = np.log(self.a / (self.b + np.maximum(x, 1) - 1))
        odds = odds + (self.r + x) * np.log((self.alpha + t) / (self.alpha + t_x))
        alive: FloatArray = np.where(x > 0, 1 / (1 + np.exp(np.minimum(odds, 700))), 1.0)
        return alive

    def p_buys(self, histories: Histories, days: float) -> FloatArray:
        """Return the probability that each customer buys within so many days, shape (n,)."""
        waits = -(self.r + histories.x) * np.log1p(days / (self.alpha + histories.t))
        chance: FloatArray = -self.p_alive(histories) * np.expm1(waits)
        return chance

    def expected_purchases(self, histories: Histories, days: float) -> FloatArray:
        """Return the expected purchases of each customer within so many days, shape (n,): equation 10 of the paper.

        Euler's transformation of its hypergeometric function keeps the terms near 1 for frequent customers. Where its
        terms overflow, for a large `a`, the function is taken as in the paper.
        """
        a, b = self.a, self.b
        if abs(a - 1) < POLE:
            a = 1 + POLE
        x, t = histories.x, histories.t
        z = days / (self.alpha + t + days)
        with np.errstate(invalid="ignore", over="ignore"):
            shrunk = (1 - z) ** (a - 1) * hyp2f1(a - 1, a + b - 1 - self.r, a + b + x - 1, z)
        if not np.isfinite(shrunk).all():
            plain = (1 - z) ** (self.r + x) * hyp2f1(self.r + x, b + x, a + b + x - 1, z)
            shrunk = np.where(np.isfinite(shrunk), shrunk, plain)
        expected: FloatArray = (a + b + x - 1) / (a - 1) * (1 - shrunk) * self.p_alive(histories)
        return expected

    def median_wait(self, histories: Histories) -> FloatArray:
        """Return the days until each customer has bought again with probability 1/2, shape (n,); infinite if never.

        The mean is infinite for a customer who may have dropped out, and for r + x <= 1; the median is the inverse of
        `p_buys`.
        """
        half = 0.5 / self.p_alive(histories)
        is_reached = half < 1
        logs = -np.log1p(-np.where(is_reached, half, 0.0)) / (self.r + histories.x)
        waits: FloatArray = np.where(is_reached, (self.alpha + histories.t) * np.expm1(np.minimum(logs, 700)), np.inf)
        return waits


def _log_likelihood(
    parameters: FloatArray, x: FloatArray, t_x: FloatArray, t: FloatArray, counts: IntArray
) -> tuple[float, FloatArray]:
    """Return the sum of the log-likelihoods and its gradient by r, alpha, a, b."""
    r, alpha, a, b = parameters
    bought = x > 0
    later = b + np.maximum(x, 1) - 1
    alive = -(r + x) * np.log(alpha + t)
    dropped = np.where(bought, np.log(a) - np.log(later) - (r + x) * np.log(alpha + t_x), -np.inf)
    both = np.logaddexp(alive, dropped)
    share = np.exp(dropped - both)  # of the histories in which the customer dropped out after the last purchase
    rates = gammaln(r + x) - gammaln(r) + r * np.log(alpha)
    dropouts = gammaln(a + b) + gammaln(b + x) - gammaln(b) - gammaln(a + b + x)
    by_r = digamma(r + x) - digamma(r) + np.log(alpha)
    by_r = by_r - (1 - share) * np.log(alpha + t) - share * np.log(alpha + t_x)
    by_alpha = r / alpha - (r + x) * ((1 - share) / (alpha + t) + share / (alpha + t_x))
    common = digamma(a + b) - digamma(a + b + x)
    by_a = common + share / a
    by_b = common + digamma(b + x) - digamma(b) - share / later
    gradient = weighted_sum(np.stack([by_r, by_alpha, by_a, by_b]), counts)
    return float(weighted_sum(rates + dropouts + both, counts)), gradient
