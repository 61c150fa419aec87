"""Tables of the silver layer; the view `silver.retail_transactions` adds computed columns."""

from typing import Literal

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

from app.db.metadata import is_one_of, metadata

QuarantineStatus = Literal["open", "replayed", "discarded"]

sales_row = Table(
    "sales_row",
    metadata,
    Column("file_id", BigInteger, primary_key=True, autoincrement=False),
    Column("line_no", Integer, primary_key=True, autoincrement=False),
    Column("quantity", Numeric),
    Column("invoice_date", Date, nullable=False),
    Column("unit_price", Numeric),
    Column("invoice_no", Text, nullable=False),
    Column("stock_code", Text),
    Column("description", Text),
    Column("customer_id", Text),
    Column("country", Text),
    Column("total_price", Numeric(14, 2), nullable=False),
    Column("is_cancellation", Boolean, nullable=False),
    Column("effect", SmallInteger, nullable=False),
    Column("currency", Text),
    Column("status", Text),
    Column("attributes", JSONB),
    CheckConstraint("effect in (-1, 0, 1)", name="effect"),
    schema="silver",
    comment=(
        "One row per bronze row of an active file that meets every expectation. total_price is in the currency of the "
        "contract. effect: 1 adds total_price to its customer, -1 subtracts it, 0 does neither. attributes: the "
        "declared columns without a column of their own."
    ),
)

quarantine = Table(
    "quarantine",
    metadata,
    Column("file_id", BigInteger, primary_key=True, autoincrement=False),
    Column("line_no", Integer, primary_key=True, autoincrement=False),
    Column("invoice_date", Date),
    Column("raw", Text, nullable=False),
    Column("reasons", JSONB, nullable=False),
    Column("status", Text, nullable=False, server_default="open"),
    Column("quarantined_at", DateTime(timezone=True), nullable=False),
    Column("total_price", Numeric),
    CheckConstraint(is_one_of("status", QuarantineStatus), name="status"),
    Index(None, "status", "file_id", "line_no"),
    schema="silver",
    comment=(
        "One row per bronze row of an active file that fails an expectation, with every reason "
        "[{expectation, column, value}]; status is open, replayed or discarded; "
        "invoice_date and total_price are null where they cannot be read."
    ),
)
