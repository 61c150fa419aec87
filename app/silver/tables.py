"""Tables of the silver layer; the view `silver.retail_transactions` adds computed columns."""

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    Date,
    DateTime,
    Index,
    Integer,
    Numeric,
    Table,
    Text,
)
from sqlalchemy.dialects.postgresql import JSONB

from app.db.metadata import metadata

sales_row = Table(
    "sales_row",
    metadata,
    Column("file_id", BigInteger, primary_key=True, autoincrement=False),
    Column("line_no", Integer, primary_key=True, autoincrement=False),
    # Columns of fixed width come first, so that no row is padded.
    Column("quantity", Integer, nullable=False),
    Column("invoice_date", Date, nullable=False),
    Column("unit_price", Numeric(10, 2), nullable=False),
    Column("invoice_no", Text, nullable=False),
    Column("stock_code", Text, nullable=False),
    Column("description", Text),
    Column("customer_id", Text),
    Column("country", Text),
    schema="silver",
    comment="One row per bronze row of an active file that meets every expectation.",
)

quarantine = Table(
    "quarantine",
    metadata,
    Column("file_id", BigInteger, primary_key=True, autoincrement=False),
    Column("line_no", Integer, primary_key=True, autoincrement=False),
    Column("source_file", Text, nullable=False),
    Column("invoice_date", Date),
    Column("raw", Text, nullable=False),
    Column("reasons", JSONB, nullable=False),
    Column("status", Text, nullable=False, server_default="open"),
    Column("quarantined_at", DateTime(timezone=True), nullable=False),
    CheckConstraint("status in ('open', 'replayed', 'discarded')", name="status"),
    Index(None, "status", "file_id", "line_no"),
    schema="silver",
    comment=(
        "One row per bronze row of an active file that fails an expectation. reasons has all failed expectations as "
        "[{expectation, column, value}]; status is open, replayed or discarded; invoice_date is null if unreadable."
    ),
)
