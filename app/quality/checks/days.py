"""Checks of days of sales: volume, revenue, share of the largest customer."""

from collections.abc import Callable, Iterator
from datetime import date, timedelta
from statistics import median
from typing import Final

from app.plurals import counted
from app.quality.checks.baseline import MIN_HISTORY, Range, expected_range
from app.quality.checks.finding import CheckFinding
from app.quality.checks.measured import MeasuredDay, MeasuredSource

WEEKS: Final = 8
"""Number of earlier weeks whose same weekday a day is compared with."""
LEAST_CHANGE: Final = 0.4
"""Smallest difference from the median, as a share of it, that is a problem."""
LEAST_SHARE: Final = 0.1
"""A day below this share of the median is always a problem."""
LARGEST_SHARE: Final = 0.5
"""A larger share of one customer in the revenue of a day is a problem."""
FEWEST_CUSTOMERS: Final = 10
"""Days with fewer customers are not checked: one of them may have most of the revenue."""
REMEDIES: Final = {
    "below": "check whether the file is complete, and send it again if it is not",
    "above": "check whether sales are repeated, or are those of several days or shops",
}


def check_volume(source: MeasuredSource) -> Iterator[CheckFinding]:
    """Find new days with unusually few or many rows."""
    yield _worst(source, "rows", lambda day: float(day.rows))


def check_revenue(source: MeasuredSource) -> Iterator[CheckFinding]:
    """Find new days with unusually little or much revenue."""
    yield _worst(source, "revenue", lambda day: float(day.revenue))


def check_customer_share(source: MeasuredSource) -> Iterator[CheckFinding]:
    """Find new days on which one customer has most of the revenue."""
    found = []
    for day in source.new_days:
        largest = source.largest.get(day)
        if largest is not None and largest.customers >= FEWEST_CUSTOMERS:
            found.append((float(largest.share), day))
    if not found:
        yield CheckFinding("no_data", f"no new day has {FEWEST_CUSTOMERS} customers with sales")
        return
    share, day = max(found)
    limit = Range(None, LARGEST_SHARE)
    message = f"one customer has {100 * share:.1f} % of the revenue of {day}"
    if limit.contains(share):
        yield CheckFinding("ok", message, share, limit, day)
    else:
        remedy = "check whether the id is a placeholder, to be declared in the contract, or a price is wrong"
        yield CheckFinding("problem", f"{message}: {remedy}", share, limit, day)


def weeks_before(day: date, weeks: int) -> date:
    """Return the day some weeks earlier, or the first day of the calendar."""
    return day - min(timedelta(weeks=weeks), day - date.min)


def _worst(source: MeasuredSource, what: str, value_of: Callable[[MeasuredDay], float]) -> CheckFinding:
    """Return the finding about the new day that is farthest from its expected range."""
    found: list[tuple[float, CheckFinding]] = []
    fewest = WEEKS
    for day in source.new_days:
        weeks = [source.days.get(weeks_before(day, week)) for week in range(1, WEEKS + 1)]
        history = [value_of(each) for each in weeks if each is not None]
        expected = _expected(history)
        if expected is None:
            fewest = min(fewest, len(history))
            continue
        value, low, high = 0.0, expected.low or 0.0, expected.high or 0.0
        if day in source.days:
            value = value_of(source.days[day])
        message = f"{day:%A} {day} has {_shown(value, what)}, expected {low:,.0f} to {high:,.0f}"
        distance = max(low - value, value - high) / max(1.0, high)
        if expected.contains(value):
            found.append((distance, CheckFinding("ok", message, value, expected, day)))
        else:
            remedy = REMEDIES["below" if value < low else "above"]
            found.append((distance, CheckFinding("problem", f"{message}: {remedy}", value, expected, day)))
    if found:
        return max(found, key=lambda each: each[0])[1]
    if not source.new_days:
        return CheckFinding("no_data", "the newest load has no day of sales")
    message = f"{counted(fewest, 'earlier week')} with sales on the same weekday; a comparison needs {MIN_HISTORY}"
    return CheckFinding("no_data", message, day=max(source.new_days))


def _expected(history: list[float]) -> Range | None:
    if len(history) < MIN_HISTORY:
        return None
    middle = median(history)
    found = expected_range(history, LEAST_CHANGE * abs(middle))
    return found and Range(max(found.low or 0.0, LEAST_SHARE * middle), found.high)


def _shown(value: float, what: str) -> str:
    return counted(round(value), "row") if what == "rows" else f"a revenue of {value:,.2f}"
