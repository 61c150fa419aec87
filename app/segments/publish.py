"""Makes a trained run the one that is served."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import date, datetime
from uuid import UUID

import numpy as np
import numpy.typing as npt
from sqlalchemy import Connection, Row
from sqlalchemy.dialects.postgresql import insert as upsert

from app.db.sql import named
from app.segments.names import SCHEMES, Segment, SegmentTable
from app.segments.tables import published, segment_summary


def read_rfm(rows: Sequence[Row[tuple[str, int, int, float]]]) -> tuple[list[str], npt.NDArray[np.float64]]:
    """(customer ids, features of shape (n, 3): recency in days, frequency, monetary) of rows read from gold."""
    ids = [row.customer_id for row in rows]
    rfm = np.array([(row.recency, row.frequency, row.monetary) for row in rows], dtype=np.float64)
    return ids, rfm.reshape(-1, 3)


def write_customers(
    connection: Connection,
    run_id: UUID,
    *,
    as_of: date,
    customer_ids: Sequence[str],
    clusters: npt.NDArray[np.int_],
    names: Mapping[int, str],
    rules: Sequence[Segment],
) -> None:
    """Write (or overwrite) the segments of customers in a run; their features are read from gold again."""
    labels = clusters.tolist()
    values = {
        "run_id": run_id,
        "as_of": as_of,
        "customer_ids": list(customer_ids),
        "clusters": labels,
        "kmeans": [names[cluster] for cluster in labels],
        "rules": [segment.slug for segment in rules],
    }
    connection.execute(named("segments", "write_customers"), values)


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
            "place": place,
        }
        for scheme, segments in zip(SCHEMES, (table.kmeans, table.rules), strict=True)
        for place, segment in enumerate(segments)
    ]
    connection.execute(upsert(segment_summary).on_conflict_do_nothing(), rows)


def summarise(connection: Connection, run_id: UUID) -> None:
    """Count and measure the clusters and segments of a run anew."""
    for statement in ("summarise_clusters", "summarise_segments"):
        connection.execute(named("segments", statement), {"run_id": run_id})


def serve(connection: Connection, run_id: UUID, *, as_of: date, published_at: datetime) -> None:
    """Point readers at this run, from the commit on."""
    values = {"run_id": run_id, "as_of": as_of, "published_at": published_at}
    statement = upsert(published).values(is_only=True, **values)
    connection.execute(statement.on_conflict_do_update(index_elements=["is_only"], set_=values))
