"""Days without a file, by the arrival that a contract declares."""

from collections.abc import Collection, Iterator
from datetime import date, timedelta
from itertools import pairwise

from app.contract.model import Arrival


def missing_days(arrival: Arrival, days: Collection[date]) -> list[date]:
    """Return the days between the first and the last file on which a file was expected and none has come.

    Args:
        days: days that have a file.
    """
    given = sorted(set(days))
    between = (day for earlier, later in pairwise(given) for day in _expected(arrival, earlier, later))
    return [day for day in between if day.isoweekday() in arrival.weekdays]


def _expected(arrival: Arrival, earlier: date, later: date) -> Iterator[date]:
    day = earlier + timedelta(days=arrival.every_days)
    while day < later:
        yield day
        day += timedelta(days=arrival.every_days)
