"""Names of clusters that last, and are true for most of their members; members who earn them."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Final

import numpy as np

from app.segments.model.features import FloatArray, IntArray, medians_of
from app.segments.model.scoring import Scorer
from app.segments.model.segment_table.table import SegmentTable

NAME_MARGIN: Final = 0.10
"""Share of a bound by which medians may pass it before a name is no longer the table's."""


@dataclass(frozen=True, eq=False)
class TrainingCustomers:
    """Customers as of a day, in one order.

    Attributes:
        as_of: the day.
        rfm: shape (n, 3): recency (days), frequency (invoices), monetary (currency units).
        tenure: shape (n,): days since the first sale.
    """

    as_of: date
    rfm: FloatArray
    tenure: FloatArray


@dataclass(frozen=True, eq=False)
class ClusterNaming:
    """What the segment table says about the clusters of a model today.

    Attributes:
        overall: medians (3,) of all customers.
        medians: medians (3,) of each cluster that has members.
        tenures: median number of days since the first sale, of each.
        shares: share of all customers in each, 0..1.
        table: segment table.
    """

    overall: FloatArray
    medians: Mapping[int, FloatArray]
    tenures: Mapping[int, float]
    shares: Mapping[int, float]
    table: SegmentTable

    @classmethod
    def of(cls, customers: TrainingCustomers, clusters: IntArray, table: SegmentTable) -> "ClusterNaming":
        """Measure the clusters (n,) of the customers."""
        medians, tenures, shares = {}, {}, {}
        for each in np.unique(clusters).tolist():
            chosen = clusters == each  # one mask at a time: memory grows with the customers, not with the clusters
            medians[each] = medians_of(customers.rfm, chosen)
            tenures[each] = float(np.median(customers.tenure[chosen]))
            shares[each] = float(chosen.mean())
        return cls(medians_of(customers.rfm), medians, tenures, shares, table)

    def plain_name(self, cluster: int) -> str:
        """Return the slug that the table gives by recency, frequency and monetary value alone."""
        return self.table.name_cluster(cluster, self.medians[cluster], self.overall).slug

    def name(self, cluster: int) -> str:
        """Return the slug that the table gives, true for most of the members."""
        return self.table.name_cluster(cluster, self.medians[cluster], self.overall, self.tenures[cluster]).slug

    def is_kept(self, cluster: int, slug: str, margin: float) -> bool:
        """Return whether the table would give this slug if medians were up to `margin`, a share, off."""
        within = self.table.slugs_within(cluster, self.medians[cluster], self.overall, margin, self.tenures[cluster])
        return slug in within

    def names(self, before: Mapping[int, str], margin: float) -> dict[int, str]:
        """Return the slug of each cluster: the one it had before while that is kept, else the table's."""
        return {
            each: before[each] if each in before and self.is_kept(each, before[each], margin) else self.name(each)
            for each in self.medians
        }

    def share_untrue(self, names: Mapping[int, str], margin: float) -> float:
        """Return the share of the customers whose cluster has a name that is not kept."""
        return sum(share for each, share in self.shares.items() if not self.is_kept(each, names[each], margin))

    def share_of_other_names(self, names: Mapping[int, str]) -> float:
        """Return the share of the customers whose cluster has another name than the table's, without a margin."""
        return sum(share for each, share in self.shares.items() if names[each] != self.name(each))

    def applied(self, scorer: Scorer, names: Mapping[int, str]) -> Scorer:
        """Return a scorer with these names and today's medians; clusters without members keep theirs."""
        return replace(
            scorer,
            medians=self.overall,
            segment_of_cluster={**scorer.segment_of_cluster, **names},
            cluster_medians={**scorer.cluster_medians, **self.medians},
        )


def count_earned(
    slug: str, cluster: int, rfm: FloatArray, tenure: FloatArray, overall: FloatArray, table: SegmentTable
) -> int:
    """Return how many members of a cluster earn its name, `slug`, by their own numbers.

    A member earns the name if the table, applied to the member alone with the medians `overall` (3,) of all customers,
    gives it. `rfm` has shape (n, 3), `tenure` (n,): days since the first sale.
    """
    own = table.slugs("kmeans", rfm, overall, cluster)
    return int((table.replaced_slugs(own, tenure) == slug).sum())
