"""Measurement of the report of a model: clusters, forecast parameters and temporal holdout."""

from collections.abc import Sequence
from typing import Final

import numpy as np

from app.segments.model.clv.histories import Histories
from app.segments.model.clv.value import ValueModel, too_little_data
from app.segments.model.features import FloatArray
from app.segments.model.report.calibration import calibrate
from app.segments.model.report.groupings import Known
from app.segments.model.report.holdout import CutOff, score_schemes, total
from app.segments.model.report.records import (
    Calibration,
    ClusterQuality,
    ClusterReport,
    ForecastReport,
    HoldoutReport,
)
from app.segments.model.report.stability import measure_stability, silhouette_of_clusters
from app.segments.model.scoring import Scorer

LEAST_CUSTOMERS: Final = 30


def measure_clusters(scorer: Scorer, rfm: FloatArray, random_state: int) -> ClusterReport:
    """Measure the clusters of a model on customers, shape (n, 3)."""
    labels = scorer.predict(rfm)
    core = labels >= 0
    points, own = scorer.scaled(rfm[core]), labels[core]
    is_possible = len(np.unique(own)) > 1 and len(own) >= LEAST_CUSTOMERS
    silhouettes = silhouette_of_clusters(points, own, random_state) if is_possible else {}
    stability = measure_stability(points, own, random_state) if is_possible else None
    jaccard = stability.jaccard if stability else {}
    sizes = zip(*(each.tolist() for each in np.unique(labels, return_counts=True)), strict=True)
    clusters = tuple(
        ClusterQuality(
            cluster, scorer.segment_of_cluster.get(cluster), size, silhouettes.get(cluster), jaccard.get(cluster)
        )
        for cluster, size in sizes
    )
    return ClusterReport(clusters, stability.refits if stability else 0, stability.ari if stability else None)


def measure_forecast(known: Known) -> ForecastReport:
    """Fit BG/NBD and gamma-gamma to all customers, and return the parameters."""
    histories = Histories.from_rfm(known.rfm, known.tenure)
    if reason := too_little_data(histories):
        return ForecastReport.without(reason)
    model = ValueModel.fit(histories)
    rates, money = model.purchases, model.money
    return ForecastReport(
        None,
        *(rates.r, rates.alpha, rates.a, rates.b, rates.log_likelihood),
        *(money.p, money.q, money.v),
        rates.dropout,
        rates.is_alive_shown,
    )


def measure_holdout(
    cut_offs: Sequence[CutOff], reason: str | None, horizon_days: int, random_state: int
) -> HoldoutReport:
    """Compare the schemes at the cut-offs; `reason` says why there are none."""
    if not cut_offs:
        return HoldoutReport(reason, horizon_days, "rankings", (), (), None, None)
    totals = tuple(total(each) for each in cut_offs)
    schemes = tuple(score_schemes(cut_offs, random_state))
    return HoldoutReport(None, horizon_days, "rankings", totals, schemes, *_calibrations(cut_offs))


def _calibrations(cut_offs: Sequence[CutOff]) -> tuple[Calibration | None, Calibration | None]:
    """Return the calibrations of CLV and of the chance to buy over all cut-offs with a forecast."""
    pairs = [(each, forecast) for each in cut_offs if (forecast := each.groupings.forecast) is not None]
    if not pairs:
        return None, None
    spend = [np.concatenate(each) for each in zip(*((f.spend, c.spend) for c, f in pairs), strict=True)]
    buyers = [np.concatenate(each) for each in zip(*((f.p_buys, c.returned) for c, f in pairs), strict=True)]
    return calibrate(*spend), calibrate(*buyers)
