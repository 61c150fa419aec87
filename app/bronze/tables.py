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
    Column("line_total", Text),
    Column("currency", Text),
    Column("status", Text),
    schema="bronze",
    comment=(
        "One row per data row of a source object, as received. line_no is the physical line in the file (the header "
        "is line 1). rescued_data is an object of the extra columns, those that the contract declares by their names "
        "in the contract, or a string: the raw line that could not be split."
    ),
)
