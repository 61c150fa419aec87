"""Distributions of the features in custom segments: segments.distribution, kind `custom`."""

from datetime import date
from uuid import UUID

import numpy as np
from sqlalchemy import Connection, delete, exists, insert, select

from app.db.sql import named
from app.segments.distributions import measure_features
from app.segments.model.features import FEATURES
from app.segments.model.schemes import CUSTOM
from app.segments.revisions import Revision
from app.segments.tables import distribution, segment_summary

d, s = distribution.c, segment_summary.c


def write_distribution(connection: Connection, run_id: UUID, scored_as_of: date, slug: str) -> None:
    """Recompute the distributions in a custom segment of the current run from the states of its members."""
    delete_distribution(connection, run_id, slug)
    values = {"slug": slug, "scored_as_of": scored_as_of}
    features: bytes | None = connection.execute(named(__package__, "member_features"), values).scalar_one()
    if not features:
        return
    rfm = np.frombuffer(features, ">f8").astype(np.float64).reshape(-1, len(FEATURES))
    of_segment = {"run_id": run_id, "kind": CUSTOM, "name": slug}
    rows = [{**of_segment, "feature": feature, **measured} for feature, measured in measure_features(rfm)]
    connection.execute(insert(distribution), rows)


def delete_distribution(connection: Connection, run_id: UUID, slug: str) -> None:
    """Delete the distributions in a custom segment of a run."""
    connection.execute(delete(distribution).where(d.run_id == run_id, d.kind == CUSTOM, d.name == slug))


def write_missing_distributions(connection: Connection, state: Revision) -> None:
    """Recompute the distributions of custom segments of the current run that were deleted with those of a member."""
    is_measured = exists().where(d.run_id == s.run_id, d.kind == CUSTOM, d.name == s.slug)
    missing = select(s.slug).where(s.run_id == state.run_id, s.scheme == CUSTOM, s.customers > 0, ~is_measured)
    for slug in connection.execute(missing).scalars().all():
        write_distribution(connection, state.run_id, state.scored_as_of, slug)
