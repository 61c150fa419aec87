"""Quality measurements of files: defects, invoice dates and expectations."""

from collections.abc import Sequence
from functools import cache

from sqlalchemy import Connection, TextClause, text

from app.contract.model import Contract, SourceContract
from app.db.sql import named, rendered
from app.quality.tables import LAYERS, Layer
from app.silver.expressions import number_text

MEASUREMENTS = ("measure_silver", "profile_bronze", "measure_bronze_dates", "count_expectations")


def measure(connection: Connection, file_ids: Sequence[int], rules: SourceContract) -> None:
    """Measure bronze and silver of these files, in place of earlier measurements."""
    _delete(connection, file_ids, LAYERS)
    for name in MEASUREMENTS:
        statement = profile_bronze(rules) if name == "profile_bronze" else named(__package__, name)
        values = {"file_ids": list(file_ids), "expectations": _always_reported(rules.contract)}
        connection.execute(statement, {bound: values[bound] for bound in statement.compile().params})


def delete_silver_measurements(connection: Connection, file_ids: Sequence[int]) -> None:
    """Delete the silver measurements of superseded files, but not their bronze measurements."""
    _delete(connection, file_ids, ("silver",))


def _delete(connection: Connection, file_ids: Sequence[int], layers: Sequence[Layer]) -> None:
    for table in ("file_profile", "file_dates"):
        connection.execute(named(__package__, f"delete_{table}"), {"file_ids": list(file_ids), "layers": list(layers)})
    connection.execute(named(__package__, "delete_expectation_results"), {"file_ids": list(file_ids)})


def _always_reported(contract: Contract) -> list[str]:
    return [f"valid_{column.name}" for column in contract.columns if column.is_required]


@cache
def profile_bronze(rules: SourceContract) -> TextClause:
    """Return the statement that counts the defects of received rows, whose numbers are written as declared."""
    slots = {"quantity": _number(rules, "quantity"), "price": _number(rules, "unit_price")}
    return text(rendered(__package__, "profile_bronze", slots))


def _number(rules: SourceContract, name: str) -> str:
    column = rules.contract.column(name)
    # A contract with a total instead has no quantity or price that could be bad.
    return number_text(f"b.{column.bronze_name}", rules.dialect) if column is not None else "'1'"
