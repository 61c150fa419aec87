"""What becomes of the rows of a file: the rules of silver and gold, written in Python."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal
from functools import cache
from hashlib import sha256
from typing import Any, NamedTuple

ISO, BRITISH = "%Y-%m-%d", "%d/%m/%Y"
COLUMNS, CUSTOMER = 8, 5
SHARE = 0.5


@dataclass(frozen=True)
class Content:
    """The bytes of a file: a header, and lines of which some are blank, ragged or bad."""

    header: str
    lines: tuple[str, ...] = ()

    @property
    def data(self) -> bytes:
        return "\n".join([self.header, *self.lines, ""]).encode() if self.header else b""

    @property
    def sha256(self) -> str:
        return sha256(self.data).hexdigest()

    @property
    def rows(self) -> dict[int, str]:
        """Lines that are rows, by their number; the header is line 1."""
        return {line_no: line for line_no, line in enumerate(self.lines, 2) if line}

    @property
    def is_broken(self) -> bool:
        return bool(self.header) and self.header.count(",") != COLUMNS - 1


class Sold(NamedTuple):
    """A row of silver."""

    line_no: int
    invoice: str
    stock_code: str
    quantity: int
    price: Decimal
    customer: str | None
    country: str | None
    day: date

    @property
    def counts(self) -> bool:
        return self.customer is not None and self.invoice[0] not in "Cc" and self.stock_code in {"85123A", "PADS"}


class QuarantinedRow(NamedTuple):
    """A row of quarantine."""

    line_no: int
    raw: str
    reasons: tuple[str, ...]
    day: date | None


@dataclass(frozen=True)
class Validated:
    """What becomes of the rows of a content under a date format.

    by: the format of all rows of silver, None if they are of several; quarantined_by: that of the others.
    """

    silver: tuple[Sold, ...]
    quarantine: tuple[QuarantinedRow, ...]
    by: str | None = None
    quarantined_by: str | None = None

    @property
    def is_too_bad(self) -> bool:
        return len(self.quarantine) > SHARE * (len(self.silver) + len(self.quarantine))


NOTHING = Validated((), ())


NO_CUSTOMERS: frozenset[str] = frozenset()
ERASED = "[erased]"


@cache
def validate(content: Content, date_format: str, erased: frozenset[str] = NO_CUSTOMERS) -> Validated:
    """The rows of a content that meet the contract, and those that do not, with their reasons; of those who were
    erased without them.
    """
    silver, quarantine = [], []
    for line_no, line in content.rows.items():
        fields = line.split(",")
        if len(fields) != COLUMNS:
            quarantine.append(QuarantinedRow(line_no, ERASED if erased & set(fields) else line, ("parse",), None))
            continue
        if fields[CUSTOMER].removesuffix(".0") in erased:
            fields[CUSTOMER] = ""
        invoice, stock_code, _, quantity, price, customer, country, written = fields
        day = read_date(written, date_format)
        holds = {
            "valid_invoice_date": day is not None,
            "valid_invoice_no": len(invoice) in {6, 7},
            "valid_quantity": quantity.isdecimal() and int(quantity) > 0,
            "valid_stock_code": bool(stock_code),
            "valid_unit_price": not price.startswith("-"),
        }
        reasons = tuple(name for name, is_met in holds.items() if not is_met)
        if reasons or day is None:
            quarantine.append(QuarantinedRow(line_no, ",".join(fields), reasons, day))
        else:
            buyer = customer.removesuffix(".0") or None
            sold = Sold(line_no, invoice, stock_code, int(quantity), Decimal(price), buyer, country or None, day)
            silver.append(sold)
    return Validated(tuple(silver), tuple(quarantine), date_format, date_format)


def validate_quarantine(
    content: Content, validated: Validated, date_format: str, erased: frozenset[str] = NO_CUSTOMERS
) -> Validated:
    """Validate the quarantined rows of a content again; what is in silver stays."""
    now, out = validate(content, date_format, erased), {row.line_no for row in validated.quarantine}
    came_in = [row for row in now.silver if row.line_no in out]
    still_out = tuple(row for row in now.quarantine if row.line_no in out)
    by = None if came_in and validated.by != date_format else validated.by
    quarantined_by = None if out and validated.quarantined_by != date_format else validated.quarantined_by
    return Validated(tuple(sorted([*validated.silver, *came_in], key=line_no_of)), still_out, by, quarantined_by)


def validate_changed(
    content: Content, validated: Validated, date_format: str, erased: frozenset[str] = NO_CUSTOMERS
) -> Validated:
    """What an ingest after a change of the contract makes of rows that were quarantined under the former one."""
    if not validated.quarantine or validated.quarantined_by == date_format:
        return validated
    return replace(validate_quarantine(content, validated, date_format, erased), quarantined_by=date_format)


def names(content: Content, customer: str) -> bool:
    """Whether a row of a content is this customer's, or a line that could not be split contains the id as a field."""
    rows = (line.split(",") for line in content.rows.values())
    return any(row[CUSTOMER].removesuffix(".0") == customer if len(row) == COLUMNS else customer in row for row in rows)


def without(validated: Validated, customer: str) -> Validated:
    """The same rows, of which none is this customer's any more."""
    silver = (sold._replace(customer=None) if sold.customer == customer else sold for sold in validated.silver)
    quarantine = tuple(_without(row, customer) for row in validated.quarantine)
    return replace(validated, silver=tuple(silver), quarantine=quarantine)


def _without(row: QuarantinedRow, customer: str) -> QuarantinedRow:
    fields = row.raw.split(",")
    if len(fields) != COLUMNS:
        return row._replace(raw=ERASED) if customer in fields else row
    if fields[CUSTOMER].removesuffix(".0") == customer:
        fields[CUSTOMER] = ""
    return row._replace(raw=",".join(fields))


def line_no_of(sold: Sold) -> int:
    return sold.line_no


def read_date(written: str, date_format: str) -> date | None:
    try:
        return datetime.strptime(written, date_format).date()  # noqa: DTZ007  # a date has no zone
    except ValueError:
        return None


def aggregate(sales: Iterable[Sold]) -> list[tuple[Any, ...]]:
    """Gold: customer, first and last date, invoices, money and country of the latest sale."""
    of: dict[str, list[Sold]] = {}
    for sale in sales:
        if sale.counts and sale.customer is not None:
            of.setdefault(sale.customer, []).append(sale)
    return [(customer, *_customer(own)) for customer, own in sorted(of.items())]


def _customer(sales: list[Sold]) -> tuple[Any, ...]:
    latest = max(sales, key=lambda sale: (sale.day, sale.invoice, sale.country is not None, sale.country or ""))
    money = sum((sale.quantity * sale.price for sale in sales), Decimal())
    return min(sale.day for sale in sales), latest.day, len({sale.invoice for sale in sales}), money, latest.country
