"""Dates and decimal marks of cells, in a declared format."""

import re
from datetime import date, datetime, time
from functools import lru_cache
from typing import Any, Final
from zoneinfo import ZoneInfo

from app.contract.dates import DateFormat
from app.errors import Misconfigured

ISO_MOMENT: Final = re.compile(r"\d{4}-\d{2}-\d{2}([ T]\d{2}:\d{2}(:\d{2}(\.\d+)?)?)?", re.ASCII)
SWAPPED_MARKS: Final = str.maketrans(".,", ",.")
SERIALS: Final = ("excel", "epoch", "epoch_ms")


@lru_cache(maxsize=4096)
def parse_moment(text: str, formats: tuple[DateFormat, ...], timezone: str) -> datetime:
    """Parse date and time, as in the time zone, by the first format that fits; raises ValueError if none does.

    Dates of formats that begin with %Y-%m-%d may have a time even if the format has none. A time that only the
    database parses, such as the fraction of an Excel serial number, becomes midnight.
    """
    for dates in formats:
        if dates.is_strict and ISO_MOMENT.fullmatch(text.strip()):
            return datetime.fromisoformat(text.strip())
        if (day := dates.read(text, timezone)) is not None:
            return _with_time(text.strip(), day, dates, ZoneInfo(timezone))
    raise ValueError(text)


def _with_time(text: str, day: date, dates: DateFormat, zone: ZoneInfo) -> datetime:
    try:
        if dates.declared == "iso8601":
            moment = datetime.fromisoformat(text)
        else:
            moment = datetime.strptime(text, dates.declared)  # noqa: DTZ007  # most sales files have no time zone
    except ValueError:
        return datetime.combine(day, time())
    return moment.astimezone(zone).replace(tzinfo=None) if moment.tzinfo else moment


@lru_cache(maxsize=4096)
def format_moment(moment: datetime, day: date, dates: DateFormat, timezone: str) -> str:
    """Return `day` with the time of day of `moment` in the declared format; raises Misconfigured for serial numbers."""
    if dates.declared in SERIALS:
        raise Misconfigured(
            f"dates are not written as {dates.declared}: declare a format such as %Y-%m-%d before it in the contract."
        )
    declared = "%Y-%m-%dT%H:%M:%S" if dates.declared == "iso8601" else dates.declared
    dated = datetime.combine(day, moment.time(), ZoneInfo(timezone))
    years = {"%Y": f"{day.year:04}"}  # strftime omits leading zeros
    return re.sub("%.", lambda match: years.get(match[0]) or dated.strftime(match[0]), declared)


def swap_columns(row: list[Any], columns: list[int]) -> None:
    """Exchange points and commas in the texts of these columns; a short row may lack some of them."""
    for column in columns:
        if column < len(row) and isinstance(row[column], str):
            row[column] = row[column].translate(SWAPPED_MARKS)
