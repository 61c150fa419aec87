"""Plausible days of the sales of a file."""

import re
from datetime import date, timedelta
from typing import Final

from app.contract.model import DateRange

DATE_IN_KEY: Final = re.compile(r"(?<![0-9])([0-9]{4})[-_.]?([0-9]{2})[-_.]?([0-9]{2})(?![0-9])")


def date_of_key(key: str) -> date | None:
    """Return the last date in a key, written year first: `2026-03-01`, `2026_03_01` or `20260301`."""
    for match in reversed([*DATE_IN_KEY.finditer(key)]):
        try:
            return date(*map(int, match.groups()))
        except ValueError:
            continue
    return None


def plausible_days(declared: DateRange | None, key: str, today: date) -> tuple[date, date]:
    """Return the first and the last plausible day of the sales in a file; every day, where none is declared."""
    if declared is None:
        return date.min, date.max
    day = date_of_key(key)
    if day is None:
        return declared.start, _plus(today, declared.days_ahead)
    return _plus(day, -declared.before), _plus(day, declared.after)


def _plus(day: date, days: int) -> date:
    try:
        return day + timedelta(days=days)
    except OverflowError:
        return date.max if days > 0 else date.min
