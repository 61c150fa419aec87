"""Deletion of data past its retention period, in small transactions; silver and gold are not deleted."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from sqlalchemy import delete

from app.bronze.tables import sales_row as bronze
from app.db.engine import translate_db_errors
from app.db.sql import named
from app.gold.lock import lock_gold
from app.jobs.context import Context
from app.jobs.runs import Run
from app.segments.remove_runs import RunRetention, delete_batch, delete_revisions, gaps, mark_removed
from app.segments.scheme_columns import scheme_statement
from app.silver.tables import quarantine
from app.suppression.lock import lock_shared

TABLE_OF_LAYER: Final = {"bronze": bronze, "quarantine": quarantine}


@dataclass(frozen=True, slots=True)
class RetentionSizes:
    """Sizes of the transactions of retention.

    Attributes:
        batch_rows: rows deleted in one transaction.
    """

    batch_rows: int = 10_000


DEFAULT_SIZES: Final = RetentionSizes()


@translate_db_errors()
def delete_expired(context: Context, run: Run, sizes: RetentionSizes = DEFAULT_SIZES) -> dict[str, int]:
    """Delete data past its retention period; return the rows deleted or redacted, by kind.

    Bronze and quarantine are deleted file by file; the ledger is not deleted, so that no file is loaded again. A
    quarantined row without its bronze row cannot be replayed. The customers of old training runs are deleted, their
    registry rows are not.
    """
    settings = context.settings
    deleted = {
        "bronze": _delete_rows(context, run, "bronze", settings.bronze_retention_days),
        "quarantine": _delete_rows(context, run, "quarantine", settings.quarantine_retention_days),
        "runs": _delete_in_batches(context, run, sizes, "delete_expired_job_runs", settings.runs_retention_days),
        "checks": _delete_in_batches(context, run, sizes, "delete_expired_checks", settings.runs_retention_days),
        "audit": _delete_in_batches(context, run, sizes, "delete_expired_audit", settings.audit_retention_days),
        "training_runs": _remove_training_runs(context, run, sizes),
        "erased_ids": _delete_in_batches(
            context, run, sizes, "redact_erased_changes", settings.erased_id_retention_days
        ),
    }
    run.counts.update(deleted)
    return deleted


def _delete_rows(context: Context, run: Run, layer: str, days: int | None) -> int:
    if days is None:
        return 0
    before = {"before": context.clock() - timedelta(days=days), "layer": layer}
    with context.engine.connect() as connection:
        files = connection.execute(named(__package__, "expired_files"), before).all()
    rows = 0
    for file in files:
        run.check()
        with run.begin(context.engine) as connection:
            lock_shared(connection)
            connection.execute(named(__package__, "lock"), {"names": [file.name]})
            table = TABLE_OF_LAYER[layer]
            rows += connection.execute(delete(table).where(table.c.file_id == file.id)).rowcount
    run.step(f"{layer}: deleted {rows:,} rows of {len(files):,} files loaded more than {days} days ago")
    return rows


def _delete_in_batches(context: Context, run: Run, sizes: RetentionSizes, statement: str, days: int | None) -> int:
    if not days:
        return 0
    values = {"before": context.clock() - timedelta(days=days), "rows": sizes.batch_rows}
    total, batch = 0, 1
    while batch:
        run.check()
        with run.begin(context.engine) as connection:
            lock_shared(connection)
            batch = connection.execute(scheme_statement(__package__, statement), values).scalar_one()
        total += batch
    run.step(f"{statement.replace('_', ' ')}: {total:,} rows older than {days} days")
    return total


def _remove_training_runs(context: Context, run: Run, sizes: RetentionSizes) -> int:
    settings = context.settings
    if not settings.training_retention_days:
        return 0
    retention = RunRetention.until(
        settings.today,
        context.clock(),
        days=settings.training_retention_days,
        weeks=settings.training_retention_weeks,
        months=settings.training_retention_months,
    )
    with run.begin(context.engine) as connection:
        lock_shared(connection)
        lock_gold(connection)
        deleted = delete_revisions(connection, retention)
        removed = mark_removed(connection, context.clock())
    states = _delete_states(context, run, sizes)
    run.step(
        f"revisions: deleted {deleted:,} and {states:,} states and memberships of customers; "
        f"removed {len(removed):,} training runs"
    )
    return len(removed)


def _delete_states(context: Context, run: Run, sizes: RetentionSizes) -> int:
    with context.engine.connect() as connection:
        between = gaps(connection)
    states = 0
    for gap in between:
        batch = 1
        while batch:
            run.check()
            with run.begin(context.engine) as connection:
                lock_shared(connection)
                batch = delete_batch(connection, gap, sizes.batch_rows)
            states += batch
    return states
