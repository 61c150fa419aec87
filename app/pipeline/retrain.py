"""Retrain: from gold to a published run, in one transaction."""

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from joblib import cpu_count
from sqlalchemy import Connection, exists, func, select
from threadpoolctl import threadpool_limits

from app.db.engine import translated
from app.db.sql import named
from app.errors import LeaseLost, NoCustomers, QualityGateClosed
from app.gold.tables import customer_rfm
from app.jobs.context import Context
from app.jobs.runs import Run
from app.pipeline.tables import ACTIVE, freshness, source_file
from app.segments import publish
from app.segments.assign import assign_all
from app.segments.model.segment_table.table import Segment, SegmentTable
from app.segments.model.train import RFMSegmenter
from app.segments.registry import register, serving_run
from app.webhooks.outbox import emit_segment_changes


@dataclass(frozen=True, slots=True)
class Trained:
    """What a training found: the customers it saw, the k it chose, and the segment of each cluster."""

    customers: int
    k: int
    names: dict[int, Segment]


def needs_first_training(context: Context) -> bool:
    """Whether there are customers but no run is served yet."""
    with context.engine.connect() as connection:
        if serving_run(connection) is not None:
            return False
        return connection.execute(select(exists().select_from(customer_rfm))).scalar_one()


def retrain(context: Context, run: Run, as_of: date) -> Trained:
    """Train on every customer as of a day, publish under the run's id; raises NoCustomers where there are none,
    NotPublished where the quality of the newest files failed and a run is served already, LeaseLost where another
    training was published meanwhile.

    The model is that of gold as it was at the beginning; who bought meanwhile is assigned by it with all others.
    """
    table = SegmentTable.load()
    with translated(), run.begin(context.engine) as connection:
        before = serving_run(connection)
        _judge_quality(connection, before)
        segmenter = _fit(connection, context, run, as_of)
        customers = len(segmenter.labels_)
        names = {
            cluster: table.name_cluster(cluster, medians, segmenter.medians_)
            for cluster, medians in segmenter.cluster_medians_.items()
        }
        now = context.clock()
        register(connection, run.run_id, segmenter, names, as_of=as_of, trained_at=now)
        connection.execute(
            named("app.gold", "lock_gold")
        )  # from here to the commit nobody is assigned by the old model
        if serving_run(connection) != before:
            raise LeaseLost("another training was published while this one ran; its segments stay")
        _judge_quality(connection, before)  # files may have come meanwhile
        assigned = assign_all(connection, run.run_id, before=before, as_of=as_of, table=table)
        publish.serve(connection, run.run_id, as_of=as_of, published_at=now)
        connection.execute(named("app.segments", "analyze_tables"))
        emit_segment_changes(connection, assigned.first_change)
        run.check()
    run.step("published")
    run.counts.update(customers=customers, k=segmenter.k_)
    return Trained(customers, segmenter.k_, names)


def _fit(connection: Connection, context: Context, run: Run, as_of: date) -> RFMSegmenter:
    ids, rfm = publish.read_rfm(connection.execute(named("app.segments", "read_rfm"), {"as_of": as_of}).all())
    if not ids:
        raise NoCustomers(_why_no_customers(connection))
    run.step(f"read {len(ids):,} customers as of {as_of}")
    segmenter = RFMSegmenter(random_state=context.settings.random_state)
    with threadpool_limits(max(1, cpu_count() // 2)):  # the other half is for those who ask meanwhile
        segmenter.fit(rfm, customer_id=ids, checkpoint=run.check)
    run.step(f"chose k = {segmenter.k_} of {len(segmenter.k_scores_)} tried")
    return segmenter


def _why_no_customers(connection: Connection) -> str:
    loaded = select(func.coalesce(func.sum(source_file.c.rows_loaded), 0)).where(source_file.c.state.in_(ACTIVE))
    rows = connection.execute(loaded).scalar_one()
    if rows:
        return (
            f"no customer has a sale that counts: {rows:,} rows are loaded, but a sale counts only with a customer id "
            "and a product code, and if it is not cancelled; check these columns of the files"
        )
    return "no sales are loaded yet; load sales first (regulars ingest)"


def _judge_quality(connection: Connection, serving: UUID | None) -> None:
    gate = connection.execute(select(freshness.c.gate_reason)).scalar_one_or_none()
    if gate is not None and serving is not None:
        raise QualityGateClosed(
            f"not published: {gate}; run {serving} goes on serving; mend the files and send them again"
        )
