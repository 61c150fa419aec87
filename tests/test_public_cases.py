"""Public cases of other shops' files: under the default contract the figures are right, or a warning says why not."""

from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from app.jobs.context import Context
from tests import contracts
from tests.loading import load, query

CASES = Path(__file__).resolve().parents[1].parent / "shared" / "cases"
AS_OF = date(2026, 3, 13)
SALES = Decimal("29650.62")
"""Money of the sales that all cases share."""


@dataclass(frozen=True)
class Case:
    """A folder of files, and words of the warning; None where customers and money are right."""

    folder: str
    words: str | None
    customers: int = 58


@pytest.mark.parametrize(
    "case",
    [
        Case("01-guest-placeholder-ids/sales", "144 of 387 orders, and 3,672.00 of 33,322.62: declare placeholder ids"),
        Case("03-refunds/sales", "quarantined or does not count (valid_quantity: 102,497.25)"),
        Case("04-overlapping-exports/sales", "18 invoices (1,918.66) of 1 of the newest files also in other"),
        Case("06-day-month-mixed/sales", "12 files rejected"),
        Case("07-twelve-hour-clock/sales", "12 files rejected"),
        Case("11-thousands/sales", "12 files rejected"),
        Case("12-sep-line/sales", None),
        Case("15-webshop-order-export/sales", "12 files rejected"),
        Case("16-other-shops-ids/sales-mixed", "37.3 % of the money read does not count (countsWhen: 5,051.29)"),
        Case("16-other-shops-ids/sales-orders", "12 files rejected"),
        Case("16-other-shops-ids/sales-skus", "no sale counts: stock_code of 600 of 600 rows (29,650.62) do not meet"),
        Case("19-one-person-two-ids/sales", "78 customer ids with 26,453.21 differ only in case"),
        Case("21-impossible-dates/sales", None),
        Case("26-hidden-twins/sales", None),
        Case("28-two-encodings/sales", "6 files rejected"),
    ],
    ids=lambda case: case.folder,
)
def test_a_wrong_figure_has_a_warning(context: Context, case: Case) -> None:
    found, customers, money = loaded(context, case.folder, "online-retail")
    if case.words is None:
        assert (found, customers, money) == (None, case.customers, SALES)
    else:
        assert case.words in (found or "")


def test_texts_of_another_encoding_are_not_read_as_other_customers(context: Context, tmp_path: Path) -> None:
    declared = contracts.written(tmp_path, server={"encoding": "cp1252"})
    found, _, _ = loaded(context, "28-two-encodings/sales", declared)
    assert "6 files rejected" in (found or "")


def loaded(context: Context, folder: str, contract: str) -> tuple[str | None, int, Decimal]:
    """Load a folder; return the warning, the number of customers and their money."""
    if not CASES.is_dir():
        pytest.skip("the public cases are not beside the checkout")
    given = {"source": str(CASES / folder), "as_of": AS_OF, "contract": contract}
    load(replace(context, settings=context.settings.model_copy(update=given)))
    ((warning,),) = query(context.engine, "select warning from pipeline.freshness")
    ((customers, money),) = query(context.engine, "select count(*), sum(monetary) from gold.customer_rfm")
    return warning, customers, money
