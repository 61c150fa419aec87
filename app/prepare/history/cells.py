"""Dates and decimal marks of cells, in a declared CSV format."""

import re
from datetime import date, datetime
from functools import lru_cache
from typing import Any, Final

from app.settings.csv_dialect import DateFormat

ISO_MOMENT: Final = re.compile(r"\d{4}-\d{2}-\d{2}([ T]\d{2}:\d{2}(:\d{2}(\.\d+)?)?)?", re.ASCII)
SWAPPED_MARKS: Final = str.maketrans(".,", ",.")


@lru_cache(maxsize=4096)
def parse_moment(text: str, dates: DateFormat) -> datetime:
    """Parse date and time in the declared format; raises ValueError for another format.

    ISO dates may have a time even if the format has none.
    """
    if dates.accepts_unpadded:
        return datetime.strptime(text.strip(), dates.declared)  # noqa: DTZ007  # sales files have no time zone
    if ISO_MOMENT.fullmatch(text.strip()) is None:
        raise ValueError(text)
    return datetime.fromisoformat(text.strip())


@lru_cache(maxsize=4096)
def format_moment(moment: datetime, day: date, dates: DateFormat) -> str:
    """Return `day` with the time of day of `moment` in the declared format."""
    parts = {"%Y": f"{day.year:04}", "%m": f"{day.month:02}", "%d": f"{day.day:02}"}
    parts |= {"%H": f"{moment.hour:02}", "%M": f"{moment.minute:02}", "%S": f"{moment.second:02}"}
    return re.sub("%[YmdHMS]", lambda match: parts[match[0]], dates.declared)


def swap_columns(row: list[Any], columns: list[int]) -> None:
    """Exchange points and commas in the texts of these columns; a short row may lack some of them."""
    for column in columns:
        if column < len(row) and isinstance(row[column], str):
            row[column] = row[column].translate(SWAPPED_MARKS)
