"""Assignment of customers to segments by the model of a run, in training runs and between them."""

from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

import numpy as np
from sqlalchemy import Connection, select, update

from app.db.sql import named
from app.gold.lock import lock_gold
from app.segments.assignments import Assignments, write_customers
from app.segments.changes import record_changes
from app.segments.model.scoring import Scorer
from app.segments.model.segment_table.table import SegmentTable
from app.segments.publish import current_run_id, touch_updated_at
from app.segments.registry import by_cluster, load_model
from app.segments.rfm import FeatureMatrix, read_rfm, read_touched
from app.segments.summaries import record_day, write_segment_table, write_summaries
from app.segments.tables import model


@dataclass(frozen=True, slots=True)
class AssignmentResult:
    """Outcome of an assignment.

    Attributes:
        customers: number of customers assigned.
        first_change: lowest change_id of the recorded changes, None without changes.
    """

    customers: int = 0
    first_change: int | None = None


def assign(connection: Connection, as_of: date, segment_table: SegmentTable) -> AssignmentResult:
    """Assign the customers with gold rows changed since their last assignment, by the current run's model.

    Does nothing before the first training run. Takes the lock of gold. Raises ArtifactRefused if the stored model is
    not the registered one.
    """
    lock_gold(connection)  # gold as read here is gold as written below
    run_id = current_run_id(connection)
    if run_id is None:
        return AssignmentResult()
    touched = read_touched(connection, run_id, as_of)
    assignments = _assign(connection, run_id, segment_table, touched)
    first = record_changes(
        connection, run_id, assignments, as_of=as_of, previous_run_id=run_id, segment_table=segment_table
    )
    _write_history(connection, run_id, touched.customer_ids, as_of)
    deleted = connection.execute(named(__package__, "delete_unsegmented"), {"run_id": run_id}).rowcount
    if touched.customer_ids:
        write_segment_table(connection, run_id, segment_table)
        write_customers(connection, run_id, assignments, as_of=as_of, previous_run_id=run_id)
    if touched.customer_ids or deleted:
        write_summaries(connection, run_id)
        record_day(connection, run_id, as_of)
        touch_updated_at(connection)
    return AssignmentResult(len(touched.customer_ids), first)


def assign_all(
    connection: Connection, run_id: UUID, *, previous_run_id: UUID | None, as_of: date, segment_table: SegmentTable
) -> AssignmentResult:
    """Assign all customers by the model of a new run, before it replaces the previous run.

    The caller holds the lock of gold. Raises ArtifactRefused.
    """
    features = read_rfm(connection, as_of)
    write_segment_table(connection, run_id, segment_table)
    assignments = _assign(connection, run_id, segment_table, features)
    first = record_changes(
        connection, run_id, assignments, as_of=as_of, previous_run_id=previous_run_id, segment_table=segment_table
    )
    write_customers(connection, run_id, assignments, as_of=as_of, previous_run_id=previous_run_id)
    write_summaries(connection, run_id)
    record_day(connection, run_id, as_of)
    return AssignmentResult(len(features.customer_ids), first)


def _assign(connection: Connection, run_id: UUID, segment_table: SegmentTable, features: FeatureMatrix) -> Assignments:
    ids, rfm = features
    row: Any = connection.execute(select(model).where(model.c.run_id == run_id)).mappings().one()
    scorer = Scorer.from_row(row)
    clusters = load_model(connection, run_id).predict(rfm) if ids else np.empty(0, np.int_)
    # An outlier cluster that was empty in the training run is named by its first members.
    names = scorer.names(rfm, clusters, segment_table)
    if new := scorer.new_medians(rfm, clusters):
        named_clusters = {
            "segment_of_cluster": {str(number): slug for number, slug in names.items()},
            "cluster_medians": by_cluster({**scorer.cluster_medians, **new}),
        }
        connection.execute(update(model).where(model.c.run_id == run_id).values(named_clusters))
    return Assignments.named(ids, rfm, clusters, names, segment_table.name_customers(rfm, scorer.medians))


def _write_history(connection: Connection, run_id: UUID, customer_ids: list[str], as_of: date) -> None:
    values = {"run_id": run_id, "as_of": as_of, "customer_ids": customer_ids}
    for statement in ("delete_later_history", "write_history"):
        connection.execute(named(__package__, statement), values)
