"""Makes a trained run the one that is served."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime
from typing import Any, Self
from uuid import UUID

import numpy as np
import numpy.typing as npt
from sqlalchemy import Connection, Row, func, insert, update
from sqlalchemy.dialects.postgresql import insert as upsert

from app.db.sql import named
from app.segments.model.segment_table.table import SCHEMES, Segment, SegmentTable
from app.segments.tables import current_run, publication_log, segment_summary


def read_rfm(rows: Sequence[Row[tuple[str, int, int, float]]]) -> tuple[list[str], npt.NDArray[np.float64]]:
    """(customer ids, features of shape (n, 3): recency in days, frequency, monetary) of rows read from gold."""
    ids = [row.customer_id for row in rows]
    rfm = np.array([(row.recency, row.frequency, row.monetary) for row in rows], dtype=np.float64)
    return ids, rfm.reshape(-1, 3)


@dataclass(frozen=True, eq=False)
class Assigned:
    """Customers, their features of shape (n, 3), and the cluster and the slugs that a model gives each."""

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
        rules: Sequence[Segment],
    ) -> Self:
        """Each customer named by his cluster, and by his own numbers."""
        kmeans = [names[cluster] for cluster in clusters.tolist()]
        return cls(customer_ids, rfm, clusters, kmeans, [segment.slug for segment in rules])

    def slugs(self, scheme: str) -> Sequence[str]:
        """The slugs of a scheme, in the order of the customers."""
        return self.kmeans if scheme == "kmeans" else self.rules

    def at(self, places: Sequence[int]) -> Self:
        """Only the customers at these places."""
        ids, kmeans, rules = (
            [each[place] for place in places] for each in (self.customer_ids, self.kmeans, self.rules)
        )
        return type(self)(ids, self.rfm[places], self.clusters[places], kmeans, rules)

    def arrays(self) -> dict[str, list[Any]]:
        """What a statement unnests."""
        return {
            "customer_ids": list(self.customer_ids),
            "clusters": self.clusters.tolist(),
            "kmeans": list(self.kmeans),
            "rules": list(self.rules),
        }


def write_customers(
    connection: Connection, run_id: UUID, assigned: Assigned, *, as_of: date, before: UUID | None
) -> None:
    """Write (or overwrite) the segments of customers in a run; their features are read from gold again.

    before: the run in which their present stays began, None for the first.
    """
    values = {"run_id": run_id, "before": before, "as_of": as_of, **assigned.arrays()}
    connection.execute(named(__package__, "write_customers"), values)


def write_table(connection: Connection, run_id: UUID, table: SegmentTable) -> None:
    """Keep the table of segments as it stands; a segment that the run has keeps the words it was published with."""
    rows = [
        {
            "run_id": run_id,
            "scheme": scheme,
            "slug": segment.slug,
            "segment": segment.name,
            "tier": segment.tier,
            "recommendation": asdict(segment.recommendation),
            "position": position,
        }
        for scheme, segments in zip(SCHEMES, (table.kmeans, table.rules), strict=True)
        for position, segment in enumerate(segments)
    ]
    connection.execute(upsert(segment_summary).on_conflict_do_nothing(), rows)


def summarise(connection: Connection, run_id: UUID) -> None:
    """Count and measure the clusters and segments of a run anew."""
    for statement in ("summarise_clusters", "summarise_segments"):
        connection.execute(named(__package__, statement), {"run_id": run_id})


def touch_updated_at(connection: Connection) -> None:
    """Record that states of customers were written; the caller holds the lock of gold."""
    connection.execute(update(current_run).values(updated_at=func.clock_timestamp()))


def serve(connection: Connection, run_id: UUID, *, as_of: date, published_at: datetime) -> None:
    """Point readers at this run, from the commit on, and keep that it was published."""
    values = {"run_id": run_id, "as_of": as_of, "published_at": published_at}
    current = {**values, "updated_at": func.clock_timestamp()}
    statement = upsert(current_run).values(singleton=True, **current)
    connection.execute(statement.on_conflict_do_update(index_elements=["singleton"], set_=current))
    connection.execute(insert(publication_log).values(run_id=run_id, as_of=as_of, published_at=published_at))
