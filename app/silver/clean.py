"""Silver: what of a file meets the data contract, and the quarantine for what does not."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Connection

from app.db.sql import named
from app.source.csv_format import CsvFormat


@dataclass(frozen=True, slots=True)
class Cleaned:
    """Rows of one file, or of some lines of it: `loaded` into silver, `quarantined` beside it."""

    loaded: int
    quarantined: int

    @property
    def rows(self) -> int:
        """All rows that were judged."""
        return self.loaded + self.quarantined


def clean(connection: Connection, file_id: int, declared: CsvFormat, lines: Sequence[int] | None = None) -> Cleaned:
    """Type and judge the bronze rows of one file; every row ends in silver or in quarantine.

    lines: judge these alone, which are in quarantine; one that fails again is open there, with today's reasons.
    """
    dates = declared.dates
    row = connection.execute(
        named(__package__, "clean"),
        {
            "file_id": file_id,
            "lines": None if lines is None else list(lines),
            "marks": declared.marks,
            "date_shape": dates.shape,
            "date_pads": dates.pads,
            "year_at": dates.year_at,
            "month_at": dates.month_at,
            "day_at": dates.day_at,
            "hour_at": dates.hour_at,
            "minute_at": dates.minute_at,
            "second_at": dates.second_at,
        },
    ).one()
    return Cleaned(row.loaded, row.quarantined)


def most_frequent_reason(connection: Connection, file_id: int) -> str:
    """What most of a file's quarantined rows fail, with an example, for a person to read."""
    row = connection.execute(named(__package__, "most_frequent_reason"), {"file_id": file_id}).one()
    return f"{row.expectation} (such as {row.example!r})"


def retract(connection: Connection, file_id: int) -> None:
    """Take a superseded file out of silver and quarantine; bronze keeps it."""
    for statement in ("retract_silver", "retract_quarantine"):
        connection.execute(named(__package__, statement), {"file_id": file_id})
