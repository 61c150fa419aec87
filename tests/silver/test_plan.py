"""Plan of the statement that validates rows."""

from sqlalchemy import Connection, text

from app.pipeline.load_batch import PLANNER_SETTINGS
from app.silver.clean import ValidatedFile, clean
from tests.contracts import TODAY
from tests.layers import FILE_ID, ISO, file_of, received, row_of

ROWS = 6_000
DEADLINE = text("set local statement_timeout = '1500ms'")
"""Exceeded by a join of each row with the days of all rows."""


def test_the_time_is_linear_in_the_rows_of_the_first_file_of_a_database(connection: Connection) -> None:
    received(connection, file_of(*[row_of()] * ROWS))
    connection.execute(PLANNER_SETTINGS)
    connection.execute(DEADLINE)
    assert clean(connection, ValidatedFile(FILE_ID, "day.csv", ISO, TODAY)).loaded == ROWS


def test_other_statements_may_join_by_nested_loops(connection: Connection) -> None:
    received(connection, file_of(row_of()))
    clean(connection, ValidatedFile(FILE_ID, "day.csv", ISO, TODAY))
    assert connection.execute(text("show enable_nestloop")).scalar_one() == "on"
