"""Segment table and summaries of a run: segments, clusters, distributions of features, and segments by day."""

from collections.abc import Collection
from dataclasses import asdict
from datetime import date
from uuid import UUID

from sqlalchemy import Connection
from sqlalchemy.dialects.postgresql import insert as upsert

from app.db.sql import named
from app.segments.distributions import GROUPS, write_distributions
from app.segments.model.segment_table.table import SCHEMES, SegmentTable
from app.segments.revisions import revision_of_run, states_statement
from app.segments.tables import segment_summary


def write_segment_table(
    connection: Connection, run_id: UUID, segment_table: SegmentTable, names: Collection[str] = ()
) -> None:
    """Store the segment table with a run; existing segments of the run are not changed.

    Segments that replace others, because their name would be untrue, are stored if they are among `names`, the slugs of
    the run's clusters.
    """
    replacements = (each for each in segment_table.replacements if each.slug in names)
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
        for scheme, segments in zip(SCHEMES, ((*segment_table.kmeans, *replacements), segment_table.rules), strict=True)
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
    """Recompute the summaries and distributions of a run's clusters, and of the segments of each scheme by slug.

    None means all.
    """
    state = revision_of_run(connection, run_id)
    if state is None:
        return
    write_distributions(connection, state, {"clusters": clusters, "kmeans": kmeans, "rules": rules})
    of_run = {"run_id": run_id, **state.values("state")}
    connection.execute(states_statement("summarise_clusters", GROUPS, "state"), {**of_run, "clusters": clusters})
    connection.execute(
        states_statement("summarise_segments", GROUPS, "state"), {**of_run, "kmeans": kmeans, "rules": rules}
    )


def record_day(connection: Connection, run_id: UUID, as_of: date | None = None) -> None:
    """Record the customers and revenue of a run's segments on a day, None for the newest recorded day of the run."""
    connection.execute(named(__package__, "record_day"), {"run_id": run_id, "as_of": as_of})
