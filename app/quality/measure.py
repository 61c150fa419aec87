"""Quality measurements of files: defects, invoice dates and expectations."""

from collections.abc import Sequence

from sqlalchemy import Connection

from app.db.sql import named
from app.quality.tables import LAYERS, Layer
from app.source.csv_format import CsvFormat

MEASUREMENTS = ("measure_silver", "profile_bronze", "measure_bronze_dates", "count_expectations")


def measure(connection: Connection, file_ids: Sequence[int], declared: CsvFormat) -> None:
    """Measure bronze and silver of these files; earlier measurements are replaced."""
    _delete(connection, file_ids, LAYERS)
    for name in MEASUREMENTS:
        statement = named(__package__, name)
        values = {"file_ids": list(file_ids), "marks": declared.marks}
        connection.execute(statement, {bound: values[bound] for bound in statement.compile().params})


def delete_silver_measurements(connection: Connection, file_ids: Sequence[int]) -> None:
    """Delete the silver measurements of superseded files, but not their bronze measurements."""
    _delete(connection, file_ids, ("silver",))


def _delete(connection: Connection, file_ids: Sequence[int], layers: Sequence[Layer]) -> None:
    for table in ("file_profile", "file_dates"):
        connection.execute(named(__package__, f"delete_{table}"), {"file_ids": list(file_ids), "layers": list(layers)})
    connection.execute(named(__package__, "delete_expectation_results"), {"file_ids": list(file_ids)})
