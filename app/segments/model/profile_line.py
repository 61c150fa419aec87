"""Profile line of each cluster: its medians as multiples of the medians of all customers, in words."""

from collections.abc import Mapping
from typing import Final

from app.segments.model.features import FREQUENCY, MONETARY, RECENCY
from app.segments.model.segment_table.table import Medians

TIMES: Final = "\N{MULTIPLICATION SIGN}"
DIGITS: Final = (2, 3, 6, 17)
"""Significant digits of multiples; more than two only for clusters whose lines are equal with fewer."""


def profile_lines(medians: Mapping[int, Medians], overall: Medians) -> dict[int, str]:
    """Return the line of each cluster: "Spends 11x, orders 9x, last bought 7 days ago", with TIMES instead of x.

    Multiples have two significant digits, more where two clusters would have the same line; clusters with equal medians
    do.
    """
    lines: dict[int, str] = {}
    for digits in DIGITS:
        unclear = {each: _line(medians[each], overall, digits) for each in medians if each not in lines}
        found = list(unclear.values())
        is_last = digits == DIGITS[-1]
        lines |= {each: line for each, line in unclear.items() if found.count(line) == 1 or is_last}
    return {each: lines[each] for each in medians}


def _line(medians: Medians, overall: Medians, digits: int) -> str:
    spends = _multiple("Spends", "nothing", medians[MONETARY], overall[MONETARY], digits)
    orders = _multiple("orders", "never", medians[FREQUENCY], overall[FREQUENCY], digits)
    return f"{spends}, {orders}, last bought {_ago(medians[RECENCY])}"


def _multiple(verb: str, none: str, value: float, overall: float, digits: int) -> str:
    """Return a verb with the multiple of the overall median, or with the value if this median is 0."""
    if value == 0:
        return f"{verb} {none}"
    return f"{verb} {_number(value / overall, digits)}{TIMES}" if overall else f"{verb} {_number(value, digits)}"


def _ago(days: float) -> str:
    if days < 0:
        return f"in {_days(-days)}"
    return "today" if days == 0 else f"{_days(days)} ago"


def _days(days: float) -> str:
    """Return a number of days, not rounded: the median stands beside it."""
    number = f"{days:,.10g}"
    return f"{number} day" if number == "1" else f"{number} days"


def _number(value: float, digits: int) -> str:
    """Return a number with so many significant digits, without an exponent; whole numbers above them are rounded."""
    rounded = float(f"{value:.{digits}g}")
    return f"{rounded:,.0f}" if rounded == int(rounded) else f"{rounded:.{digits + 12}f}".rstrip("0").rstrip(".")
