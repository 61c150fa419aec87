"""Measures the files of a transaction: defects, dates and expectations."""

from collections.abc import Sequence

from sqlalchemy import Connection

from app.db.sql import named
from app.source.csv_format import CsvFormat

MEASUREMENTS = ("measure_silver", "profile_bronze", "measure_bronze_dates", "judge_expectations")


def measure(connection: Connection, file_ids: Sequence[int], declared: CsvFormat) -> None:
    """Measure bronze and silver of these files anew."""
    _forget(connection, file_ids, layers=["bronze", "silver"])
    for name in MEASUREMENTS:
        statement = named(__package__, name)
        values = {"file_ids": list(file_ids), "marks": declared.marks}
        connection.execute(statement, {bound: values[bound] for bound in statement.compile().params})


def retract(connection: Connection, file_ids: Sequence[int]) -> None:
    """Forget what was measured on silver of superseded files; what bronze received stays measured."""
    _forget(connection, file_ids, layers=["silver"])


def _forget(connection: Connection, file_ids: Sequence[int], layers: list[str]) -> None:
    for table in ("file_profile", "file_dates"):
        connection.execute(named(__package__, f"delete_{table}"), {"file_ids": list(file_ids), "layers": layers})
    connection.execute(named(__package__, "delete_expectation_results"), {"file_ids": list(file_ids)})
