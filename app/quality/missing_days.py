"""Days without a file, by the arrival that a contract declares."""

from collections.abc import Collection, Iterator
from datetime import date, datetime, time, timedelta
from itertools import pairwise

from app.contract.model import Arrival

DAY = timedelta(days=1)
WEEK = 7


def last_due_day(arrival: Arrival, now: datetime) -> date:
    """Return the last day whose file has to be there.

    The file of a day has all of its sales, so it is due on the following day: at the declared time, or at its end.

    Args:
        now: the time in the zone of the source.
    """
    is_past = arrival.until is not None and now.time() >= time.fromisoformat(arrival.until)
    return now.date() - (DAY if is_past else 2 * DAY)


def missing_days(arrival: Arrival, days: Collection[date], due: date | None = None) -> list[date]:
    """Return the days after the first file, up to the last file or the last due day, that should have a file.

    Days after the last due one are not expected, and do not count as given: a sale may have a wrong date.

    Args:
        days: days that have a file.
        due: last day whose file has to be there; None: that of the last file.
    """
    given = sorted({day for day in days if due is None or day <= due})
    between = [day for earlier, later in pairwise(given) for day in _expected(arrival, earlier, later)]
    if given and due is not None:
        between += _expected(arrival, given[-1], due + DAY)
    return [day for day in between if day.isoweekday() in arrival.weekdays]


def usual_arrival(days: Collection[date]) -> Arrival | None:
    """Return the arrival of daily files on the weekdays of these days; None if it cannot be derived from them.

    It can be derived from more than seven days, most of which directly follow another one.

    Args:
        days: days that have a file.
    """
    given = sorted(set(days))
    gaps = sorted(later - earlier for earlier, later in pairwise(given))
    if len(given) <= WEEK or gaps[len(gaps) // 2] > DAY:
        return None
    return Arrival(weekdays=tuple(sorted({day.isoweekday() for day in given})))


def _expected(arrival: Arrival, earlier: date, later: date) -> Iterator[date]:
    # By number, because the calendar ends with a day that a wrong date can have.
    for number in range(earlier.toordinal() + arrival.every_days, later.toordinal(), arrival.every_days):
        yield date.fromordinal(number)
