"""Retraining: from gold to a published run, in one transaction."""

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from joblib import cpu_count
from sqlalchemy import Connection, exists, select
from threadpoolctl import threadpool_limits

from app.db.engine import translate_db_errors
from app.errors import LeaseLost, NoCustomers, QualityGateClosed
from app.gold.lock import lock_gold
from app.gold.tables import customer_rfm
from app.jobs.context import Context
from app.jobs.runs import Run
from app.pipeline.tables import freshness
from app.quality.data_warnings import why_no_sale_counts
from app.segments.assign import assign_all
from app.segments.model.segment_table.table import SegmentDefinition, SegmentTable
from app.segments.model.train import RFMSegmenter
from app.segments.publish import analyze_tables, current_run_id, publish
from app.segments.registry import register
from app.segments.rfm import read_rfm
from app.silver.tables import sales_row
from app.webhooks.outbox import emit_segment_changes


@dataclass(frozen=True, slots=True)
class TrainingResult:
    """Outcome of a training run.

    Attributes:
        customers: number of customers trained on.
        k: number of clusters of the core.
        names: segment of each cluster.
    """

    customers: int
    k: int
    names: dict[int, SegmentDefinition]


def needs_first_training(context: Context) -> bool:
    """Return whether there are customers to segment but no current training run."""
    with context.engine.connect() as connection:
        if current_run_id(connection) is not None:
            return False
        return connection.execute(select(exists().where(customer_rfm.c.is_segmented))).scalar_one()


def retrain(context: Context, run: Run, as_of: date) -> TrainingResult:
    """Train on every customer as of a day and publish the result under the run's id.

    The model is trained on gold as of the start of the transaction; sales loaded during the training run are included
    in the assignment. Raises NoCustomers if gold has no customer to segment, QualityGateClosed if the quality of the
    newest files is too low and there is a current run, LeaseLost if another run was published meanwhile.
    """
    segment_table = SegmentTable.load()
    with translate_db_errors(), run.begin(context.engine) as connection:
        before = current_run_id(connection)
        _check_quality_gate(connection, before)
        segmenter = _fit(connection, context, run, as_of)
        customers = len(segmenter.labels_)
        names = {
            cluster: segment_table.name_cluster(cluster, medians, segmenter.medians_)
            for cluster, medians in segmenter.cluster_medians_.items()
        }
        now = context.clock()
        register(connection, run.run_id, segmenter, names, as_of=as_of, trained_at=now)
        lock_gold(connection)  # until the commit no customer is assigned by the old model
        if current_run_id(connection) != before:
            raise LeaseLost("the training run was discarded: another run was published during it")
        _check_quality_gate(connection, before)  # files may have been loaded since the first check
        assigned = assign_all(
            connection, run.run_id, previous_run_id=before, as_of=as_of, segment_table=segment_table, now=now
        )
        publish(connection, run.run_id, as_of=as_of, published_at=now)
        analyze_tables(connection)
        emit_segment_changes(connection, assigned.first_change)
        run.check()
    run.step("published")
    run.counts.update(customers=customers, k=segmenter.k_)
    return TrainingResult(customers, segmenter.k_, names)


def _fit(connection: Connection, context: Context, run: Run, as_of: date) -> RFMSegmenter:
    rfm = read_rfm(connection, as_of)
    if not len(rfm):
        raise NoCustomers(_why_empty(connection))
    run.step(f"read {len(rfm):,} customers as of {as_of}")
    segmenter = RFMSegmenter(random_state=context.settings.random_state)
    threads = max(1, cpu_count() // 2)  # the other half answers API requests
    with threadpool_limits(threads):
        segmenter.fit(rfm, checkpoint=run.check, threads=threads)
    run.step(f"chose k = {segmenter.k_} of {len(segmenter.k_scores_)} tried")
    return segmenter


def _why_empty(connection: Connection) -> str:
    if connection.execute(select(exists().select_from(customer_rfm))).scalar_one():
        return "the returns of every customer reach the value of their sales; see returns in docs/contracts.md"
    if reason := why_no_sale_counts(connection):
        return reason
    if connection.execute(select(exists().select_from(sales_row))).scalar_one():
        return "none of the loaded sales counts for a customer; see countsWhen in docs/contracts.md"
    return "no sales are loaded; load sales first (regulars ingest)"


def _check_quality_gate(connection: Connection, current: UUID | None) -> None:
    reason = connection.execute(select(freshness.c.gate_reason)).scalar_one_or_none()
    if reason is not None and current is not None:
        raise QualityGateClosed(
            f"not published: {reason}; run {current} stays current; correct the files and send "
            "them again, or raise REGULARS_GATE_QUARANTINED_SHARE"
        )
