"""Plan of the statement that validates rows."""

from typing import Any

from sqlalchemy import Connection, event, text

from app.pipeline.load_batch import PLANNER_SETTINGS
from app.silver.clean import ValidatedFile, clean
from tests.contracts import TODAY
from tests.layers import FILE_ID, ISO, file_of, received, row_of

FILE = ValidatedFile(FILE_ID, "day.csv", ISO, TODAY)


def test_the_rows_of_the_first_file_of_a_database_are_not_joined_by_nested_loops(connection: Connection) -> None:
    """The time of such a loop grows with the square of the rows."""
    plans: list[str] = []

    def explain(_: Connection, cursor: Any, statement: str, parameters: dict[str, Any], *_more: object) -> None:
        if "silver.quarantine" in statement:
            plans.extend(line for (line,) in cursor.connection.execute(f"explain {statement}", parameters))

    received(connection, file_of(*[row_of()] * 10))
    connection.execute(PLANNER_SETTINGS)
    event.listen(connection, "before_cursor_execute", explain)
    clean(connection, FILE)
    assert (bool(plans), [line for line in plans if "Nested Loop" in line]) == (True, [])


def test_other_statements_may_join_by_nested_loops(connection: Connection) -> None:
    received(connection, file_of(row_of()))
    clean(connection, FILE)
    assert connection.execute(text("show enable_nestloop")).scalar_one() == "on"
