"""Scoring of customers with the parameters of a registered model."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Self

import numpy as np
import numpy.typing as npt

from app.segments.model.features import FEATURES, FloatArray, IntArray, check_rfm
from app.segments.model.fences import CORE, Fences, outlier_clusters
from app.segments.model.rfm_scores import RFMScores
from app.segments.model.segment_table.table import SegmentTable, Slugs
from app.segments.model.value_bands import ValueBands

BLOCK: Final = 65_536
"""Customers whose distances to all centroids are in memory at a time."""


@dataclass(frozen=True, eq=False)
class Scorer:
    """Scorer of customers by a registered model, used for assignments, explanations and hypothetical scores.

    Columns are recency (days), frequency (invoices), monetary (currency units).

    Attributes:
        fences: of `monetary` and `frequency`, each (low, high).
        mean: of the core customers, shape (3,).
        scale: standard deviation of the core customers, shape (3,).
        centroids: shape (k, 3), in original units.
        medians: of all customers of the training run, shape (3,).
        segment_of_cluster: cluster to slug, without outlier clusters that were empty in the training run.
        cluster_medians: cluster to the medians (3,) by which it was named, if stored.
        cluster_ids: lasting id of the cluster of each centroid, distinct, at least 0; empty for 0..k-1.
        rfm_scores: cut points of RFM scores; None before they are measured.
        value_bands: bands of expected spend; None without a forecast, and before the edges are fitted.
    """

    fences: Fences
    mean: FloatArray
    scale: FloatArray
    centroids: FloatArray
    medians: FloatArray
    segment_of_cluster: Mapping[int, str] = field(default_factory=dict)
    cluster_medians: Mapping[int, FloatArray] = field(default_factory=dict)
    cluster_ids: tuple[int, ...] = ()
    rfm_scores: RFMScores | None = None
    value_bands: ValueBands | None = None

    def __post_init__(self) -> None:
        """Raise ValueError for cluster ids that are negative, equal, too few or too many."""
        ids = self.ids
        if not len(set(ids)) == len(ids) == len(self.centroids) or min(ids) < 0:
            raise ValueError(f"cluster ids {ids} of {len(self.centroids)} centroids: give one id >= 0 for each")

    @property
    def ids(self) -> tuple[int, ...]:
        """Cluster of each centroid."""
        return self.cluster_ids or tuple(range(len(self.centroids)))

    @classmethod
    def from_row(cls, row: Mapping[Any, Any]) -> Self:
        """Build a scorer from a row of segments.model, with the edges of value bands in `value_edges`."""
        forecast, edges = row.get("forecast") or {}, row.get("value_edges")
        return cls(
            fences={name: (float(low), float(high)) for name, (low, high) in row["fences"].items()},
            mean=np.array(row["scaler"]["mean"], dtype=np.float64),
            scale=np.array(row["scaler"]["scale"], dtype=np.float64),
            centroids=np.array(row["centroids"], dtype=np.float64),
            medians=np.array([row["medians"][feature] for feature in FEATURES], dtype=np.float64),
            segment_of_cluster={int(cluster): slug for cluster, slug in row["segment_of_cluster"].items()},
            cluster_medians={int(cluster): np.array(medians) for cluster, medians in row["cluster_medians"].items()},
            cluster_ids=tuple(int(each) for each in row.get("cluster_ids") or ()),
            rfm_scores=RFMScores.from_json(row["rfm_cuts"]) if row.get("rfm_cuts") else None,
            value_bands=ValueBands.from_json(forecast, edges) if edges and "purchases" in forecast else None,
        )

    def scaled(self, rfm: FloatArray) -> FloatArray:
        """Return `rfm`, shape (n, 3), in scaled units, as used for distances."""
        points: FloatArray = (rfm - self.mean) / self.scale
        return points

    def distances(self, rfm: npt.ArrayLike) -> FloatArray:
        """Return the distance of each customer to each centroid, shape (n, k) in their order, in scaled units."""
        return np.sqrt(self._squares(check_rfm(rfm), self.scaled(self.centroids)))

    def predict(self, rfm: npt.ArrayLike) -> IntArray:
        """Return the cluster of each customer, shape (n,): -1, -2, -3 outside the fences, else the nearest.

        A cluster is its lasting id. Of two equidistant centroids the first is taken.
        Raises ValueError for NaN, infinity or another shape.
        """
        values = check_rfm(rfm)
        clusters = outlier_clusters(values, self.fences)
        core = clusters == CORE
        clusters[core] = np.asarray(self.ids, dtype=np.int64)[self.nearest(values[core])[0]]
        return clusters

    def nearest(self, rfm: FloatArray, centroids: FloatArray | None = None) -> tuple[IntArray, FloatArray]:
        """Return the position of the nearest centroid of each customer, and the squared scaled distance, shape (n,).

        `centroids`, shape (k, 3) in original units, are by default those of the model.
        """
        scaled = self.scaled(self.centroids if centroids is None else centroids)
        positions, squares = np.empty(len(rfm), dtype=np.int64), np.empty(len(rfm))
        for start in range(0, len(rfm), BLOCK):
            rows = slice(start, start + BLOCK)
            found = self._squares(rfm[rows], scaled)
            positions[rows], squares[rows] = found.argmin(axis=1), found.min(axis=1)
        return positions, squares

    def slugs_of_customers(
        self, rfm: npt.ArrayLike, segment_table: SegmentTable, scheme: str, tenure: FloatArray | None = None
    ) -> Slugs:
        """Return the slug of each customer's segment, each scored independently of the others.

        The scheme value needs `tenure`, the days since the first sale, shape (n,); without a forecast its slugs are
        None.

        An outlier cluster that was empty in the training run is named by each customer's own features, whereas an
        assignment names it by the medians of its first members (`names`).
        """
        values = check_rfm(rfm)
        if scheme == "rules":
            return segment_table.slugs(scheme, values, self.medians)
        if scheme == "rfm":
            return segment_table.rfm_slugs(self.scores(values))
        if scheme == "value":
            bands = self.value_bands
            spend = None if bands is None or tenure is None else bands.spend(values, tenure)
            return self.value_slugs(segment_table, spend, len(values))
        clusters = self.predict(values)
        slugs = np.empty(len(values), dtype=np.object_)
        for cluster in np.unique(clusters).tolist():
            members = clusters == cluster
            name = self.segment_of_cluster.get(cluster)
            slugs[members] = name or segment_table.slugs(scheme, values[members], self.medians, cluster)
        return slugs

    def value_slugs(self, segment_table: SegmentTable, spend: FloatArray | None, customers: int) -> Slugs:
        """Return the slugs of the scheme value by expected spend (n,), None without it or without bands."""
        if spend is None or self.value_bands is None:
            return np.full(customers, None, dtype=np.object_)
        return segment_table.value_slugs(self.value_bands.bands(spend))

    def scores(self, rfm: FloatArray) -> IntArray:
        """Return the RFM scores of customers, shape (n, 3); raises ValueError if the model has no cut points."""
        if self.rfm_scores is None:
            raise ValueError("the model has no cut points of RFM scores: measure them in the training")
        return self.rfm_scores.score(rfm)

    def boundaries(self, segment_table: SegmentTable, scheme: str, feature: int) -> FloatArray:
        """Return the values of a feature at which rows of a scheme end."""
        if scheme == "rfm":
            return np.empty(0) if self.rfm_scores is None else np.asarray(self.rfm_scores.cuts[feature])
        return np.asarray(segment_table.bounds(scheme, feature) * self.medians[feature])

    def names(self, rfm: FloatArray, clusters: IntArray, segment_table: SegmentTable) -> dict[int, str]:
        """Return the slug of every cluster; a cluster that was empty in the training run is named by these members."""
        new = {
            cluster: segment_table.name_cluster(cluster, medians, self.medians).slug
            for cluster, medians in self.new_medians(rfm, clusters).items()
        }
        return {**self.segment_of_cluster, **new}

    def new_medians(self, rfm: FloatArray, clusters: IntArray) -> dict[int, FloatArray]:
        """Return the medians (3,) of the members of each cluster that was empty in the training run."""
        new = set(clusters.tolist()) - self.segment_of_cluster.keys()
        return {cluster: np.median(rfm[clusters == cluster], axis=0) for cluster in new}

    def _squares(self, rfm: FloatArray, centers: FloatArray) -> FloatArray:
        """Return squares of distances to scaled centers (n, k); elementwise: a batch has the bits of single rows."""
        columns = np.ascontiguousarray(self.scaled(rfm).T)
        squares = np.empty((len(rfm), len(centers)))
        for position, center in enumerate(centers):
            recency, frequency, monetary = (
                (column - value) ** 2 for column, value in zip(columns, center, strict=True)
            )
            squares[:, position] = recency + frequency + monetary
        return squares
