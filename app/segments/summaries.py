"""Segment table and summaries of a run: segments, clusters, distributions of features, and segments by day."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import asdict
from datetime import date
from typing import Any, Final
from uuid import UUID

import numpy as np
from sqlalchemy import Connection, Row, bindparam, select, update
from sqlalchemy.dialects.postgresql import insert as upsert

from app.db.sql import named
from app.segments.distributions import matrix_of, read_groups, write_distributions
from app.segments.model.features import FEATURES, FloatArray
from app.segments.model.naming import count_earned
from app.segments.model.profile_line import profile_lines
from app.segments.model.schemes import SCHEMES
from app.segments.model.segment_table.table import SegmentTable
from app.segments.registry_tables import model
from app.segments.revisions import revision_of_run, states_statement
from app.segments.scheme_columns import CLUSTERED, GROUPS, PARAMETER_OF_GROUP
from app.segments.tables import cluster_summary, segment_summary

SHARE_DIGITS: Final = 6


def write_segment_table(
    connection: Connection, run_id: UUID, segment_table: SegmentTable, names: Collection[str] = ()
) -> None:
    """Store the segment table with a run; existing segments of the run are not changed.

    Segments that replace others, because their name would be untrue, are stored if they are among `names`, the slugs of
    the run's clusters.
    """
    replacements = [each for each in segment_table.replacements if each.slug in names]
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
        for scheme in SCHEMES
        for position, segment in enumerate(
            (*segment_table.segments[scheme], *(replacements if scheme == CLUSTERED else ()))
        )
    ]
    connection.execute(upsert(segment_summary).on_conflict_do_nothing(), rows)


def groups_of(states: Iterable[Row[Any]]) -> dict[str, list[Any]]:
    """Return the groups of some states, as the arguments of `write_summaries`."""
    rows = list(states)
    found = {name: {row._mapping[name] for row in rows} for name in GROUPS}  # noqa: SLF001  # _mapping is public API of SQLAlchemy
    return {PARAMETER_OF_GROUP[name]: sorted(each - {None}) for name, each in found.items()}


def write_summaries(
    connection: Connection, run_id: UUID, segment_table: SegmentTable, **given: Sequence[Any] | None
) -> None:
    """Recompute the summaries and distributions of a run's groups: `clusters`, and slugs by the name of their scheme.

    None means all, and so does a name that is not given. The profiles of all clusters are recomputed: each is unlike
    the others. `segment_table` says which customers earn the name of their segment.
    """
    groups = {name: given.get(name) for name in PARAMETER_OF_GROUP.values()}
    state = revision_of_run(connection, run_id)
    if state is None:
        return
    states = read_groups(connection, state, groups)
    write_distributions(connection, run_id, states, groups)
    of_run = {"run_id": run_id, **state.values("state"), **groups}
    for name in ("summarise_clusters", "summarise_segments"):
        connection.execute(states_statement(name, ", ".join(GROUPS), "state"), of_run)
    medians: dict[str, float] = connection.execute(select(model.c.medians).where(model.c.run_id == run_id)).scalar_one()
    overall = np.array([medians[feature] for feature in FEATURES])
    chosen = groups[CLUSTERED]
    measured = [each for each in states if chosen is None or each.kmeans in chosen]
    _write_earned_shares(connection, run_id, earned_shares(measured, overall, segment_table))
    _write_profiles(connection, run_id, overall)


def earned_shares(states: Sequence[Row[Any]], overall: FloatArray, segment_table: SegmentTable) -> dict[str, float]:
    """Return the share of the customers in each segment of K-means who earn its name by their own numbers, 0..1.

    Args:
        states: customers as read by `read_groups`.
        overall: medians (3,) of all customers in the training run.
        segment_table: table that gives the names.
    """
    counts: dict[str, list[int]] = {}
    for each in states:
        columns = matrix_of(each.features)
        rfm, tenure = columns[:, : len(FEATURES)], columns[:, len(FEATURES)]
        earned = count_earned(each.kmeans, each.cluster, rfm, tenure, overall, segment_table)
        count = counts.setdefault(each.kmeans, [0, 0])
        count[0], count[1] = count[0] + earned, count[1] + len(columns)
    return {slug: round(earned / members, SHARE_DIGITS) for slug, (earned, members) in counts.items()}


def _write_earned_shares(connection: Connection, run_id: UUID, shares: dict[str, float]) -> None:
    s = segment_summary.c
    one = update(segment_summary).where(s.run_id == run_id, s.scheme == "kmeans", s.slug == bindparam("of_slug"))
    if shares:
        rows = [{"of_slug": slug, "share": share} for slug, share in shares.items()]
        connection.execute(one.values(earned_share=bindparam("share")), rows)


def _write_profiles(connection: Connection, run_id: UUID, overall: FloatArray) -> None:
    c = cluster_summary.c
    of_run = select(c.cluster, c.median_recency, c.median_frequency, c.median_monetary).where(c.run_id == run_id)
    medians = {row.cluster: row[1:] for row in connection.execute(of_run)}
    known = {each: [float(value) for value in values] for each, values in medians.items() if None not in values}
    lines = profile_lines(known, overall)
    one = update(cluster_summary).where(c.run_id == run_id, c.cluster == bindparam("of_cluster"))
    if medians:
        rows = [{"of_cluster": each, "line": lines.get(each)} for each in medians]
        connection.execute(one.values(profile=bindparam("line")), rows)


def record_day(connection: Connection, run_id: UUID, as_of: date | None = None) -> None:
    """Record the customers and revenue of a run's segments on a day, None for the newest recorded day of the run."""
    connection.execute(named(__package__, "record_day"), {"run_id": run_id, "as_of": as_of})
