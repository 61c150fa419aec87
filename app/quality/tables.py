"""Tables of quality measurements; the views on them are in the migrations."""

from typing import Final, Literal, get_args

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    Date,
    Integer,
    Numeric,
    Table,
    Text,
    UniqueConstraint,
)
from sqlalchemy.dialects.postgresql import ARRAY

from app.db.metadata import is_one_of, metadata
from app.silver.expressions import is_return

Layer = Literal["bronze", "silver"]
LAYERS: Final[tuple[Layer, ...]] = get_args(Layer)
Outcome = Literal["counted", "returned", "no_customer", "cancellation", "not_counted", "quarantined", "skipped"]
"""Outcome of a row: `returned` is a return or cancellation that is subtracted, `cancellation` one that is not,
`not_counted` a row of a customer that does not meet `countsWhen`."""
OUTCOMES: Final[tuple[Outcome, ...]] = get_args(Outcome)
OUTCOME_WITH_CUSTOMER: Final = f"""case
            when effect = 1 then 'counted'
            when effect = -1 then 'returned'
            when {is_return()} then 'cancellation'
            else 'not_counted'
        end"""
"""SQL of the outcome of a row in silver that has a customer."""
FileWarning = Literal["rule", "overlap", "mojibake", "unknown_money", "other_sheets"]
DataWarning = Literal[
    "no_sale_counts",
    "money",
    "unknown_money",
    "placeholder",
    "similar_ids",
    "mixed_currencies",
    "reused_invoice_numbers",
    "missing_days",
    "other_contract",
]
MONEY: Final = Numeric(40, 2)
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
    Column("unsplit_rows", Integer, nullable=False, server_default="0"),
    Column("money", MONEY, nullable=False, server_default="0"),
    CheckConstraint(is_one_of("layer", Layer), name="layer"),
    schema="quality",
    comment=(
        "One row per file and layer (bronze, silver): the number of rows, and of rows with each defect; money: "
        "sum of the absolute totals of its rows; unsplit_rows: lines with more or fewer fields than the header."
    ),
)

file_nulls = Table(
    "file_nulls",
    metadata,
    Column("file_id", BigInteger, primary_key=True, autoincrement=False),
    Column("column_name", Text(collation="C"), primary_key=True),
    Column("nulls", Integer, nullable=False),
    schema="quality",
    comment=(
        "One row per file and declared column of bronze whose blank values file_profile does not count: the number of "
        "its rows with a blank value."
    ),
)

file_dates = Table(
    "file_dates",
    metadata,
    Column("file_id", BigInteger, nullable=False),
    Column("layer", Text, nullable=False),
    Column("invoice_date", Date),
    Column("rows", Integer, nullable=False),
    Column("money", MONEY, nullable=False, server_default="0"),
    UniqueConstraint("file_id", "layer", "invoice_date", postgresql_nulls_not_distinct=True),
    CheckConstraint(is_one_of("layer", Layer), name="layer"),
    schema="quality",
    comment=(
        "One row per file, layer and invoice date: the number of rows, and the sum of their absolute totals; the "
        "date is null if it cannot be read."
    ),
)

expectation_results = Table(
    "expectation_results",
    metadata,
    Column("file_id", BigInteger, primary_key=True, autoincrement=False),
    Column("expectation", Text, primary_key=True),
    Column("passed", Integer, nullable=False),
    Column("failed", Integer, nullable=False),
    Column("money", MONEY, nullable=False, server_default="0"),
    schema="quality",
    comment=(
        "One row per file and expectation: the numbers of rows that passed and failed; money: sum of the absolute "
        "totals of the rows that failed, where they can be read."
    ),
)

file_money = Table(
    "file_money",
    metadata,
    Column("file_id", BigInteger, nullable=False),
    Column("invoice_date", Date),
    Column("outcome", Text, nullable=False),
    Column("reason", Text),
    Column("rows", Integer, nullable=False),
    Column("money", MONEY, nullable=False),
    UniqueConstraint("file_id", "invoice_date", "outcome", "reason", postgresql_nulls_not_distinct=True),
    CheckConstraint(is_one_of("outcome", Outcome), name="outcome"),
    schema="quality",
    comment=(
        "One row per active file, invoice date, outcome and, of quarantined rows, the first expectation that they "
        "fail. rows: all outcomes of a file add up to its rows; money: sum of the absolute totals of these rows, "
        "0 where they cannot be read, and of skipped rows. The date is null if it cannot be read, and of skipped "
        "rows."
    ),
)

file_currency = Table(
    "file_currency",
    metadata,
    Column("file_id", BigInteger, primary_key=True, autoincrement=False),
    Column("currency", Text, primary_key=True),
    Column("rows", Integer, nullable=False),
    Column("money", MONEY, nullable=False),
    schema="quality",
    comment=(
        "One row per active file and currency in silver, where the contract has a column of currencies but "
        "declares none."
    ),
)

file_warning = Table(
    "file_warning",
    metadata,
    Column("file_id", BigInteger, primary_key=True, autoincrement=False),
    Column("kind", Text, primary_key=True),
    Column("rule", Text, primary_key=True, server_default=""),
    Column("rows", Integer, nullable=False),
    Column("money", MONEY, nullable=False),
    Column("example", Text, nullable=False),
    CheckConstraint(is_one_of("kind", FileWarning), name="kind"),
    schema="quality",
    comment=(
        "One row per active file and warning about its rows. kind: rule (rows that do not meet a rule of severity "
        "warning, named in rule), overlap (invoices that other active files have too; rows is their number), "
        "mojibake (texts read in a wrong encoding), unknown_money (quarantined rows whose total cannot be read; "
        "money is estimated), other_sheets (rows of further sheets, which are not read; money is 0); example: a line, "
        "another file, or sheets."
    ),
)

data_warning = Table(
    "data_warning",
    metadata,
    Column("kind", Text, primary_key=True),
    Column("message", Text, nullable=False),
    Column("examples", ARRAY(Text), nullable=False, server_default="{}"),
    CheckConstraint(is_one_of("kind", DataWarning), name="kind"),
    schema="quality",
    comment=(
        "One row per warning about all active files or all customers, with its remedy; examples: days, currencies "
        "or ids of customers, which the message never has."
    ),
)
