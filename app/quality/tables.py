"""Tables of quality measurements; the views on them are in the migrations."""

from typing import Final, Literal, get_args

from sqlalchemy import BigInteger, CheckConstraint, Column, Date, Integer, Table, Text, UniqueConstraint

from app.db.metadata import metadata

Layer = Literal["bronze", "silver"]
LAYERS: Final[tuple[Layer, ...]] = get_args(Layer)
DEFECTS: Final = (
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
    CheckConstraint(f"layer in {LAYERS}", name="layer"),
    schema="quality",
    comment="One row per file and layer (bronze, silver): the number of rows, and of rows with each defect.",
)

file_dates = Table(
    "file_dates",
    metadata,
    Column("file_id", BigInteger, nullable=False),
    Column("layer", Text, nullable=False),
    Column("invoice_date", Date),
    Column("rows", Integer, nullable=False),
    UniqueConstraint("file_id", "layer", "invoice_date", postgresql_nulls_not_distinct=True),
    CheckConstraint(f"layer in {LAYERS}", name="layer"),
    schema="quality",
    comment="One row per file, layer and invoice date: the number of rows; the date is null if it cannot be read.",
)

expectation_results = Table(
    "expectation_results",
    metadata,
    Column("file_id", BigInteger, primary_key=True, autoincrement=False),
    Column("expectation", Text, primary_key=True),
    Column("passed", Integer, nullable=False),
    Column("failed", Integer, nullable=False),
    schema="quality",
    comment="One row per file and expectation: the numbers of rows that passed and failed.",
)
