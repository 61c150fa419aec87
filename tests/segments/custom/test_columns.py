"""Columns of conditions."""

from datetime import date

import pytest
from sqlalchemy import Connection, text

from app.segments.custom.columns import COLUMNS

SALE_TOMORROW = """(
    select date '2026-03-01' as as_of, date '2026-03-02' as first_invoice_date, date '2026-03-02' as last_invoice_date
)"""


@pytest.mark.parametrize("name", ["recency", "tenure"])
def test_a_sale_tomorrow_was_0_days_ago(connection: Connection, name: str) -> None:
    sql = next(column.sql for column in COLUMNS if column.name == name)
    statement = text(f"select {sql} from {SALE_TOMORROW} as s")  # noqa: S608
    assert connection.execute(statement, {"scored_as_of": date(2026, 3, 1)}).scalar_one() == 0
