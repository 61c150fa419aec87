"""Table of the bronze layer; the view `bronze.retail_transactions` adds columns of the ledger."""

from sqlalchemy import BigInteger, Column, Integer, Table, Text
from sqlalchemy.dialects.postgresql import JSONB

from app.db.metadata import metadata

sales_row = Table(
    "sales_row",
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
    schema="bronze",
    comment=(
        "One row per data row of a source object, as received. line_no is the physical line in the file (the header "
        "is line 1). rescued_data is an object with the extra columns, or the raw line as a string if it could not be "
        "split."
    ),
)
