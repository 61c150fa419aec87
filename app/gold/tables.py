"""Tables of the gold layer."""

from sqlalchemy import BigInteger, Boolean, Column, Computed, Date, DateTime, Index, Integer, Numeric, Table, Text

from app.db.metadata import metadata

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
    schema="gold",
    comment=(
        "One row per active file, customer, invoice and date. amount: money of its sales minus returned; returned: "
        "money of subtracted returns and cancellations; country: of the sales; is_sale: whether a line is a sale; "
        "is_counted: false for an invoice that counts from a newer file. Where invoices count once, each invoice of a "
        "file also has a row without a customer (an empty id). With it a file is added or removed at the cost of that "
        "file, whatever the length of the history."
    ),
)
