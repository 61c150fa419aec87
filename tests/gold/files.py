"""Files of sales that are added and removed, and the gold rows they should give, computed in Python."""

import itertools
from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from decimal import Decimal
from typing import Any, NamedTuple

from sqlalchemy import Connection, text

from app.contract.model import Overlap
from app.gold.refresh import refresh
from tests.conftest import NOW


class Sale(NamedTuple):
    """The columns of a silver row that gold reads; effect: 1 a sale, -1 a return, 0 neither.

    day: of February 2026, or after it: the 29th is the 1st of March.
    """

    invoice: str = "536365"
    customer: str | None = "17850"
    day: int = 1
    price: int = 10
    country: str | None = "France"
    effect: int = 1


def returned(**given: Any) -> Sale:
    """Return a row that takes money off its customer."""
    return Sale(**{"invoice": "C36365", "price": -4, "country": "Spain", **given, "effect": -1})


Files = dict[int, Sequence[Sale]]
KEPT = Sale(invoice="500000", customer="12345")
INSERT = text("""
    insert into silver.sales_row
        (file_id, line_no, invoice_no, stock_code, quantity, unit_price, customer_id, country, invoice_date,
         total_price, is_cancellation, effect)
    select :file_id, :line_no, :invoice, '85123', 1, :price, :customer, :country, cast(:day as date), :price,
        false, :effect
""")


def day_of(day: int) -> date:
    """Return the date of a sale."""
    return date(2026, 2, 1) + timedelta(days=day - 1)


def key_of(file_id: int) -> str:
    """Return the key of a file in the ledger: keys sort in the opposite order of ids."""
    return f"{99 - file_id:02}"


RECORD = text("""
    insert into pipeline.source_file (id, source, key, etag, size, last_modified, discovered_at)
    overriding system value
    values (:id, 'shop', :key, '', 0, cast('2026-02-01' as timestamptz) + :hour * interval '1 hour', now())
    on conflict (id) do nothing
""")


class Gold:
    """Files of sales in a database, and the gold rows they give.

    Attributes:
        modified: hour in which a file was last modified; by default its id.
    """

    def __init__(
        self, connection: Connection, overlap: Overlap = "warn", modified: Mapping[int, int] | None = None
    ) -> None:
        self.connection = connection
        self.overlap = overlap
        self.modified = modified or {}
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
            hour = self.modified.get(file_id, file_id)
            self.connection.execute(RECORD, {"id": file_id, "key": key_of(file_id), "hour": hour})
            for line_no, sale in enumerate(sales, 2):
                values = {**sale._asdict(), "day": day_of(sale.day), "file_id": file_id, "line_no": line_no}
                self.connection.execute(INSERT, values)
        return refresh(self.connection, added=list(added), removed=removed, refreshed_at=NOW, overlap=self.overlap)

    def customers(self) -> list[tuple[Any, ...]]:
        """Return every customer's row without updated_at."""
        query = "select customer_id, first_invoice_date, last_invoice_date, frequency, monetary, returned, country"
        found = self.connection.execute(text(f"{query} from gold.customer_rfm order by customer_id"))
        return [tuple(row) for row in found]

    def customer(self, customer: str = "17850") -> Any:
        """Return one customer's row."""
        query = text("select * from gold.customer_rfm where customer_id = :customer")
        return self.connection.execute(query, {"customer": customer}).one()

    def counted(self) -> Files:
        """Return the active files with the invoices that count from them."""
        return newest_only(self.active, self.modified) if self.overlap == "once" else self.active

    def expected(self) -> list[tuple[Any, ...]]:
        """Return the gold rows that the active files should give."""
        return from_scratch(self.counted())


def newest_only(files: Files, modified: Mapping[int, int] | None = None) -> Files:
    """Return the files with each invoice in the newest file that has it only."""
    newest: dict[str, int] = {}
    for file_id in sorted(files, key=lambda each: ((modified or {}).get(each, each), key_of(each))):
        newest |= {sale.invoice: file_id for sale in files[file_id]}
    return {file_id: [sale for sale in sales if newest[sale.invoice] == file_id] for file_id, sales in files.items()}


def from_scratch(files: Files) -> list[tuple[Any, ...]]:
    """Return the gold rows that these files should give."""
    rows = [sale for file in files.values() for sale in file if sale.customer is not None and sale.effect]
    by_customer = itertools.groupby(sorted(rows, key=lambda row: str(row.customer)), lambda row: row.customer)
    return [
        of_customer(customer, own)
        for customer, own in ((customer, list(own)) for customer, own in by_customer)
        if any(row.effect == 1 for row in own)
    ]


def of_customer(customer: str | None, rows: list[Sale]) -> tuple[Any, ...]:
    sales = [row for row in rows if row.effect == 1]
    latest = max(sales, key=lambda sale: (sale.day, sale.invoice, sale.country is not None, sale.country or ""))
    returned = Decimal(sum(abs(row.price) for row in rows if row.effect == -1))
    return (
        customer,
        day_of(min(sale.day for sale in sales)),
        day_of(latest.day),
        len({sale.invoice for sale in sales}),
        Decimal(sum(sale.price for sale in sales)) - returned,
        returned,
        latest.country,
    )
