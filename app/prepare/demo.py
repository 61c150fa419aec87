"""Synthetic sales of the demonstration: the same shop on whatever day it is started."""

from datetime import date, timedelta
from pathlib import Path
from typing import Final

from app.prepare.daily_files import Progress
from app.prepare.generator.generate import CUSTOMERS, DAYS, Generated, generate

SEED: Final = 2026
CALENDAR_START: Final = date(2026, 7, 25)


def generate_demo(
    folder: Path, today: date, *, customers: int = CUSTOMERS, days: int = DAYS, progress: Progress | None = None
) -> Generated | None:
    """Write the demonstration's daily files up to yesterday; return None if `folder` already has them.

    The first call writes `days` files. A later call keeps their first day and adds the days since. Weekdays and
    seasons are those of a fixed series of dates, so that customers, invoices and amounts depend only on how
    many days there are, not on `today`.
    """
    present = sorted(days_in(folder))
    start = present[0] if present else today - timedelta(days=days)
    wanted = (today - start).days
    if wanted <= len(present):
        return None
    return generate(
        folder,
        customers=customers,
        days=wanted,
        start=start,
        seed=SEED,
        calendar_start=CALENDAR_START,
        replace=True,
        progress=progress,
    )


def days_in(folder: Path) -> list[date]:
    """Return the days that `folder` has daily files of."""
    if not folder.is_dir():
        return []
    return [date.fromisoformat(file.parent.name) for file in folder.glob("????-??-??/????-??-??_transactions.csv")]
