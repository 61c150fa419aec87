"""Purge: the part of an erasure that the worker does.

Exports that may hold the customer are deleted from their stores, summaries of superseded runs are recomputed, and the
tables are vacuumed and analysed, because old row versions and statistics still hold the customer's data.
"""

from datetime import datetime
from typing import Any, Final
from uuid import uuid4

from sqlalchemy import Connection, Engine, exists, func, insert, select, text, update

from app.bronze.tables import sales_row as bronze
from app.db.engine import translate_db_errors
from app.errors import RegularsError
from app.exports import registry
from app.gold.tables import (
    cohort_month,
    customer_identifier,
    customer_invoice,
    customer_rfm,
    sales_period,
    uncounted_sales,
)
from app.jobs.context import Context
from app.jobs.job_queue import TRIGGER_API, TRIGGER_CLOCK, enqueue, notify_leader
from app.jobs.runs import Run
from app.jobs.tables import job_run, run_step
from app.pipeline.tables import source_file
from app.segments.model.segment_table.table import SegmentTable
from app.segments.stale_summaries import recompute, stale_runs
from app.segments.tables import customer_change, customer_forecast, customer_segment, customer_segment_history
from app.silver.tables import quarantine
from app.silver.tables import sales_row as silver
from app.suppression.lock import lock_shared
from app.suppression.tables import erasure
from app.webhooks.tables import webhook_delivery, webhook_event

PURGE: Final = "purge"
VACUUMED: Final = (
    *(bronze, silver, quarantine, customer_rfm, customer_invoice, customer_identifier),
    *(sales_period, cohort_month, uncounted_sales),
    *(customer_segment, customer_segment_history, customer_forecast, customer_change),
    *(webhook_event, webhook_delivery, source_file, job_run, run_step),
)
e = erasure.c


def enqueue_purge(connection: Connection) -> None:
    """Enqueue a purge, which starts once this transaction is committed."""
    values: dict[str, Any] = {"run_id": uuid4(), "job": PURGE, "trigger": TRIGGER_API}
    connection.execute(insert(job_run).values(**values, scheduled_for=func.clock_timestamp()))
    notify_leader(connection, PURGE)


def retry_pending_purges(engine: Engine, now: datetime) -> None:
    """Enqueue a purge if an erasure is incomplete: its purge failed or was interrupted."""
    with translate_db_errors(), engine.connect() as connection:
        is_pending = connection.execute(select(exists().where(e.completed_at.is_(None)))).scalar_one()
    if is_pending:
        enqueue(engine, PURGE, TRIGGER_CLOCK, now)


@translate_db_errors()
def purge(context: Context, run: Run) -> int:
    """Delete withdrawn exports, recompute summaries, vacuum the tables and complete the certificates.

    Returns the number of exports deleted. Raises Retriable or Fatal if a store cannot be reached, after the exports
    in other stores have been deleted.
    """
    with context.engine.connect() as connection:
        pending = connection.execute(select(e.erasure_id).where(e.completed_at.is_(None))).scalars().all()
        withdrawn = registry.withdrawn(connection)
    failures = [error for each in withdrawn if (error := _delete(context, run, each)) is not None]
    deleted = len(withdrawn) - len(failures)
    run.counts.update(erasures=len(pending), objects=deleted)
    if pending:
        _recompute_summaries(context, run)
        _vacuum(context.engine)
    if failures:
        raise failures[0]
    with run.begin(context.engine) as connection:
        completed = update(erasure).where(e.erasure_id.in_(pending)).values(completed_at=func.clock_timestamp())
        connection.execute(completed)
    run.step(f"deleted {deleted:,} exports and vacuumed the tables for {len(pending):,} erasures")
    return deleted


def _recompute_summaries(context: Context, run: Run) -> None:
    with context.engine.connect() as connection:
        stale = stale_runs(connection)
    for run_id in stale:
        run.check()
        with run.begin(context.engine) as connection:
            lock_shared(connection)
            recompute(connection, run_id, SegmentTable.load())


def _delete(context: Context, run: Run, withdrawn: registry.StoredObject) -> RegularsError | None:
    run.check()
    try:
        with run.begin(context.engine) as connection:
            registry.delete(connection, withdrawn, context.settings)
    except RegularsError as error:
        run.step(f"not deleted: {error}")
        return error
    return None


def _vacuum(engine: Engine) -> None:
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text(f"vacuum (analyze) {', '.join(map(str, VACUUMED))}"))
