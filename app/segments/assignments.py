"""Assignments of customers to clusters and segments, and the rows of segments.customer_segment."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Self
from uuid import UUID

import numpy as np
import numpy.typing as npt
from sqlalchemy import Connection

from app.db.sql import named
from app.segments.model.segment_table.table import SegmentDefinition


@dataclass(frozen=True, eq=False)
class Assignments:
    """Customers with their assigned clusters and segments, in the same order.

    Attributes:
        customer_ids: n ids.
        rfm: features, shape (n, 3): recency in days, frequency, monetary value.
        clusters: shape (n,).
        kmeans: slugs of the segments of the clusters.
        rules: slugs of the segments by the customers' own features.
    """

    customer_ids: Sequence[str]
    rfm: npt.NDArray[np.float64]
    clusters: npt.NDArray[np.int_]
    kmeans: Sequence[str]
    rules: Sequence[str]

    @classmethod
    def named(
        cls,
        customer_ids: Sequence[str],
        rfm: npt.NDArray[np.float64],
        clusters: npt.NDArray[np.int_],
        names: Mapping[int, str],
        rules: Sequence[SegmentDefinition],
    ) -> Self:
        """Build assignments with the K-means segments of the clusters (`names`: cluster to slug)."""
        kmeans = [names[cluster] for cluster in clusters.tolist()]
        return cls(customer_ids, rfm, clusters, kmeans, [segment.slug for segment in rules])

    def slugs(self, scheme: str) -> Sequence[str]:
        """Return the slugs of a scheme."""
        return self.kmeans if scheme == "kmeans" else self.rules

    def take(self, positions: Sequence[int]) -> Self:
        """Return the assignments at these positions."""
        ids, kmeans, rules = (
            [each[position] for position in positions] for each in (self.customer_ids, self.kmeans, self.rules)
        )
        return type(self)(ids, self.rfm[positions], self.clusters[positions], kmeans, rules)

    def arrays(self) -> dict[str, list[Any]]:
        """Return the columns as the arrays that a statement unnests."""
        return {
            "customer_ids": list(self.customer_ids),
            "clusters": self.clusters.tolist(),
            "kmeans": list(self.kmeans),
            "rules": list(self.rules),
        }


def write_customers(
    connection: Connection, run_id: UUID, assignments: Assignments, *, as_of: date, previous_run_id: UUID | None
) -> None:
    """Insert or update the segments of customers in a run; their features are read from gold again.

    Args:
        connection: a transaction that holds the lock of gold.
        run_id: the training run whose model assigned the segments.
        assignments: customers and their segments; those without a row in gold are skipped.
        as_of: the day for which recency is computed.
        before: the previous current run, None for the first run.
    """
    values = {"run_id": run_id, "previous_run_id": previous_run_id, "as_of": as_of, **assignments.arrays()}
    connection.execute(named(__package__, "write_customers"), values)
