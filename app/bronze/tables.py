"""Table of the bronze layer."""

from sqlalchemy import BigInteger, Column, Date, DateTime, Integer, Table, Text
from sqlalchemy.dialects.postgresql import JSONB

from app.db.metadata import metadata

retail_transactions = Table(
    "retail_transactions",
    metadata,
    Column("file_id", BigInteger, primary_key=True, autoincrement=False),
    Column("line_no", Integer, primary_key=True, autoincrement=False),
    Column("invoice", Text),
    Column("stock_code", Text),
    Column("description", Text),
    Column("quantity", Text),
    Column("price", Text),
    Column("customer_id", Text),
    Column("country", Text),
    Column("invoice_date", Text),
    Column("rescued_data", JSONB),
    Column("source_file", Text, nullable=False),
    Column("ingestion_timestamp", DateTime(timezone=True), nullable=False),
    Column("processing_date", Date, nullable=False),
    schema="bronze",
    comment=(
        "One row per data row of a source object, as received. line_no is the physical line in the file (the header "
        "is line 1). rescued_data is an object of the extra columns, or a string: the raw line that could not be split."
    ),
)
