"""Removal of old training runs: their customers are deleted, their registry rows stay."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final, Self
from uuid import UUID

from sqlalchemy import Connection, delete, update

from app.db.sql import named
from app.segments.tables import STATISTICS, artifact, cluster_summary, distribution, segment_summary, stale_summary

CURSOR_LIFETIME: Final = timedelta(days=2)
BATCHES: Final = ("delete_run_customers", "delete_run_history")


@dataclass(frozen=True, slots=True)
class RunRetention:
    """Retention phases of runs by as_of: one run a day, then one a week, then one a month.

    Attributes:
        published_since: every run published since then is kept: clients may be reading it page by page.
        daily_since: first day of the daily phase.
        weekly_since: first day of the weekly phase.
        monthly_since: first day of the monthly phase.
    """

    published_since: datetime
    daily_since: date
    weekly_since: date
    monthly_since: date

    @classmethod
    def until(cls, today: date, now: datetime, *, days: int, weeks: int, months: int) -> Self:
        """Return the retention with phases of these lengths, counted back from today."""
        month = today.year * 12 + today.month - 1 - months
        return cls(
            published_since=now - CURSOR_LIFETIME,
            daily_since=today - timedelta(days=days),
            weekly_since=today - timedelta(weeks=weeks),
            monthly_since=date(month // 12, month % 12 + 1, 1),
        )


def expired_runs(connection: Connection, retention: RunRetention) -> list[UUID]:
    """Return the runs past their retention period and partly removed runs, the oldest first."""
    values = {
        "published_since": retention.published_since,
        "daily_since": retention.daily_since,
        "weekly_since": retention.weekly_since,
        "monthly_since": retention.monthly_since,
    }
    return list(connection.execute(named(__package__, "expired_runs"), values).scalars())


def mark_removed(connection: Connection, run_id: UUID, removed_at: datetime) -> None:
    """Exclude a run from all reads, before its customers are deleted."""
    connection.execute(named(__package__, "mark_removed"), {"run_id": run_id, "removed_at": removed_at})


def delete_batch(connection: Connection, run_id: UUID, rows: int) -> int:
    """Delete up to `rows` rows of customers of a removed run; return their number, 0 where none are left."""
    values = {"run_id": run_id, "rows": rows}
    for statement in BATCHES:
        deleted: int = connection.execute(named(__package__, statement), values).scalar_one()
        if deleted:
            return deleted
    return 0


def delete_rest(connection: Connection, run_id: UUID) -> None:
    """Delete the remaining rows of a removed run without customers; segment names stay for the feed."""
    s = segment_summary.c
    blank = {"customers": 0, "revenue": 0, **dict.fromkeys(STATISTICS)}
    connection.execute(update(segment_summary).where(s.run_id == run_id).values(blank))
    for table in (cluster_summary, distribution, stale_summary, artifact):
        connection.execute(delete(table).where(table.c.run_id == run_id))
