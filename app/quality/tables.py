"""Tables of the quality measurements; the views over them are in the migrations."""

from sqlalchemy import BigInteger, Column, Date, Integer, Table, Text, UniqueConstraint

from app.db.metadata import metadata

DEFECTS = (
    "null_invoices",
    "null_stock_codes",
    "null_customers",
    "bad_quantities",
    "bad_prices",
    "rescued_rows",
)

file_profile = Table(
    "file_profile",
    metadata,
    Column("file_id", BigInteger, primary_key=True, autoincrement=False),
    Column("layer", Text, primary_key=True),
    Column("processing_date", Date, nullable=False, index=True),
    Column("rows", Integer, nullable=False),
    *(Column(defect, Integer, nullable=False) for defect in DEFECTS),
    schema="quality",
    comment="One row per file and layer (bronze, silver): its rows and how many show each defect.",
)

file_dates = Table(
    "file_dates",
    metadata,
    Column("file_id", BigInteger, nullable=False),
    Column("layer", Text, nullable=False),
    Column("invoice_date", Date),
    Column("rows", Integer, nullable=False),
    UniqueConstraint("file_id", "layer", "invoice_date", postgresql_nulls_not_distinct=True),
    schema="quality",
    comment="One row per file, layer and invoice date; the date is null for rows whose date cannot be read.",
)

expectation_results = Table(
    "expectation_results",
    metadata,
    Column("file_id", BigInteger, primary_key=True, autoincrement=False),
    Column("expectation", Text, primary_key=True),
    Column("passed", Integer, nullable=False),
    Column("failed", Integer, nullable=False),
    schema="quality",
    comment="One row per file and expectation: how many of the file's rows passed and failed it.",
)
