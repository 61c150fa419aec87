"""Assignments of customers to clusters and segments, and the rows of segments.customer_segment."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Self

import numpy as np
import numpy.typing as npt
from sqlalchemy import Connection

from app.db.arrays import number_array
from app.segments.model.segment_table.table import Slugs
from app.segments.rfm import CustomerBatch, id_parameters
from app.segments.scheme_columns import CLUSTERED
from app.segments.window import on_customers


@dataclass(frozen=True, eq=False)
class Assignments:
    """A batch of customers with their assigned clusters and segments, in the same order.

    Attributes:
        batch: n customers with their features and their stored assignment.
        clusters: shape (n,).
        segments: for each scheme, shape (n,): slugs of the segments.
    """

    batch: CustomerBatch
    clusters: npt.NDArray[np.int_]
    segments: Mapping[str, Slugs]

    @classmethod
    def named(
        cls,
        batch: CustomerBatch,
        clusters: npt.NDArray[np.int_],
        names: Mapping[int, str],
        others: Mapping[str, Slugs],
    ) -> Self:
        """Build assignments with the K-means segments of the clusters (`names`: cluster to slug).

        Args:
            batch: the customers.
            clusters: their clusters.
            names: slug of each cluster.
            others: slugs in each other scheme.
        """
        kmeans = np.empty(len(clusters), dtype=np.object_)
        for cluster in np.unique(clusters).tolist():
            kmeans[clusters == cluster] = names[cluster]
        return cls(batch, clusters, {CLUSTERED: kmeans, **others})

    @property
    def is_moved(self) -> npt.NDArray[np.bool_]:
        """Whether a customer has another segment than the stored one in a scheme, or is new; shape (n,)."""
        found = np.zeros(len(self.clusters), dtype=np.bool_)
        for scheme, slugs in self.segments.items():
            found |= slugs != self.batch.segments[scheme]
        return found

    @property
    def changed(self) -> npt.NDArray[np.int_]:
        """Positions of the customers of whom the stored row differs in any way."""
        return np.flatnonzero(self.batch.is_changed | self.is_moved | (self.clusters != self.batch.clusters))

    def arrays(self, positions: npt.NDArray[np.int_], **others: Sequence[Any]) -> dict[str, Any]:
        """Return the customers at these positions as the arrays that a statement unnests.

        `customer_ids` and `labels` are as long as `positions`; a label is the position, from 1, in the other arrays:
        the distinct combinations of cluster, segments and `others`. They are few, and shorter to send.
        """
        columns = {
            "clusters": self.clusters[positions].tolist(),
            **{scheme: slugs[positions].tolist() for scheme, slugs in self.segments.items()},
            **others,
        }
        numbers: dict[tuple[Any, ...], int] = {}
        labels = [numbers.setdefault(each, len(numbers) + 1) for each in zip(*columns.values(), strict=True)]
        ids = self.batch.customer_ids
        return {
            **id_parameters(ids if len(positions) == len(ids) else [ids[position] for position in positions.tolist()]),
            "labels": number_array(np.array(labels, dtype=np.int64)),
            **{name: list(values) for name, values in zip(columns, zip(*numbers, strict=True), strict=True)},
        }

    def changed_states(self) -> dict[str, Any] | None:
        """Return the arrays of the customers whose stored row differs, None if there are none."""
        changed = self.changed
        return self.arrays(changed) if len(changed) else None


def write_customers(
    connection: Connection, revision: int, states: Mapping[str, Any], *, as_of: date, window_days: int | None = None
) -> None:
    """Write the segments of customers; their features are read from gold again.

    Args:
        connection: a transaction that holds the lock of gold.
        revision: the revision that the transaction writes.
        states: customers and their segments, from `changed_states`; those without a row in gold are skipped.
        as_of: the day for which recency is computed.
        window_days: look-back window of the features; None for all invoices.
    """
    values = {"revision": revision, "as_of": as_of, **states}
    connection.execute(on_customers("write_customers", window_days), values)
