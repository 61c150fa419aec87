"""Clean: type and judge the rows of a file; rows that meet the data contract go to silver, others to quarantine."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, update

from app.db.sql import named
from app.silver.tables import quarantine, sales_row
from app.source.csv_format import CsvFormat


@dataclass(frozen=True, slots=True)
class Cleaned:
    """Number of rows of one file, or of some of its lines, that were loaded into silver and that were quarantined."""

    loaded: int
    quarantined: int

    @property
    def rows(self) -> int:
        """Number of rows that were judged."""
        return self.loaded + self.quarantined


def clean(connection: Connection, file_id: int, declared: CsvFormat, lines: Sequence[int] | None = None) -> Cleaned:
    """Type and judge the bronze rows of one file; every row ends in silver or in quarantine.

    Args:
        lines: judge these lines only, which are in quarantine; one that fails again is open, with its current reasons.
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
    """Return the expectation that most quarantined rows of a file fail, with an example."""
    row = connection.execute(named(__package__, "most_frequent_reason"), {"file_id": file_id}).one()
    return f"{row.expectation} (such as {row.example!r})"


def retract(connection: Connection, file_id: int) -> None:
    """Delete the rows of a superseded file from silver and quarantine; bronze keeps them."""
    for statement in ("retract_silver", "retract_quarantine"):
        connection.execute(named(__package__, statement), {"file_id": file_id})


def transfer(connection: Connection, of: int, to: int, address: str) -> None:
    """Move the rows of one file, in silver and quarantine, to another file with the same content."""
    connection.execute(update(sales_row).where(sales_row.c.file_id == of).values(file_id=to))
    quarantined = update(quarantine).where(quarantine.c.file_id == of)
    connection.execute(quarantined.values(file_id=to, source_file=address))
