"""Rows by the declared rules of whole files: filled columns, skipped rows, plausible days, currencies, row rules."""

from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import Connection

from app.contract.model import Currency, Rate
from app.silver import clean as stage
from tests.contracts import TODAY, variant
from tests.layers import FILE_ID, HEADER, CleanCounts, cleaned, file_of, received, row_of, rows_of

FILLED = {"fillDown": {"columns": ["Customer ID", "InvoiceDate"], "by": "Invoice"}}
RATES = (Rate(date(2026, 2, 1), "EUR", "0.85"), Rate(date(2026, 2, 10), "EUR", "0.9"))


def order(customer: str = "", day: str = "", invoice: str = "489434") -> str:
    return row_of(invoice=invoice, customer_id=customer, invoice_date=day)


def test_columns_of_the_first_row_of_an_order_are_filled_down(connection: Connection) -> None:
    content = file_of(order("13085", "2026-02-01"), order(), order("17850", "2026-02-02", "489435"), order())
    found = cleaned(connection, content, variant(server=FILLED))
    assert found.values("customer_id") == ["13085", "13085", "17850", "13085"]
    assert found.values("invoice_date") == [date(2026, 2, day) for day in (1, 1, 2, 1)]


def test_a_value_of_its_own_is_not_filled(connection: Connection) -> None:
    found = cleaned(
        connection, file_of(order("13085", "2026-02-01"), order("17850", "2026-02-02")), variant(server=FILLED)
    )
    assert found.values("customer_id") == ["13085", "17850"]


def test_other_orders_and_columns_are_not_filled(connection: Connection) -> None:
    content = file_of(order("13085", "2026-02-01"), order(invoice="489435"), row_of(country=""))
    found = cleaned(connection, content, variant(server=FILLED))
    assert found.failed == [["valid_invoice_date"]]
    assert found.values("country") == ["United Kingdom", None]


def test_a_null_word_is_not_filled_down(connection: Connection) -> None:
    declared = variant(server={**FILLED, "nullWords": ["Guest"]})
    found = cleaned(connection, file_of(order("Guest", "2026-02-01"), order()), declared)
    assert found.values("customer_id") == [None, None]


def test_a_row_that_is_validated_alone_is_filled_from_its_whole_order(connection: Connection) -> None:
    declared = variant(server=FILLED)
    received(connection, file_of(order("13085", "2026-02-01"), order()), declared)
    stage.clean(connection, stage.ValidatedFile(FILE_ID, "day.csv", declared, TODAY), [3])
    assert [row["customer_id"] for row in rows_of(connection, "silver.retail_transactions")] == ["13085"]


def test_rows_of_no_sales_are_in_neither_layer(connection: Connection) -> None:
    declared = variant(server={"skipWhen": "Invoice = 'Total'"})
    content = file_of(row_of(), row_of(invoice="Total", quantity="many"))
    rows = received(connection, content, declared)
    counts = stage.clean(connection, stage.ValidatedFile(FILE_ID, "day.csv", declared, TODAY))
    assert (counts.loaded, counts.quarantined, counts.skipped) == (1, 0, 1)
    assert len(rows) == 2
    assert rows_of(connection, "silver.quarantine") == []


def days(connection: Connection, key: str, *days: str, **declared: Any) -> list[date]:
    """The days of the rows in silver; others fail for their day alone."""
    found = cleaned(
        connection, file_of(*(row_of(invoice_date=day) for day in days)), variant(dateRange=declared), key=key
    )
    assert found.failed == [["plausible_date"]] * (len(days) - len(found.silver))
    return found.values("invoice_date")


def test_days_around_the_date_in_the_key_are_plausible(connection: Connection) -> None:
    found = days(connection, "2026-02-02/a.csv", "2026-02-01", "2026-02-02", "2026-02-03", "2026-02-04")
    assert found == [date(2026, 2, 2), date(2026, 2, 3)]


def test_more_days_around_it_can_be_declared(connection: Connection) -> None:
    given = ("2026-01-31", "2026-02-01", "2026-02-02", "2026-02-03")
    assert days(connection, "2026-02-02.csv", *given, before=1, after=0) == [date(2026, 2, 1), date(2026, 2, 2)]


def test_without_a_date_in_the_key_days_until_tomorrow_are_plausible(connection: Connection) -> None:
    given = ("1999-12-31", "2000-01-01", "2026-03-02", "2026-03-03")
    assert days(connection, "a.csv", *given) == [date(2000, 1, 1), date(2026, 3, 2)]


def paid(connection: Connection, *codes: str, rates: tuple[Rate, ...] = (), day: str = "2026-02-01") -> CleanCounts:
    """Rows of one piece of 10.00 in these currencies, under a contract in pounds."""
    declared = variant(columns={"currency": {}}, currency={"code": "GBP"})
    contract = replace(declared.contract, currency=Currency("GBP", rates))
    rows = [f"{row_of(quantity='1', price='10', invoice_date=day)},{code}" for code in codes]
    return cleaned(connection, file_of(*rows, header=f"{HEADER},currency"), replace(declared, contract=contract))


def test_rows_of_other_currencies_are_quarantined(connection: Connection) -> None:
    found = paid(connection, "GBP", "JPY", "")
    assert (found.values("currency"), found.failed) == (["GBP", None], [["valid_currency"]])


@pytest.mark.parametrize(("day", "total"), [("2026-02-01", "8.50"), ("2026-02-09", "8.50"), ("2026-02-10", "9.00")])
def test_rows_of_other_currencies_are_converted_by_the_rate_of_the_day(
    connection: Connection, day: str, total: str
) -> None:
    found = paid(connection, "EUR", "GBP", rates=RATES, day=day)
    assert found.values("total_price") == [Decimal(total), Decimal("10.00")]


@pytest.mark.parametrize(("code", "day"), [("EUR", "2026-01-31"), ("JPY", "2026-02-01")])
def test_rows_without_a_rate_are_quarantined(connection: Connection, code: str, day: str) -> None:
    assert paid(connection, code, rates=RATES, day=day).failed == [["valid_currency"]]


def test_a_declared_total_without_a_rate_fails_no_other_expectation(connection: Connection) -> None:
    columns = {"currency": {}, "line_total": {"logicalType": "number"}}
    declared = variant(columns=columns, currency={"code": "GBP"})
    contract = replace(declared.contract, currency=Currency("GBP", RATES))
    rows = [f"{row_of()},{code},{total}" for code, total in (("JPY", "10"), ("EUR", "10"), ("GBP", "ten"))]
    content = file_of(*rows, header=f"{HEADER},currency,line_total")
    failed = cleaned(connection, content, replace(declared, contract=contract)).failed
    assert failed == [["valid_currency"], ["valid_line_total"]]


@pytest.mark.parametrize(
    ("severity", "failed", "names"),
    [("error", [["few"]], ([], [])), ("warning", [], (["few"], [])), ("critical", [["few"]], ([], ["few"]))],
)
def test_a_rule_quarantines_counts_or_rejects(
    connection: Connection, severity: str, failed: list[list[str]], names: tuple[list[str], list[str]]
) -> None:
    rule = {
        "name": "few",
        "type": "custom",
        "engine": "regulars",
        "implementation": "quantity < 9",
        "severity": severity,
    }
    declared = variant(quality=[rule])
    content = file_of(row_of(quantity="8"), row_of(quantity="9"))
    received(connection, content, declared)
    counts = stage.clean(connection, stage.ValidatedFile(FILE_ID, "day.csv", declared, TODAY))
    assert tuple([each.name for each in found] for found in (counts.warnings, counts.critical)) == names
    assert [
        [reason["expectation"] for reason in row["reasons"]] for row in rows_of(connection, "silver.quarantine")
    ] == failed


def test_the_money_of_a_rule_that_counts_is_that_of_its_rows(connection: Connection) -> None:
    rule = {"name": "few", "type": "custom", "engine": "regulars", "implementation": "quantity < 9"}
    declared = variant(quality=[{**rule, "severity": "warning"}])
    received(connection, file_of(row_of(quantity="8"), row_of(quantity="9")), declared)
    counts = stage.clean(connection, stage.ValidatedFile(FILE_ID, "day.csv", declared, TODAY))
    assert counts.warnings == (stage.FailedRule("few", 1, Decimal("62.55"), 3),)


@pytest.mark.parametrize(
    ("returns", "changed", "effect"),
    [
        ("exclude", {"quantity": "-1"}, 0),
        ("net", {"quantity": "-1"}, -1),
        ("exclude", {"invoice": "C489434"}, 0),
        ("net", {"invoice": "C489434"}, -1),
        ("net", {}, 1),
        ("net", {"stock_code": "POST", "quantity": "-1"}, 0),
        ("net", {"customer_id": "", "quantity": "-1"}, 0),
    ],
)
def test_returns_take_money_off_where_they_are_net(
    connection: Connection, returns: str, changed: dict[str, str], effect: int
) -> None:
    declared = variant(columns={"quantity": {"logicalTypeOptions": {}}}, returns=returns)
    assert cleaned(connection, file_of(row_of(**changed)), declared).values("effect") == [effect]


@pytest.mark.parametrize(("returns", "effect"), [("exclude", 0), ("net", -1)])
@pytest.mark.parametrize(("quantity", "total"), [("-1", "5"), ("1", "-5"), ("", "-5"), ("-1", "-5")])
def test_a_negative_quantity_or_total_is_a_return(
    connection: Connection, quantity: str, total: str, returns: str, effect: int
) -> None:
    columns: dict[str, dict[str, Any]] = {
        "quantity": {"required": False, "logicalTypeOptions": {}},
        "unit_price": {"required": False},
        "line_total": {"logicalType": "number"},
    }
    content = file_of(f"{row_of(quantity=quantity, price='')},{total}", header=f"{HEADER},line_total")
    assert cleaned(connection, content, variant(columns=columns, returns=returns)).values("effect") == [effect]
