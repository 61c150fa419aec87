"""Statement that adds up hypothetical transactions by the conditions of silver and gold."""

from typing import Final

from sqlalchemy import Date, Integer, Numeric, Subquery, column
from sqlalchemy.dialects.postgresql import JSONB

from app.db.sql import load_sql

SCORED_LINES: Final[Subquery] = (
    load_sql(__package__, "score_lines")
    .columns(
        column("frequency", Integer),
        column("monetary", Numeric),
        column("last_invoice_date", Date),
        column("uncounted", JSONB),
    )
    .subquery("lines")
)
"""One row for the bound JSON array `lines`: its features, and the lines that do not count with their reasons."""
