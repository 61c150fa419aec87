"""Groupings of customers at a day by every scheme, and forecasts, fitted to what was known on that day."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt
from sklearn.cluster import KMeans

from app.segments.model.clv.histories import Histories
from app.segments.model.clv.value import Forecast, ValueModel, too_little_data
from app.segments.model.features import MONETARY, FloatArray, IntArray
from app.segments.model.report.stability import one_thread
from app.segments.model.rfm_scores import RFMScores, cells
from app.segments.model.segment_table.table import SegmentTable
from app.segments.model.train import RFMSegmenter
from app.segments.model.value_bands import BANDS, LEAST, band_edges, band_of

LEAST_CHANCE: Final = 1e-6


@dataclass(frozen=True, eq=False)
class Known:
    """Customers as they were known on a day, in the same order.

    Attributes:
        customer_ids: n ids.
        rfm: shape (n, 3): recency in days, frequency in invoices, monetary value in currency units.
        tenure: shape (n,): days since the first sale.
    """

    customer_ids: Sequence[str]
    rfm: FloatArray
    tenure: FloatArray


@dataclass(frozen=True, eq=False)
class Groupings:
    """Groups and scores of the customers by the schemes that could be fitted.

    Attributes:
        groups: scheme to the group of each customer, shape (n,).
        scores: scheme to (expected spend, rank of return) of each customer, each of shape (n,).
        forecast: of BG/NBD and gamma-gamma; None if there is too little data.
    """

    groups: dict[str, IntArray]
    scores: dict[str, tuple[FloatArray, FloatArray]]
    forecast: Forecast | None


def group(known: Known, table: SegmentTable, days: float, random_state: int) -> Groupings:
    """Return the groups and scores of customers by what was known on the day; `days` is the horizon of forecasts."""
    scores = RFMScores.by_quantiles(known.rfm).score(known.rfm)
    found = {
        **_trained(known, table, random_state),
        "rfm_cells": cells(scores),
        "rfm_score": scores.sum(axis=1),
        "rfm_groups": _numbers(table.rfm_slugs(scores).astype(np.str_)),
    }
    rate = known.rfm[:, MONETARY] / np.maximum(known.tenure, 1) * days
    scored = {"past_rate": (rate, rate)}
    histories = Histories.from_rfm(known.rfm, known.tenure)
    if too_little_data(histories) is not None:
        return Groupings(found, scored, None)
    forecast = ValueModel.fit(histories).forecast(histories, days)
    scored["bgnbd"] = forecast.spend, forecast.p_buys
    found["value_bands"] = band_of(forecast.spend, band_edges(forecast.spend))
    found["value_return"] = _value_return(forecast, random_state)
    return Groupings(found, scored, forecast)


def _trained(known: Known, table: SegmentTable, random_state: int) -> dict[str, IntArray]:
    """Return the groups of the plain rule fitted to these customers: clusters, their names, rules."""
    with one_thread():
        model = RFMSegmenter(random_state=random_state).fit(known.rfm, customer_id=known.customer_ids)
    names = {
        cluster: table.name_cluster(cluster, medians, model.medians_).slug
        for cluster, medians in model.cluster_medians_.items()
    }
    slugs = np.array([names[cluster] for cluster in model.labels_.tolist()])
    rules = table.slugs("rules", known.rfm, model.medians_).astype(np.str_)
    return {"kmeans": model.labels_, "names": _numbers(slugs), "rules": _numbers(rules)}


def _value_return(forecast: Forecast, random_state: int) -> IntArray:
    """Return K-means groups of log CLV and half the logit of the chance to buy."""
    chance = np.clip(forecast.p_buys, LEAST_CHANCE, 1 - LEAST_CHANCE)
    points = np.stack([np.log(np.maximum(forecast.spend, LEAST)), np.log(chance / (1 - chance)) / 2], axis=1)
    distinct = len(np.unique(points, axis=0))
    with one_thread():
        fitted = KMeans(min(BANDS, distinct), n_init=3, random_state=random_state).fit(points)
    return np.asarray(fitted.labels_, dtype=np.int64)


def _numbers(names: npt.NDArray[np.str_]) -> IntArray:
    return np.unique(names, return_inverse=True)[1]
