"""Files of sales that are added and removed, and the gold rows they should give, computed in Python."""

import itertools
from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any, NamedTuple

from sqlalchemy import Connection, text

from app.gold.refresh import refresh
from tests.conftest import NOW


class Sale(NamedTuple):
    """The columns of a silver row that gold reads."""

    invoice: str = "536365"
    customer: str | None = "17850"
    day: int = 1
    price: int = 10
    code: str = "85123"
    country: str | None = "France"


Files = dict[int, Sequence[Sale]]
KEPT = Sale(invoice="500000", customer="12345")
FEBRUARY = "2026-02-{:02}"
INSERT = text("""
    insert into silver.sales_row
        (file_id, line_no, invoice_no, stock_code, quantity, unit_price, customer_id, country, invoice_date)
    select :file_id, :line_no, :invoice, :code, 1, :price, :customer, :country, cast(:day as date)
""")


class Gold:
    """Files of sales in a database, and the gold rows they give."""

    def __init__(self, connection: Connection) -> None:
        self.connection = connection
        self.active: Files = {}

    def change(self, added: Mapping[int, Sequence[Sale]], *removed: int) -> int:
        """Change silver and gold as one transaction of an ingest does."""
        for file_id in removed:
            del self.active[file_id]
            self.connection.execute(
                text("delete from silver.retail_transactions where file_id = :file_id"), {"file_id": file_id}
            )
        for file_id, sales in added.items():
            self.active[file_id] = sales
            for line_no, sale in enumerate(sales, 2):
                values = {**sale._asdict(), "day": FEBRUARY.format(sale.day), "file_id": file_id, "line_no": line_no}
                self.connection.execute(INSERT, values)
        return refresh(self.connection, added=list(added), removed=removed, refreshed_at=NOW)

    def customers(self) -> list[tuple[Any, ...]]:
        """Return every customer's row without updated_at."""
        query = "select customer_id, first_invoice_date, last_invoice_date, frequency, monetary, country"
        found = self.connection.execute(text(f"{query} from gold.customer_rfm order by customer_id"))
        return [tuple(row) for row in found]

    def customer(self, customer: str = "17850") -> Any:
        """Return one customer's row."""
        query = text("select * from gold.customer_rfm where customer_id = :customer")
        return self.connection.execute(query, {"customer": customer}).one()


def from_scratch(files: Files) -> list[tuple[Any, ...]]:
    """Return the gold rows that these files should give."""
    sales = [sale for file in files.values() for sale in file if counts(sale)]
    return [
        of_customer(customer, list(own))
        for customer, own in itertools.groupby(
            sorted(sales, key=lambda sale: str(sale.customer)), lambda sale: sale.customer
        )
    ]


def of_customer(customer: str | None, sales: list[Sale]) -> tuple[Any, ...]:
    latest = max(sales, key=lambda sale: (sale.day, sale.invoice, sale.country is not None, sale.country or ""))
    return (
        customer,
        date(2026, 2, min(sale.day for sale in sales)),
        date(2026, 2, latest.day),
        len({sale.invoice for sale in sales}),
        Decimal(sum(sale.price for sale in sales)),
        latest.country,
    )


def counts(sale: Sale) -> bool:
    digits, letters = sale.code[:5], sale.code[5:]
    is_product = len(digits) == 5 and digits.isdecimal() and (letters.isalpha() or not letters)
    return sale.customer is not None and sale.invoice[0] not in "Cc" and (is_product or sale.code == "PADS")
