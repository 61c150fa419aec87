"""Tables of the gold layer."""

from sqlalchemy import BigInteger, Column, Date, DateTime, Index, Integer, Numeric, Table, Text

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
    schema="gold",
    comment=(
        "One row per customer with at least one sale that counts. frequency: distinct invoices; monetary: sum of "
        "total_price; country: of the latest sale. Recency (days from last_invoice_date to an as_of) is not stored."
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
    Index(None, "customer_id", "invoice_date", "invoice_no"),
    Index(None, "customer_id", "invoice_no"),
    schema="gold",
    comment=(
        "One row per active file, customer, invoice and date: amount and country of its sales that count. With these "
        "rows, the duration of adding or removing a file does not depend on the number of other files."
    ),
)
