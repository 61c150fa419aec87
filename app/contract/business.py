"""Business rules of a contract: currency, plausible dates, returns, arrival of files."""

import re
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Final

from app.contract.conditions import Condition
from app.contract.document import Entry
from app.contract.fields import Fields, fields_of
from app.contract.model import Arrival, Column, Currency, DateRange, Returns
from app.contract.problems import Problems, nearest
from app.contract.rates import CODE, read_rates

UNTIL: Final = re.compile(r"today(?: *\+ *([0-9]{1,5}))?")
TIME: Final = re.compile(r"([01][0-9]|2[0-3]):[0-5][0-9]")
MAX_DAYS: Final = 36_500
NONE: Final = "none"
WEEKDAYS: Final = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
DAYS_OF: Final = {"d": 1, "day": 1, "days": 1, "w": 7, "week": 7, "weeks": 7}
ARRIVAL: Final = ("frequency", "timeOfAvailability", "expectedDays")


def rates_path(custom: Fields, folder: Path | None) -> Path | None:
    """Return the path of the contract's file of rates, which is relative to the contract's folder."""
    currency = custom.entries.get("currency")
    declared = currency.fields.get("rates") if currency else None
    return (folder or Path()) / declared.text if declared and declared.text else None


def read_currency(custom: Fields, columns: tuple[Column, ...], rates: Path | None) -> Currency | None:
    """Return the contract's currency with its rates; None if none is declared."""
    fields = custom.mapping("currency", ("code", "rates"))
    if fields is None:
        return None
    code = fields.text("code")
    if not CODE.fullmatch(code):
        fields.add("code", f"{code[:40]!r} is not a currency code; write three capital letters, for example GBP")
    if "rates" not in fields:
        return Currency(code)
    if not any(column.name == "currency" for column in columns):
        what = "no row says its currency, so no rate applies"
        fields.add("rates", f"{what}; declare a property currency, or remove rates")
    if rates is None:
        fields.add("rates", "the path is missing; write the path of a CSV file, or remove rates")
        return Currency(code)
    return Currency(code, read_rates(rates, fields, code))


def read_date_range(custom: Fields) -> DateRange | None:
    """Return the plausible days of a sale; None if `none` is declared."""
    entry = custom.entries.get("dateRange")
    if entry is None:
        return DateRange()
    if entry.text == NONE:
        return None
    fields = custom.mapping("dateRange", ("before", "after", "from", "until"))
    if fields is None:
        return DateRange()
    before, after = (fields.integer(name, default, 0, MAX_DAYS) for name, default in (("before", 0), ("after", 1)))
    until = UNTIL.fullmatch(fields.text("until", "today + 1"))
    if until is None:
        fields.add("until", f"{fields.text('until')[:40]!r} is not a last day; write today, or today + 1")
    return DateRange(before or 0, after or 0, _start(fields), int(until[1] or 0) if until else 1)


def _start(fields: Fields) -> date:
    text = fields.text("from", "2000-01-01")
    try:
        return date.fromisoformat(text)
    except ValueError:
        fields.add("from", f"{text[:40]!r} is not a date; write it as 2000-01-01")
        return date(2000, 1, 1)


def check_returns(
    returns: Returns, columns: tuple[Column, ...], cancellation: Condition | None, custom: Fields
) -> None:
    """Record a problem where returns are to be subtracted, but no row can be one."""
    if returns != "net" or cancellation is not None:
        return
    if not any(_can_be_negative(column) for column in columns if column.name in {"quantity", "line_total"}):
        what = "no row can be a return: quantity and line_total are limited to positive numbers"
        custom.add("returns", f"{what}; remove that limit, or declare cancellationWhen")


def _can_be_negative(column: Column) -> bool:
    limits = (column.minimum, column.exclusive_minimum)
    return all(limit is None or Decimal(limit) < 0 for limit in limits)


def read_arrival(root: Entry, problems: Problems) -> Arrival | None:
    """Return when files are expected, from the service levels; None if they do not say."""
    listed = root.fields.get("slaProperties")
    levels: dict[str, Fields] = {}
    for entry in listed.items if listed else []:
        fields = fields_of(entry, problems)
        name = fields.text("property")
        if name in levels:
            fields.add("property", "the property is repeated; keep one of them")
        elif name in ARRIVAL:
            levels[name] = fields
        else:
            fields.add("property", f"{name[:60]!r} has no effect; {nearest(name, ARRIVAL)}, or remove it")
    if not levels:
        return None
    return Arrival(
        _every_days(levels.get("frequency")),
        _until(levels.get("timeOfAvailability")),
        _weekdays(levels.get("expectedDays")),
    )


def _every_days(level: Fields | None) -> int:
    if level is None:
        return 1
    unit = level.text("unit", "d")
    if unit not in DAYS_OF:
        level.add("unit", f"{unit[:40]!r} is not a unit of a frequency; write d for days, or w for weeks")
    return (level.integer("value", 1, 1, 366) or 1) * DAYS_OF.get(unit, 1)


def _until(level: Fields | None) -> str | None:
    if level is None:
        return None
    text = level.text("value")
    if not TIME.fullmatch(text):
        level.add("value", f"{text[:40]!r} is not a time of day; write it as 09:00, in the time zone of the source")
        return None
    return text


def _weekdays(level: Fields | None) -> tuple[int, ...]:
    if level is None:
        return Arrival().weekdays
    text = level.text("value")
    days = set(_days(text))
    if not days or None in days:
        level.add("value", f"{text[:40]!r} names no weekdays; write them as Mon-Fri or Mon, Wed, Sat")
        return Arrival().weekdays
    return tuple(sorted(day for day in days if day is not None))


def _days(text: str) -> Iterator[int | None]:
    for part in text.lower().split(","):
        start, _, end = (name.strip()[:3] for name in part.partition("-"))
        if not {start, end or start} <= set(WEEKDAYS):
            yield None
            continue
        first, last = WEEKDAYS.index(start), WEEKDAYS.index(end or start)
        yield from (day % 7 + 1 for day in range(first, last + (7 if last < first else 0) + 1))
