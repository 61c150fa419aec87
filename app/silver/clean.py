"""Validate the rows of a file: valid rows are written to silver with types, the others to quarantine."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, update

from app.db.sql import named
from app.silver.tables import quarantine, sales_row
from app.source.csv_format import CsvFormat


@dataclass(frozen=True, slots=True)
class Cleaned:
    """Numbers of validated rows.

    Attributes:
        loaded: rows written to silver.
        quarantined: rows written to quarantine.
    """

    loaded: int
    quarantined: int

    @property
    def rows(self) -> int:
        """Number of validated rows."""
        return self.loaded + self.quarantined


def clean(connection: Connection, file_id: int, declared: CsvFormat, lines: Sequence[int] | None = None) -> Cleaned:
    """Validate the bronze rows of one file; every row is written to silver or to quarantine.

    Args:
        lines: line numbers of quarantined rows to validate again; None for all rows. A row that fails again gets the
            status `open` and its current reasons.
    """
    dates = declared.dates
    row = connection.execute(
        named(__package__, "clean"),
        {
            "file_id": file_id,
            "lines": None if lines is None else list(lines),
            "marks": declared.marks,
            "date_shape": dates.shape,
            "accepts_unpadded_dates": dates.accepts_unpadded,
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
    """Return the expectation with the most failed rows of a file, and an example of a value."""
    row = connection.execute(named(__package__, "most_frequent_reason"), {"file_id": file_id}).one()
    return f"{row.expectation} (such as {row.example!r})"


def retract(connection: Connection, file_id: int) -> None:
    """Delete the rows of a superseded file from silver and quarantine, but not from bronze."""
    for statement in ("retract_silver", "retract_quarantine"):
        connection.execute(named(__package__, statement), {"file_id": file_id})


def transfer(connection: Connection, of: int, to: int, address: str) -> None:
    """Move the silver and quarantine rows of file `of` to file `to`, which has the same content."""
    connection.execute(update(sales_row).where(sales_row.c.file_id == of).values(file_id=to))
    quarantined = update(quarantine).where(quarantine.c.file_id == of)
    connection.execute(quarantined.values(file_id=to, source_file=address))
