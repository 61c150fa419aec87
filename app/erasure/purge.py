"""Purge: what an erasure leaves to the worker. Exports that held the customer are deleted from their stores, and the
tables' old row versions and statistics, which still know him, are swept."""

from datetime import datetime
from typing import Any, Final
from uuid import uuid4

from sqlalchemy import Connection, Engine, exists, func, insert, select, text, update

from app.bronze.tables import retail_transactions as bronze
from app.db.engine import translated
from app.errors import RegularsError
from app.exports import registry
from app.gold.tables import customer_invoice, customer_rfm
from app.jobs.context import Context
from app.jobs.job_queue import API, CLOCK, enqueue, wake
from app.jobs.runs import Run
from app.jobs.tables import job_run, run_step
from app.pipeline.tables import source_file
from app.segments.tables import customer_change, customer_segment, customer_segment_history
from app.silver.tables import quarantine
from app.silver.tables import retail_transactions as silver
from app.suppression.tables import erasure
from app.webhooks.tables import webhook_delivery, webhook_event

PURGE: Final = "purge"
SWEPT: Final = (
    *(bronze, silver, quarantine, customer_rfm, customer_invoice),
    *(customer_segment, customer_segment_history, customer_change),
    *(webhook_event, webhook_delivery, source_file, job_run, run_step),
)
e = erasure.c


def enqueue_purge(connection: Connection) -> None:
    """Let the worker purge when this transaction is committed."""
    values: dict[str, Any] = {"run_id": uuid4(), "job": PURGE, "trigger": API}
    connection.execute(insert(job_run).values(**values, scheduled_for=func.clock_timestamp()))
    wake(connection, PURGE)


def retry_pending_purges(engine: Engine, now: datetime) -> None:
    """The same for whatever is left of erasures whose purge failed, or never came to its end."""
    with translated(), engine.connect() as connection:
        is_left = connection.execute(select(exists().where(e.completed_at.is_(None)))).scalar_one()
    if is_left:
        enqueue(engine, PURGE, CLOCK, now)


@translated()
def purge(context: Context, run: Run) -> int:
    """Delete what erasures withdrew, sweep the tables, and say so in the certificates; the number of objects deleted.

    Raises Retriable or Fatal where a store cannot be reached; the objects of the others are gone by then.
    """
    with context.engine.connect() as connection:
        left = connection.execute(select(e.erasure_id).where(e.completed_at.is_(None))).scalars().all()
        withdrawn = registry.withdrawn(connection)
    failures = [error for each in withdrawn if (error := _delete(context, run, each)) is not None]
    deleted = len(withdrawn) - len(failures)
    run.counts.update(erasures=len(left), objects=deleted)
    if left:
        _sweep(context.engine)
    if failures:
        raise failures[0]
    with run.begin(context.engine) as connection:
        completed = update(erasure).where(e.erasure_id.in_(left)).values(completed_at=func.clock_timestamp())
        connection.execute(completed)
    run.step(f"deleted {deleted:,} exports and swept the tables for {len(left):,} erasures")
    return deleted


def _delete(context: Context, run: Run, withdrawn: registry.Object) -> RegularsError | None:
    run.check()
    try:
        with run.begin(context.engine) as connection:
            registry.delete(connection, withdrawn, context.settings)
    except RegularsError as error:
        run.step(f"not deleted: {error}")
        return error
    return None


def _sweep(engine: Engine) -> None:
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text(f"vacuum (analyze) {', '.join(map(str, SWEPT))}"))
