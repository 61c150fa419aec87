"""Segment table and summaries of a run: segments.segment_summary and segments.cluster_summary."""

from dataclasses import asdict
from uuid import UUID

from sqlalchemy import Connection
from sqlalchemy.dialects.postgresql import insert as upsert

from app.db.sql import named
from app.segments.model.segment_table.table import SCHEMES, SegmentTable
from app.segments.tables import segment_summary


def write_segment_table(connection: Connection, run_id: UUID, segment_table: SegmentTable) -> None:
    """Store the segment table with a run; existing segments of the run are not changed."""
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
        for scheme, segments in zip(SCHEMES, (segment_table.kmeans, segment_table.rules), strict=True)
        for position, segment in enumerate(segments)
    ]
    connection.execute(upsert(segment_summary).on_conflict_do_nothing(), rows)


def write_summaries(
    connection: Connection,
    run_id: UUID,
    *,
    clusters: list[int] | None = None,
    kmeans: list[str] | None = None,
    rules: list[str] | None = None,
) -> None:
    """Recompute the summaries of a run's clusters, and of the segments of each scheme by slug; None means all."""
    connection.execute(named(__package__, "summarise_clusters"), {"run_id": run_id, "clusters": clusters})
    slugs = {"run_id": run_id, "kmeans": kmeans, "rules": rules}
    connection.execute(named(__package__, "summarise_segments"), slugs)
