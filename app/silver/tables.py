"""Tables of the silver layer."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Date,
    DateTime,
    Index,
    Integer,
    Numeric,
    SmallInteger,
    Table,
    Text,
)
from sqlalchemy.dialects.postgresql import JSONB

from app.db.metadata import metadata

retail_transactions = Table(
    "retail_transactions",
    metadata,
    Column("file_id", BigInteger, primary_key=True, autoincrement=False),
    Column("line_no", Integer, primary_key=True, autoincrement=False),
    Column("invoice_no", Text, nullable=False),
    Column("stock_code", Text, nullable=False),
    Column("description", Text),
    Column("quantity", Integer, nullable=False),
    Column("unit_price", Numeric(10, 2), nullable=False),
    Column("customer_id", Text),
    Column("country", Text),
    Column("invoice_date", Date, nullable=False),
    Column("is_cancellation", Boolean, nullable=False),
    Column("total_price", Numeric(14, 2), nullable=False),
    Column("year", SmallInteger, nullable=False),
    Column("month", SmallInteger, nullable=False),
    Column("day_of_week", SmallInteger, nullable=False),
    Column("surrogate_key", Text, nullable=False),
    Column("source_file", Text, nullable=False),
    Column("ingestion_timestamp", DateTime(timezone=True), nullable=False),
    Column("processing_date", Date, nullable=False),
    schema="silver",
    comment=(
        "One row per bronze row of an active file that meets every expectation. day_of_week: 1 = Sunday to 7 = "
        "Saturday; surrogate_key is a label, the key is file_id, line_no."
    ),
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
        "One row per bronze row of an active file that fails an expectation, with every reason "
        "[{expectation, column, value}]; status is open, replayed or discarded; "
        "invoice_date is null where it cannot be read."
    ),
)
