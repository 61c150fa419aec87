"""Removal of old revisions: the states that only they had are deleted, the registry rows of their runs stay."""

from dataclasses import asdict, dataclass
from datetime import date, datetime, timedelta
from itertools import pairwise
from typing import Final, Self
from uuid import UUID

from sqlalchemy import Connection, delete, select, update

from app.db.sql import named
from app.segments.custom.members import delete_unread_members
from app.segments.registry_tables import artifact
from app.segments.tables import STATISTICS, cluster_summary, distribution, revision, segment_summary, stale_summary

CURSOR_LIFETIME: Final = timedelta(days=2)
r = revision.c


@dataclass(frozen=True, slots=True)
class RunRetention:
    """Retention phases of revisions by as_of: one a day, then one a week, then one a month.

    Attributes:
        published_since: every revision added since then is kept: clients may be reading it page by page.
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


def delete_revisions(connection: Connection, retention: RunRetention) -> int:
    """Exclude the revisions past their retention period from all reads; return their number."""
    deleted: int = connection.execute(named(__package__, "delete_expired_revisions"), asdict(retention)).scalar_one()
    return deleted


def gaps(connection: Connection) -> list[tuple[int, int]]:
    """Return pairs of stored revisions between which revisions were deleted; 0 is before the first."""
    numbers = [0, *connection.execute(select(r.revision).order_by(r.revision)).scalars()]
    return [(one, other) for one, other in pairwise(numbers) if other > one + 1]


def delete_batch(connection: Connection, gap: tuple[int, int], rows: int) -> int:
    """Delete up to `rows` states, and as many memberships, that were valid between two revisions only.

    Returns the number of both.
    """
    values = {"previous": gap[0], "next": gap[1], "rows": rows}
    deleted: int = connection.execute(named(__package__, "delete_unread_states"), values).scalar_one()
    return deleted + delete_unread_members(connection, gap, rows)


def mark_removed(connection: Connection, removed_at: datetime) -> list[UUID]:
    """Mark the published runs without revisions as removed, delete their summaries, and return them.

    Their segment names stay for the feed.
    """
    removed = connection.execute(named(__package__, "mark_removed"), {"removed_at": removed_at}).scalars().all()
    blank = {"customers": 0, "revenue": 0, "clv": None, **dict.fromkeys(STATISTICS)}
    connection.execute(update(segment_summary).where(segment_summary.c.run_id.in_(removed)).values(blank))
    for table in (cluster_summary, distribution, stale_summary, artifact):
        connection.execute(delete(table).where(table.c.run_id.in_(removed)))
    return list(removed)
