"""Values, as ingestion.md lists what may be wrong with one: read as the contract says, or quarantined with its text."""

from collections.abc import Callable
from pathlib import Path

import pytest

from app.jobs.context import Context
from tests.conftest import HEADER
from tests.faults.days import Days, text
from tests.loading import gold, query

Put = Callable[..., Path]
COLUMNS = HEADER.split(",")
GOOD = dict(zip(COLUMNS, ["500002", "85123A", "LANTERN", "6", "2.55", "A", "France", "2026-02-02"], strict=True))
TYPED = {
    "Invoice": "invoice_no",
    "StockCode": "stock_code",
    "Description": "description",
    "Quantity": "quantity::text",
    "Price": "unit_price::text",
    "Customer ID": "customer_id",
    "InvoiceDate": "invoice_date::text",
}
SQL = "'); drop table gold.customer_rfm; --"
FORMULAS = ["=1+1", "+1", "-1", "@SUM(A1:A9)", "=HYPERLINK(0)", "\t=1", "=cmd|' /C calc'!A0", "'=1"]


@pytest.fixture
def days(context: Context, put: Put) -> Days:
    """Files that may be quarantined to the last row."""
    return Days(context, put).declared(max_quarantined_share=1)


def row(**changed: str) -> str:
    """A row that meets the contract but for one value."""
    column = {"CustomerID": "Customer ID"}
    return ",".join((GOOD | {column.get(name, name): value for name, value in changed.items()}).values())


def loaded(days: Days, column: str, *values: str) -> dict[str, str | None]:
    """What silver holds for each value of a column; every other column of their rows is as it was sent."""
    rows = [row(**{column.replace(" ", ""): value}) for value in values]
    found = days.around(text(*rows))
    assert (found.state, found.quarantine) == ("loaded", [])
    names = ", ".join(TYPED.values())
    silver = query(days.context.engine, f"select {names} from silver.retail_transactions order by file_id, line_no")  # noqa: S608
    typed = [dict(zip(TYPED, each, strict=True)) for each in silver[1:-1]]
    assert [each | {column: ""} for each in typed] == [
        {name: GOOD[name] for name in TYPED} | {column: ""} for _ in values
    ]
    return {value: each[column] for value, each in zip(values, typed, strict=True)}


def quarantined(days: Days, expectation: str, **column: str) -> bool:
    """The file of one row with this value, which fails this expectation, keeps its text and touches no customer."""
    sent = row(**column)
    found = days.around(text(sent))
    [value] = column.values()
    reasons = query(days.context.engine, "select reasons from silver.quarantine")
    assert found.whole == ("loaded", [], [(2, sent, [expectation])])
    assert [[reason["value"] for reason in each] for (each,) in reasons] == [[value or None]]
    assert [customer for customer, *_ in gold(days.context.engine)] == ["first", "last"]
    return True


# --- customers, quantities


def test_13085_0_ids(days: Days) -> None:
    ids = {"13085.0": "13085", "13085": "13085", "13085.00": "13085", "13085.5": "13085.5", "0013085.0": "0013085"}
    assert loaded(days, "Customer ID", *ids) == ids
    assert "13085" in [customer for customer, *_ in gold(days.context.engine)]


def test_a_quantity_12_0(days: Days) -> None:
    assert loaded(days, "Quantity", "12.0", "12", "2147483647") == {
        "12.0": "12",
        "12": "12",
        "2147483647": "2147483647",
    }


@pytest.mark.parametrize(
    "value", ["1e3", "1_000", "٣", "NaN", "Infinity", "-Infinity", "2147483648", "", "0", "-1", "1.5"]
)
def test_a_quantity(days: Days, value: str) -> None:
    assert quarantined(days, "valid_quantity", Quantity=value)


# --- prices


def test_prices_with_3_decimals(days: Days) -> None:
    prices = {
        "2.345": "2.35",
        "2.344": "2.34",
        "0.005": "0.01",
        "0.0049": "0.00",
        "2.675": "2.68",
        "99999999.994": "99999999.99",
    }
    assert loaded(days, "Price", *prices) == prices


@pytest.mark.parametrize("value", ["-0.01", "-2.55"])
def test_a_negative_price(days: Days, value: str) -> None:
    assert quarantined(days, "valid_unit_price", Price=value)


def test_a_price_1_234_50_that_is_quoted(days: Days) -> None:
    sent = row(Price='"1,234.50"')
    assert days.around(text(sent)).whole == ("loaded", [], [(2, sent, ["valid_unit_price"])])


def test_a_price_1_234_50_that_is_not_quoted(days: Days) -> None:
    sent = row(Price="1,234.50")
    assert days.around(text(sent)).whole == ("loaded", [], [(2, sent, ["parse"])])


@pytest.mark.parametrize("value", ["100000000", "99999999.995", "1e400", "9" * 1_000, "NaN", "Infinity"])
def test_a_price_out_of_range(days: Days, value: str) -> None:
    assert quarantined(days, "valid_unit_price", Price=value)


def test_a_total_price_out_of_range(days: Days) -> None:
    sent = row(Price="99999999.99", Quantity="2147483647")
    assert days.around(text(sent)).whole == ("loaded", [], [(2, sent, ["valid_total_price"])])


# --- dates


@pytest.mark.parametrize(
    "value", ["2025-02-30", "1/12/2010", "0000-01-01", "2026-2-2", "2026-02-02 24:00", "infinity", ""]
)
def test_a_date(days: Days, value: str) -> None:
    assert quarantined(days, "valid_invoice_date", InvoiceDate=value)


def test_years_0001_and_9999(days: Days) -> None:
    dates = {value: value for value in ("0001-01-01", "9999-12-31")}
    assert loaded(days, "InvoiceDate", *dates) == dates
    [customer] = [each for each in gold(days.context.engine) if each[0] == "A"]
    assert [str(day) for day in customer[1:3]] == ["0001-01-01", "9999-12-31"]


# --- text


@pytest.mark.parametrize(
    "value", ["A 17 b", SQL, '1" or "1"="1', "%s{0}:name", "🛒", "straße", "null", "\\N", "9" * 256], ids=range(9)
)
def test_an_id(days: Days, value: str) -> None:
    ids = {value: value}
    assert loaded(days, "Customer ID", *ids) == ids
    assert value in [customer for customer, *_ in gold(days.context.engine)]


def test_an_id_between_spaces(days: Days) -> None:
    assert loaded(days, "Customer ID", "  A 17  ", "   ") == {"  A 17  ": "A 17", "   ": None}


@pytest.mark.parametrize("column", ["Description", "Customer ID"])
def test_text_that_looks_like_a_formula(days: Days, column: str) -> None:
    formulas = {value: value for value in FORMULAS}
    assert loaded(days, column, *formulas) == formulas
