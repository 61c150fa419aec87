"""Retain: what is kept for so many days goes after them, in small transactions; silver and gold stay."""

from datetime import timedelta

from sqlalchemy import delete

from app.bronze.tables import retail_transactions as bronze
from app.db.engine import translated
from app.db.sql import named
from app.jobs.context import Context
from app.jobs.runs import Run
from app.settings import Settings
from app.silver.tables import quarantine
from app.suppression.lock import lock_shared

ROWS_A_BATCH = 1_000
LAYERS = {"bronze": bronze, "quarantine": quarantine}


def has_retention(settings: Settings) -> bool:
    """Whether anything is to go at all."""
    kept = (
        settings.bronze_retention_days,
        settings.quarantine_retention_days,
        settings.runs_retention_days,
        settings.audit_retention_days,
    )
    return any(days is not None for days in kept)


@translated()
def delete_expired(context: Context, run: Run) -> dict[str, int]:
    """Delete what is older than the settings keep it: rows of bronze and of the quarantine file by file, runs,
    and the audit log.

    Gives the rows deleted of each. The ledger stays whole, so that nothing is loaded again; a row whose bronze is gone
    cannot be replayed.
    """
    settings = context.settings
    gone = {
        "bronze": _retain_rows(context, run, "bronze", settings.bronze_retention_days),
        "quarantine": _retain_rows(context, run, "quarantine", settings.quarantine_retention_days),
        "runs": _retain_batches(context, run, "runs", settings.runs_retention_days),
        "audit": _retain_batches(context, run, "audit", settings.audit_retention_days),
    }
    run.counts.update(gone)
    return gone


def _retain_rows(context: Context, run: Run, layer: str, days: int | None) -> int:
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
            table = LAYERS[layer]
            rows += connection.execute(delete(table).where(table.c.file_id == file.id)).rowcount
    run.step(f"{layer}: {rows:,} rows of {len(files):,} files were older than {days} days")
    return rows


def _retain_batches(context: Context, run: Run, what: str, days: int | None) -> int:
    if days is None:
        return 0
    values = {"before": context.clock() - timedelta(days=days), "rows": ROWS_A_BATCH}
    total, batch = 0, 1
    while batch:
        run.check()
        with run.begin(context.engine) as connection:
            lock_shared(connection)
            batch = connection.execute(named(__package__, f"delete_expired_{what}"), values).scalar_one()
        total += batch
    run.step(f"{what}: {total:,} were older than {days} days")
    return total
