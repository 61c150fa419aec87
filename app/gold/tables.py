"""Tables of the gold layer."""

from typing import Final, Literal

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Computed,
    Date,
    DateTime,
    Index,
    Integer,
    Numeric,
    Table,
    Text,
    UniqueConstraint,
)

from app.db.metadata import is_one_of, metadata

Period = Literal["day", "week", "month"]
ALL_COUNTRIES: Final = ""
"""Country of the rows of `sales_period` that are about the sales to all countries."""

customer_rfm = Table(
    "customer_rfm",
    metadata,
    Column("customer_id", Text(collation="C"), primary_key=True),
    Column("first_invoice_date", Date, nullable=False),
    Column("last_invoice_date", Date, nullable=False),
    Column("frequency", Integer, nullable=False),
    Column("monetary", Numeric(24, 2), nullable=False),
    Column("country", Text),
    Column("updated_at", DateTime(timezone=True), nullable=False),
    Column("returned", Numeric(24, 2), nullable=False, server_default="0"),
    Column("gross", Numeric(24, 2), Computed("monetary + returned", persisted=True), nullable=False),
    Column("is_segmented", Boolean, Computed("returned <= 0 or monetary > 0", persisted=True), nullable=False),
    schema="gold",
    comment=(
        "One row per customer with at least one sale that counts. frequency: distinct invoices of sales; gross: sum of "
        "their total_price; returned: money of returns and cancellations; monetary: gross - returned; "
        "country: of the latest sale; is_segmented: false for a customer whose returns reach the value of their sales. "
        "Recency (days from last_invoice_date to an as_of) is not stored."
    ),
)

customer_identifier = Table(
    "customer_identifier",
    metadata,
    Column("file_id", BigInteger, primary_key=True, autoincrement=False),
    Column("name", Text(collation="C"), primary_key=True),
    Column("value", Text(collation="C"), primary_key=True),
    Column("customer_id", Text(collation="C"), primary_key=True),
    Column("invoice_date", Date, nullable=False),
    Column("invoice_no", Text(collation="C"), nullable=False),
    Index(None, "name", "value", "invoice_date", "invoice_no"),
    Index(None, "customer_id"),
    schema="gold",
    comment=(
        "One row per active file, identifier, value and customer: values of the columns that the contract declares as "
        "identifiers, in sales that count. invoice_date, invoice_no: the latest of these sales. A value belongs to the "
        "customer of its latest sale in all files; a customer may have several values."
    ),
)

customer_invoice = Table(
    "customer_invoice",
    metadata,
    Column("file_id", BigInteger, primary_key=True, autoincrement=False),
    Column("customer_id", Text(collation="C"), primary_key=True),
    Column("invoice_no", Text(collation="C"), primary_key=True),
    Column("invoice_date", Date, primary_key=True),
    Column("amount", Numeric(24, 2), nullable=False),
    Column("country", Text),
    Column("returned", Numeric(24, 2), nullable=False, server_default="0"),
    Column("is_sale", Boolean, nullable=False, server_default="true"),
    Column("is_counted", Boolean, nullable=False, server_default="true"),
    Index(None, "customer_id", "invoice_date", "invoice_no"),
    Index(None, "invoice_no", "customer_id"),
    Index(None, "invoice_date"),
    schema="gold",
    comment=(
        "One row per active file, customer, invoice and date. amount: money of its sales minus returned; returned: "
        "money of subtracted returns and cancellations; country: of the sales, or of the returns of an invoice "
        "without a sale; is_sale: whether a line is a sale; "
        "is_counted: false for an invoice that counts from a newer file. Where invoices count once, each invoice of a "
        "file also has a row without a customer (an empty id). With it a file is added or removed at the cost of that "
        "file, whatever the length of the history."
    ),
)

sales_period = Table(
    "sales_period",
    metadata,
    Column("period", Text, nullable=False),
    Column("period_start", Date, nullable=False),
    Column("country", Text(collation="C")),
    Column("revenue", Numeric(40, 2), nullable=False),
    Column("orders", Integer, nullable=False),
    Column("customers", Integer, nullable=False),
    Column("new_customers", Integer, nullable=False),
    CheckConstraint(is_one_of("period", Period), name="period"),
    UniqueConstraint("period", "period_start", "country", postgresql_nulls_not_distinct=True),
    schema="gold",
    comment=(
        "One row per period (day, week or month with sales or returns that count), its first day (of a week: "
        "Monday) and country; an empty country is all countries together, null a sale without a country. revenue: "
        "money of sales minus returns of the customers in customer_rfm, so that all periods of one kind add up to "
        "their monetary; orders: distinct invoices of sales; customers: distinct customers of these; "
        "new_customers: those whose first sale is in the period. Refreshed with customer_rfm."
    ),
)

cohort_month = Table(
    "cohort_month",
    metadata,
    Column("cohort", Date, primary_key=True),
    Column("month", Date, primary_key=True),
    Column("customers", Integer, nullable=False),
    Column("revenue", Numeric(40, 2), nullable=False),
    schema="gold",
    comment=(
        "One row per cohort (customers whose first sale is in the same month; its first day) and month with sales or "
        "returns of theirs that count. customers: distinct customers with a sale in the month; revenue: money of sales "
        "minus returns. Returns may be earlier than the first sale. Refreshed with customer_rfm."
    ),
)

uncounted_sales = Table(
    "uncounted_sales",
    metadata,
    Column("file_id", BigInteger, nullable=False),
    Column("invoice_date", Date, nullable=False),
    Column("country", Text(collation="C")),
    Column("rows", Integer, nullable=False),
    Column("revenue", Numeric(40, 2), nullable=False),
    UniqueConstraint("file_id", "invoice_date", "country", postgresql_nulls_not_distinct=True),
    schema="gold",
    comment=(
        "One row per active file, invoice date and country: rows and money of its sales in silver that count "
        "towards no customer, because they have none or do not meet countsWhen. Returns are not included, nor "
        "sales of invoices that count from a newer file."
    ),
)
