"""Synthetic sales of the demonstration, the same on any day except for their dates."""

from datetime import date, timedelta
from pathlib import Path
from typing import Final

from app.prepare.daily_files import SplitProgress
from app.prepare.generator.generate import CUSTOMERS, DAYS, GeneratedSummary, generate

SEED: Final = 2026
CALENDAR_START: Final = date(2026, 7, 25)


def generate_demo(
    folder: Path, today: date, *, customers: int = CUSTOMERS, days: int = DAYS, progress: SplitProgress | None = None
) -> GeneratedSummary | None:
    """Write the demonstration's daily files up to yesterday; return None if `folder` already has them.

    The first call writes `days` files. A later call keeps their first day and adds the following days. Weekdays and
    seasons follow a fixed series of dates, so that customers, invoices and amounts depend on the number of days,
    but not on `today`.
    """
    present = sorted(days_in(folder))
    start = present[0] if present else today - timedelta(days=days)
    total_days = (today - start).days
    if total_days <= len(present):
        return None
    return generate(
        folder,
        customers=customers,
        days=total_days,
        start=start,
        seed=SEED,
        calendar_start=CALENDAR_START,
        replace=True,
        progress=progress,
    )


def days_in(folder: Path) -> list[date]:
    """Return the days of the daily files in `folder`."""
    if not folder.is_dir():
        return []
    return [date.fromisoformat(file.parent.name) for file in folder.glob("????-??-??/????-??-??_transactions.csv")]
