"""Contents of the report of a model, as JSON holds them; they need no numerical library."""

from dataclasses import dataclass
from datetime import date
from typing import Final, Literal, Self

Shown = Literal["rankings"]
GROUPED: Final = {
    "kmeans": "K-means clusters",
    "names": "names of the clusters",
    "rules": "rules",
    "rfm_cells": "RFM quintile cells",
    "rfm_score": "RFM score 3 to 15",
    "rfm_groups": "RFM groups (11)",
    "value_bands": "CLV bands (12)",
    "value_return": "value x return (12)",
}
SCORED: Final = {"bgnbd": "BG/NBD and gamma-gamma", "past_rate": "past rate"}
SCHEMES: Final = {**GROUPED, **SCORED}


@dataclass(frozen=True)
class Interval:
    """A score and its 95 % bootstrap interval; None where it is not defined."""

    value: float | None
    low: float | None
    high: float | None


@dataclass(frozen=True)
class Decile:
    """Customers with similar predictions.

    Attributes:
        decile: from 1, the lowest predictions.
        customers: their number.
        predicted, actual: mean of each.
    """

    decile: int
    customers: int
    predicted: float
    actual: float


@dataclass(frozen=True)
class Calibration:
    """Predicted and actual outcomes.

    Attributes:
        deciles: ten groups of equal size, fewer of fewer customers.
        predicted, actual: sums over all customers.
        ratio: predicted / actual; None if nothing happened.
    """

    deciles: tuple[Decile, ...]
    predicted: float
    actual: float
    ratio: float | None


@dataclass(frozen=True)
class SchemeScore:
    """Scores of a scheme, means over the cut-offs.

    Attributes:
        scheme: name of the scheme.
        groups: mean number of groups with customers; None for a score of each customer.
        r2_spend, r2_return: shares of variance explained; auc_return: area under the ROC curve.
    """

    scheme: str
    groups: float | None
    r2_spend: Interval
    r2_return: Interval
    auc_return: Interval


@dataclass(frozen=True)
class CutOffTotals:
    """Outcomes at a cut-off.

    Attributes:
        as_of: the day.
        customers: their number.
        returned: share with a sale within the horizon.
        spend_cap: money at which spend is capped.
        spend, buyers: forecast of both against the outcome, uncapped; None with too little data.
    """

    as_of: date
    customers: int
    returned: float
    spend_cap: float
    spend: Calibration | None
    buyers: Calibration | None


@dataclass(frozen=True)
class ClusterQuality:
    """A cluster of the model.

    Attributes:
        cluster: its number; negative for outliers.
        slug: its segment; None for outliers that were none when the model was trained.
        customers: sampled customers in it.
        silhouette, jaccard: separation and stability; None for outliers, and where they are not defined.
    """

    cluster: int
    slug: str | None
    customers: int
    silhouette: float | None
    jaccard: float | None


@dataclass(frozen=True)
class ClusterReport:
    """Clusters of the model, with the agreement of refits on bootstrap samples: mean adjusted Rand index."""

    clusters: tuple[ClusterQuality, ...]
    refits: int
    ari: float | None


@dataclass(frozen=True)
class ForecastReport:
    """Parameters of BG/NBD and gamma-gamma.

    Attributes:
        reason: why there are none; then all others are None.
        r, alpha, a, b, log_likelihood: of BG/NBD, alpha in days.
        p, q, v: of gamma-gamma, v in currency units.
        dropout: a / (a + b); is_alive_shown: whether it is large enough for the probability of being alive.
    """

    reason: str | None
    r: float | None
    alpha: float | None
    a: float | None
    b: float | None
    log_likelihood: float | None
    p: float | None
    q: float | None
    v: float | None
    dropout: float | None
    is_alive_shown: bool

    @classmethod
    def without(cls, reason: str) -> Self:
        """Return a report with the reason why there are no parameters."""
        none = (None, None, None, None, None, None, None, None, None)
        return cls(reason, *none, is_alive_shown=False)


@dataclass(frozen=True)
class HoldoutReport:
    """Temporal holdout of every scheme.

    Attributes:
        reason: why there is none; then there are no cut-offs and no schemes.
        horizon_days: days after each cut-off in which outcomes are counted.
        shows: rankings, because group means are learnt at the cut-off itself.
        cut_offs: outcomes at each, the newest first.
        schemes: their scores.
        spend, buyers: calibration of CLV and of the chance to buy over all cut-offs; None with too little data.
    """

    reason: str | None
    horizon_days: int
    shows: Shown
    cut_offs: tuple[CutOffTotals, ...]
    schemes: tuple[SchemeScore, ...]
    spend: Calibration | None
    buyers: Calibration | None


@dataclass(frozen=True)
class ModelReport:
    """Report of a model.

    Attributes:
        as_of: day of the model.
        customers: customers on that day; sampled: those that clusters and holdout were measured on, at most 50,000.
        random_state: seed of samples and refits.
    """

    as_of: date
    customers: int
    sampled: int
    random_state: int
    clusters: ClusterReport
    forecast: ForecastReport
    holdout: HoldoutReport
