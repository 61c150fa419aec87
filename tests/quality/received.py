"""Files with known defects, received and measured, and their measurements."""

import io
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, text

from app.bronze.load import load
from app.quality.measure import measure
from app.quality.tables import DEFECTS
from app.silver import clean as silver
from app.silver.clean import ValidatedFile
from tests.conftest import HEADER, NOW
from tests.contracts import TODAY
from tests.layers import ISO, listed_file

GOOD = "536365,85123A,LANTERN,6,2.55,17850,France,2026-02-01"
DEFECTIVE = {
    ",85123A,LANTERN,6,2.55,17850,France,2026-02-01": {"null_invoices"},
    "536365,,LANTERN,6,2.55,17850,France,2026-02-01": {"null_stock_codes"},
    "536365,85123A,LANTERN,6,2.55,,France,2026-02-01": {"null_customers"},
    "   ,85123A,LANTERN,6,2.55,17850,France,2026-02-01": {"null_invoices"},
    "536365, ,LANTERN,6,2.55,17850,France,2026-02-01": {"null_stock_codes"},
    "536365,85123A,LANTERN,6,2.55,  ,France,2026-02-01": {"null_customers"},
    '536365,85123A,LANTERN,6,2.55,"",France,2026-02-01': {"null_customers"},
    "536365,85123A,LANTERN,-6,2.55,17850,France,2026-02-01": {"bad_quantities"},
    "536365,85123A,LANTERN,0,2.55,17850,France,2026-02-01": {"bad_quantities"},
    "536365,85123A,LANTERN,0.00,2.55,17850,France,2026-02-01": {"bad_quantities"},
    "536365,85123A,LANTERN,six,2.55,17850,France,2026-02-01": {"bad_quantities"},
    "536365,85123A,LANTERN,NaN,2.55,17850,France,2026-02-01": {"bad_quantities"},
    "536365,85123A,LANTERN,٣,2.55,17850,France,2026-02-01": {"bad_quantities"},
    "536365,85123A,LANTERN,,2.55,17850,France,2026-02-01": {"bad_quantities"},
    "536365,85123A,LANTERN,1.5,2.55,17850,France,2026-02-01": set[str](),
    "536365,85123A,LANTERN,2147483648,2.55,17850,France,2026-02-01": set[str](),
    "536365,85123A,LANTERN,6,-2.55,17850,France,2026-02-01": {"bad_prices"},
    "536365,85123A,LANTERN,6,free,17850,France,2026-02-01": {"bad_prices"},
    '536365,85123A,LANTERN,6,"1,234.50",17850,France,2026-02-01': {"bad_prices"},
    "536365,85123A,LANTERN,6,Infinity,17850,France,2026-02-01": {"bad_prices"},
    "536365,85123A,LANTERN,6,,17850,France,2026-02-01": {"bad_prices"},
    "536365,85123A,LANTERN,6,0,17850,France,2026-02-01": set[str](),
    "536365,85123A,LANTERN,-6,-0.00,17850,France,2026-02-01": {"bad_quantities"},
    "536365,85123A,LANTERN,-6,2.55,17850,France,2026-02-02": {"bad_quantities"},
    "536365,85123A,LANTERN,6,100000000,17850,France,2026-02-01": set[str](),
    "536365,85123A,LANTERN,6,2.55,17850,France,2026-02-30": set[str](),
    "536365,85123A,LANTERN,6,2.55,17850": set(DEFECTS),
}
MANY = [GOOD, *DEFECTIVE]


def receive(
    connection: Connection,
    *rows: str,
    file_id: int = 1,
    at: datetime = NOW,
    header: str = HEADER,
    measured: bool = True,
) -> None:
    """Load a file into bronze and silver, and measure it."""
    content = io.BytesIO("\n".join([header, *rows]).encode())
    load(connection, listed_file(connection, f"{file_id}.csv", file_id, at), content, ISO)
    silver.clean(connection, ValidatedFile(file_id, f"{file_id}.csv", ISO, TODAY))
    if measured:
        measure(connection, [file_id], ISO)


def read(connection: Connection, query: str) -> list[dict[str, Any]]:
    return [dict(row) for row in connection.execute(text(query)).mappings()]


def results(connection: Connection) -> dict[str, tuple[int, int]]:
    found = read(connection, "select expectation, passed, failed from quality.expectation_results")
    return {row["expectation"]: (row["passed"], row["failed"]) for row in found}
