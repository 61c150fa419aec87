from datetime import date
from decimal import Decimal

import pytest
from sqlalchemy import Connection

from app.silver.clean import CleanCounts, ValidatedFile, clean, delete_rows
from tests.contracts import TODAY, variant
from tests.layers import FILE_ID, HEADER, ISO, RECEIVED_AT, cleaned, file_of, received, row_of

TEXTS = [
    "=SUM(A1)",
    "+1",
    "-1",
    "@cmd",
    "'; drop table silver.retail_transactions; --",
    "<script>",
    "🛒 £5",
    "\\N",
    "NULL",
]
UNSPLIT = '489434,85048,"BALLS,12,6.95,13085,United Kingdom,2026-02-01'


def reasons_of(connection: Connection, row: str) -> list[dict[str, str | None]]:
    found = cleaned(connection, file_of(row))
    assert found.silver == []
    reasons: list[dict[str, str | None]] = found.quarantine[0]["reasons"]
    return reasons


def test_a_row_that_meets_the_contract_is_typed(connection: Connection) -> None:
    [row] = cleaned(connection, file_of(row_of())).silver
    assert dict(row) == {
        "file_id": FILE_ID,
        "line_no": 2,
        "invoice_no": "489434",
        "stock_code": "85048",
        "description": "GLASS BALLS",
        "quantity": 12,
        "unit_price": Decimal("6.95"),
        "customer_id": "13085",
        "country": "United Kingdom",
        "invoice_date": date(2026, 2, 1),
        "is_cancellation": False,
        "total_price": Decimal("83.40"),
        "effect": 1,
        "currency": None,
        "status": None,
        "attributes": None,
        "year": 2026,
        "month": 2,
        "day_of_week": 1,
        "surrogate_key": "489434_85048_12",
        "source_file": "s3://sales/day.csv",
        "ingestion_timestamp": RECEIVED_AT,
        "processing_date": date(2026, 3, 1),
    }


def test_a_row_that_fails_is_quarantined_whole(connection: Connection) -> None:
    [row] = cleaned(connection, file_of(row_of(quantity="0"))).quarantine
    assert dict(row) == {
        "file_id": FILE_ID,
        "line_no": 2,
        "invoice_date": date(2026, 2, 1),
        "raw": row_of(quantity="0"),
        "reasons": [{"expectation": "valid_quantity", "column": "quantity", "value": "0"}],
        "status": "open",
        "quarantined_at": RECEIVED_AT,
        "total_price": Decimal("0.00"),
    }


def test_a_row_has_all_its_reasons(connection: Connection) -> None:
    row = row_of(invoice="x", stock_code=" ", quantity="-1", price="free", invoice_date="today", customer_id="y" * 257)
    assert reasons_of(connection, row) == [
        {"expectation": "valid_customer_id", "column": "customer_id", "value": "y" * 257},
        {"expectation": "valid_invoice_date", "column": "invoice_date", "value": "today"},
        {"expectation": "valid_invoice_no", "column": "invoice", "value": "x"},
        {"expectation": "valid_quantity", "column": "quantity", "value": "-1"},
        {"expectation": "valid_stock_code", "column": "stock_code", "value": " "},
        {"expectation": "valid_unit_price", "column": "price", "value": "free"},
    ]


def test_an_empty_row_fails_the_five_expectations(connection: Connection) -> None:
    reasons = reasons_of(connection, "," * 7)
    assert [reason["expectation"] for reason in reasons] == [
        "valid_invoice_date",
        "valid_invoice_no",
        "valid_quantity",
        "valid_stock_code",
        "valid_unit_price",
    ]
    assert {reason["value"] for reason in reasons} == {None}


def test_a_line_that_cannot_be_split_fails_for_that_alone(connection: Connection) -> None:
    found = cleaned(connection, file_of(UNSPLIT))
    assert found.quarantine[0]["reasons"] == [{"expectation": "parse", "column": None, "value": None}]
    assert (found.quarantine[0]["raw"], found.quarantine[0]["invoice_date"]) == (UNSPLIT, None)


@pytest.mark.parametrize("raw", ['x"y', "null", '{"a": 1}', "\\.", "🛒", "x" * 1024**2])
def test_the_raw_line_is_kept_to_the_letter(connection: Connection, raw: str) -> None:
    assert cleaned(connection, file_of(raw)).quarantine[0]["raw"] == raw


def test_the_raw_row_can_be_read_again(connection: Connection) -> None:
    first = cleaned(connection, file_of(row_of(description='"5"" DISC, ""A""\r\nB"', quantity="0")))
    raw = first.quarantine[0]["raw"]
    connection.rollback()
    assert received(connection, f"{HEADER}\n{raw}".encode())[0]["description"] == '5" DISC, "A"\r\nB'


def test_a_value_of_a_reason_is_cut(connection: Connection) -> None:
    [reason] = reasons_of(connection, row_of(quantity="x" * 5_000))
    assert reason["value"] == "x" * 1_000


def test_the_total_is_validated_only_where_it_can_be_worked_out(connection: Connection) -> None:
    found = cleaned(
        connection, file_of(row_of(quantity="2147483647", price="x"), row_of(quantity="x", price="99999999"))
    )
    assert found.failed == [["valid_unit_price"], ["valid_quantity"]]


def test_each_row_goes_its_own_way(connection: Connection) -> None:
    found = cleaned(connection, file_of(row_of(), row_of(quantity="0"), "", UNSPLIT, row_of(), row_of(price="-1")))
    assert found.values("line_no") == [2, 6]
    assert [row["line_no"] for row in found.quarantine] == [3, 5, 7]


def test_repeated_rows_are_all_kept(connection: Connection) -> None:
    assert cleaned(connection, file_of(*[row_of()] * 3)).values("line_no") == [2, 3, 4]


def test_an_empty_file_is_clean(connection: Connection) -> None:
    assert clean(connection, ValidatedFile(FILE_ID, "day.csv", ISO, TODAY)) == CleanCounts(loaded=0, quarantined=0)


@pytest.mark.parametrize("text", TEXTS)
def test_text_is_stored_as_it_is(connection: Connection, text: str) -> None:
    [row] = cleaned(connection, file_of(row_of(description=text, stock_code=text, country=text))).silver
    assert (row["description"], row["stock_code"], row["country"]) == (text, text, text)


def test_text_that_is_missing_is_null(connection: Connection) -> None:
    [row] = cleaned(connection, file_of(row_of(description="", country="", customer_id=""))).silver
    assert (row["description"], row["country"], row["customer_id"]) == (None, None, None)


def test_extra_columns_make_no_difference(connection: Connection) -> None:
    content = file_of(f"{row_of()},x", f"{row_of(quantity='0')},y", header=f"{HEADER},note")
    found = cleaned(connection, content)
    assert (found.values("line_no"), found.failed) == ([2], [["valid_quantity"]])


def test_a_file_is_cleaned_by_its_id_alone(connection: Connection) -> None:
    cleaned(connection, file_of(row_of(), row_of(price="x")))
    assert clean(connection, ValidatedFile(FILE_ID + 1, "day.csv", ISO, TODAY)) == CleanCounts(0, 0)


def test_a_file_that_is_deleted_and_cleaned_again_has_the_same_rows(connection: Connection) -> None:
    first = cleaned(connection, file_of(row_of(), row_of(price="x")))
    delete_rows(connection, FILE_ID)
    assert clean(connection, ValidatedFile(FILE_ID, "day.csv", ISO, TODAY)) == CleanCounts(
        len(first.silver), len(first.quarantine)
    )


def test_the_rows_of_a_deleted_file_stay_in_bronze(connection: Connection) -> None:
    cleaned(connection, file_of(row_of(), row_of(price="x")))
    delete_rows(connection, FILE_ID)
    layers = ("bronze.retail_transactions", "silver.retail_transactions", "silver.quarantine")
    counts = [connection.exec_driver_sql(f"select count(*) from {layer}").scalar_one() for layer in layers]  # noqa: S608
    assert counts == [2, 0, 0]


def test_another_file_is_not_deleted(connection: Connection) -> None:
    found = cleaned(connection, file_of(row_of(), row_of(price="x")))
    delete_rows(connection, FILE_ID + 1)
    counts = connection.exec_driver_sql(
        "select (select count(*) from silver.retail_transactions), (select count(*) from silver.quarantine)"
    ).one()
    assert tuple(counts) == (len(found.silver), len(found.quarantine))


def test_quarantined_numbers_are_shown_as_they_were_written(connection: Connection) -> None:
    dates = {"invoice_date": {"logicalTypeOptions": {"format": "%d.%m.%Y"}}}
    declared = variant(server={"delimiter": ";", "decimal": ","}, columns=dates)
    content = file_of(row_of(";", price="-6,95", invoice_date="1.2.2026"), header=HEADER.replace(",", ";"))
    [row] = cleaned(connection, content, declared).quarantine
    assert row["reasons"] == [{"expectation": "valid_unit_price", "column": "price", "value": "-6,95"}]
