"""Measurements of files with known defects."""

import io
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import Connection, text

from app.bronze.load import load
from app.quality.measure import measure
from app.quality.tables import DEFECTS
from app.silver import clean as silver
from app.silver.clean import ValidatedFile
from tests.conftest import HEADER, NOW
from tests.contracts import TODAY, variant
from tests.layers import ISO, listed_file
from tests.quality.received import DEFECTIVE, GOOD, MANY, read, receive

CLEAN = dict.fromkeys(DEFECTS, 0)


def bronze_daily(connection: Connection) -> dict[str, Any]:
    return read(connection, "select * from quality.bronze_daily order by processing_date")[0]


def layers(connection: Connection) -> dict[str, dict[str, Any]]:
    return {row["layer"]: row for row in read(connection, "select * from quality.layer_comparison")}


# --- bronze_daily


@pytest.mark.parametrize(("row", "defects"), DEFECTIVE.items())
def test_bronze_counts_each_defect_of_a_row(connection: Connection, row: str, defects: set[str]) -> None:
    receive(connection, GOOD, row)
    measured = bronze_daily(connection)
    assert {name for name in DEFECTS if measured[name]} == defects


def test_a_good_row_has_no_defect(connection: Connection) -> None:
    receive(connection, GOOD)
    assert bronze_daily(connection).items() >= {**CLEAN, "rows": 1, "files": 1, "score": Decimal(100)}.items()


def test_extra_columns_are_rescued_data(connection: Connection) -> None:
    receive(connection, f"{GOOD},blue", header=f"{HEADER},Colour")
    assert bronze_daily(connection)["rescued_rows"] == 1


def test_columns_that_are_not_declared_do_not_lower_the_score(connection: Connection) -> None:
    receive(connection, f"{GOOD},blue", header=f"{HEADER},Colour")
    assert bronze_daily(connection)["score"] == Decimal(100)


def test_columns_that_the_contract_leaves_out_do_not_lower_the_score(connection: Connection) -> None:
    declared = variant(columns={"stock_code": None, "country": None, "description": None}, countsWhen="quantity > 0")
    rows = "Invoice,Quantity,Price,Customer ID,InvoiceDate\n536365,6,2.55,17850,2026-02-01\n"
    load(connection, listed_file(connection, "1.csv", 1, NOW), io.BytesIO(rows.encode()), declared)
    silver.clean(connection, ValidatedFile(1, "1.csv", declared, TODAY))
    measure(connection, [1], declared)
    assert bronze_daily(connection)["score"] == Decimal(100)


def test_decimal_marks_are_the_declared_ones(connection: Connection) -> None:
    declared = variant(server={"delimiter": ";", "decimal": ","})
    rows = "536365;85123A;LANTERN;0,0;2,55;17850;France;2026-02-01"
    content = io.BytesIO("\n".join([HEADER.replace(",", ";"), rows]).encode())
    load(connection, listed_file(connection, "1.csv", 1, NOW), content, declared)
    silver.clean(connection, ValidatedFile(1, "1.csv", declared, TODAY))
    measure(connection, [1], declared)
    assert [bronze_daily(connection)[name] for name in ("bad_quantities", "bad_prices")] == [1, 0]


def test_rows_and_files_of_a_day_add_up(connection: Connection) -> None:
    receive(connection, *MANY, file_id=1)
    receive(connection, GOOD, file_id=2)
    assert [bronze_daily(connection)[name] for name in ("processing_date", "rows", "files")] == [
        TODAY,
        len(MANY) + 1,
        2,
    ]


def test_a_day_begins_at_midnight_utc(connection: Connection) -> None:
    receive(connection, GOOD, at=datetime(2026, 2, 28, 23, 59, 59, tzinfo=UTC))
    receive(connection, GOOD, GOOD, file_id=2, at=datetime(2026, 3, 1, tzinfo=UTC))
    daily = read(connection, "select processing_date, rows from quality.bronze_daily order by processing_date")
    assert [tuple(day.values()) for day in daily] == [(date(2026, 2, 28), 1), (date(2026, 3, 1), 2)]


def test_an_invoice_date_in_two_files_is_one_distinct_date(connection: Connection) -> None:
    receive(connection, GOOD, GOOD.replace("02-01", "02-02"), file_id=1)
    receive(connection, GOOD, GOOD.replace("02-01", "never"), file_id=2)
    assert bronze_daily(connection)["distinct_invoice_dates"] == 2


def test_the_score_is_the_share_of_passed_checks(connection: Connection) -> None:
    receive(connection, GOOD, GOOD, "536365,85123A,LANTERN,-6,free,17850,France,2026-02-01")
    assert bronze_daily(connection)["score"] == Decimal("88.89")  # 16 of 6 x 3


def test_the_score_of_a_line_that_could_not_be_split_is_0(connection: Connection) -> None:
    receive(connection, "536365,85123A")
    assert bronze_daily(connection)["score"] == 0


def test_a_file_without_rows_has_no_measurements(connection: Connection) -> None:
    receive(connection)
    assert read(connection, "select * from quality.file_profile") == []


# --- layer_comparison


@pytest.mark.parametrize("defect", ["null_invoices", "null_stock_codes", "bad_quantities", "bad_prices"])
def test_silver_has_none_of_the_defects_that_an_expectation_forbids(connection: Connection, defect: str) -> None:
    receive(connection, *MANY)
    compared = layers(connection)
    assert (compared["silver"][defect], compared["bronze"][defect] > 0) == (0, True)


def test_silver_counts_sales_without_a_customer(connection: Connection) -> None:
    receive(connection, *MANY)
    assert layers(connection)["silver"]["null_customers"] == 3


def test_a_forbidden_defect_in_silver_would_be_seen(connection: Connection) -> None:
    receive(connection, GOOD, measured=False)
    broken = "update silver.retail_transactions set invoice_no = '', stock_code = ' ', quantity = 0, unit_price = -1"
    connection.execute(text(broken))
    measure(connection, [1], ISO)
    assert (
        layers(connection)["silver"].items()
        >= {
            **CLEAN,
            "null_invoices": 1,
            "null_stock_codes": 1,
            "bad_quantities": 1,
            "bad_prices": 1,
        }.items()
    )


@pytest.mark.parametrize("rows", [MANY, [GOOD], list(DEFECTIVE)[:1], list(DEFECTIVE)[-1:]])
def test_rows_of_bronze_are_those_of_silver_and_quarantine(connection: Connection, rows: list[str]) -> None:
    receive(connection, *rows)
    quarantined = read(connection, "select count(*) as rows from silver.quarantine")[0]["rows"]
    in_silver = layers(connection)["silver"]["rows"] if "silver" in layers(connection) else 0
    assert len(rows) == layers(connection)["bronze"]["rows"] == in_silver + quarantined


# --- daily_counts


def test_rows_are_counted_by_invoice_date_and_layer(connection: Connection) -> None:
    other, bad = GOOD.replace("02-01", "02-02"), GOOD.replace(",6,", ",-6,")
    receive(connection, GOOD, GOOD, other, bad, GOOD.replace("2026-02-01", "never"))
    counted = read(connection, "select invoice_date, layer, rows from quality.daily_counts order by 1, 2")
    assert [tuple(row.values()) for row in counted] == [
        (date(2026, 2, 1), "bronze", 3),
        (date(2026, 2, 1), "silver", 2),
        (date(2026, 2, 2), "bronze", 1),
        (date(2026, 2, 2), "silver", 1),
        (None, "bronze", 1),
    ]


def test_counts_of_a_date_add_up_over_files(connection: Connection) -> None:
    receive(connection, GOOD, file_id=1)
    receive(connection, GOOD, GOOD, file_id=2)
    counted = read(connection, "select sum(rows) as rows, count(*) as lines from quality.daily_counts")
    assert (counted[0]["rows"], counted[0]["lines"]) == (6, 2)
