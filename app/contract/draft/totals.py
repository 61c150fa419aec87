"""Money of rows: a column of totals, compared with quantity * price."""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from app.contract.draft.numbers import number_style, to_number
from app.contract.draft.sales import Names
from app.contract.draft.sample import Sample

MOST_ORDERS: Final = Decimal("0.8")
CENT: Final = Decimal("0.01")
HALF_CENT: Final = Decimal("0.005")
FACTORS: Final = ("quantity", "unit_price")


@dataclass(frozen=True, slots=True)
class TotalsAssessment:
    """Assessment of a column of totals.

    Attributes:
        is_of_order: whether it is the total of the order, repeated on its rows.
        checks: decisions for a person.
    """

    is_of_order: bool
    checks: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Row:
    """Numbers of a row; product: quantity * price, None without them."""

    invoice: str
    total: Decimal | None
    product: Decimal | None
    quantity: Decimal

    @property
    def differs(self) -> bool:
        """Whether the total is not the product, but for rounded prices."""
        if self.total is None or self.product is None:
            return False
        return abs(self.total - self.product) > HALF_CENT * abs(self.quantity) + CENT


def assess_totals(sample: Sample, names: Names, *, is_certain: bool) -> TotalsAssessment:
    """Assess the column that matches line_total; is_certain: whether its name says that it is the total of a row."""
    name, rows = names["line_total"], [*_rows(sample, names)]
    missing = [column for column in FACTORS if column not in names]
    if missing:
        return TotalsAssessment(is_of_order=False, checks=() if is_certain else (_instead(name, missing),))
    differing = [row for row in rows if row.differs]
    if not differing:
        return TotalsAssessment(is_of_order=False, checks=())
    product = f"{names['quantity']} * {names['unit_price']}"
    if not is_certain and _is_of_orders(rows):
        check = (
            f"{name} is the same on all rows of an order, so it is read as the order's total, and {product} counts; "
            f"make {name} the column line_total if it is the money of a row."
        )
        return TotalsAssessment(is_of_order=True, checks=(check,))
    compared = [row for row in rows if row.total is not None and row.product is not None]
    total, products = (sum(map(_number, column), Decimal(0)) for column in (
        [row.total for row in compared], [row.product for row in compared]))  # fmt: skip
    check = (
        f"{name} differs from {product} on {len(differing):,} of {len(compared):,} rows "
        f"({len(differing) / len(compared):.1%}): their sums are {total:,.2f} and {products:,.2f}. {name} counts; "
        f"remove line_total if {product} is to count."
    )
    return TotalsAssessment(is_of_order=False, checks=(check,))


def _instead(name: str, missing: list[str]) -> str:
    return (
        f"no column matches {' or '.join(missing)}, so {name} is used as the money of a row (line_total); if it  "
        "is not, declare quantity and unit_price in place of line_total."
    )


def _rows(sample: Sample, names: Names) -> Iterator[_Row]:
    columns = [names[column] for column in ("line_total", *FACTORS) if column in names]
    style = number_style({text for column in columns for text in sample.values(column)})
    for _, (invoice, *texts) in sample.rows([names.get("invoice_no", ""), *columns]):
        total, *factors = (to_number(text, style) for text in texts)
        quantity, price = factors if len(factors) == len(FACTORS) else (None, None)
        product = None if quantity is None or price is None else quantity * price
        yield _Row(invoice.strip(), total, product, _number(quantity))


def _is_of_orders(rows: list[_Row]) -> bool:
    """Return whether most orders of several rows have one total, which is not that of each row."""
    orders: dict[str, list[_Row]] = defaultdict(list)
    for row in rows:
        orders[row.invoice].append(row)
    several = [order for invoice, order in orders.items() if invoice and len(order) > 1]
    one_total = [len({row.total for row in order if row.total is not None}) == 1 for order in several]
    repeated = sum(one and any(row.differs for row in order) for one, order in zip(one_total, several, strict=True))
    varied = one_total.count(False)
    return repeated > 0 and repeated >= MOST_ORDERS * (repeated + varied)


def _number(number: Decimal | None) -> Decimal:
    return Decimal(0) if number is None else number
