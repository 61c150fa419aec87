from datetime import date, timedelta

import pytest
from sqlalchemy import Connection

from tests.layers import cleaned, file_of, row_of

MEGABYTE = 1024**2
DIGITS = "9" * MEGABYTE
ZEROS = "0" * MEGABYTE

INVOICES = ["489434", "C489434", "c489434", "A563185", "abcdef", "£££££££", "🛒🛒🛒🛒🛒🛒", "53 636"]
NO_INVOICES = ["", " ", "      ", "       ", "4", "48943", "48943444", "C4894344", "🛒🛒🛒🛒🛒", "4" * MEGABYTE]
STOCK_CODES = ["85048", "79323P", "POST", "M", " x", "C2", "🛒", "x" * MEGABYTE, "1e4", "1.3E+12", '"1,3e+12"']
NO_STOCK_CODES = ["", " ", "    "]
QUANTITIES = [
    ("12", 12),
    ("1", 1),
    ("12.0", 12),
    ("12.", 12),
    ("12.000", 12),
    ("012", 12),
    ("+12", 12),
    (" 12 ", 12),
    (" 12.0 ", 12),
    ("999999999", 999999999),
    ("1000000000", 1000000000),
    ("2147483647", 2147483647),
    ("2147483647.0", 2147483647),
    ("0000000000000012", 12),
    ("12." + "0" * 100, 12),
]
NO_QUANTITIES = [
    *(
        "",
        " ",
        "0",
        "-0",
        "0.0",
        "00",
        "-1",
        "-12.0",
        "12.5",
        "0.5",
        ".5",
        "12.00001",
        "12.0.0",
        "1,2",
        "1 2",
        "12-",
        "--1",
    ),
    *(
        "1e3",
        "1E3",
        "1_000",
        "1 000",
        "1'000",
        "٣",
        "१२",
        "\uff11\uff12",
        "²",
        "½",
        "NaN",
        "nan",
        "Infinity",
        "-Infinity",
        "inf",
    ),
    *(
        "0x10",
        "0b1",
        "0o7",
        "twelve",
        "12pcs",
        "=12",
        "12;",
        "null",
        "true",
        "\t12",
        "12\u00a0",
        "+",
        "-",
        ".",
        "+-1",
        "🛒",
    ),
    *("2147483648", "2147483647.5", "2147483648.0", "4294967297", "-2147483649", "9" * 41, DIGITS, ZEROS, f"1.{ZEROS}"),
]
CUSTOMERS = [
    ("13085", "13085"),
    ("13085.0", "13085"),
    ("13085.00", "13085"),
    (" 13085.0 ", "13085"),
    (" 13085 ", "13085"),
    ("0013085.0", "0013085"),
    ("13085.5", "13085.5"),
    ("13085.01", "13085.01"),
    ("13085.", "13085."),
    (".0", ".0"),
    ("-13085.0", "-13085.0"),
    ("٣.0", "٣.0"),
    ("A-17 b", "A-17 b"),
    ("🛒.0", "🛒.0"),
    ("'; drop table gold.customer_rfm; --", "'; drop table gold.customer_rfm; --"),
    ("=1+1", "=1+1"),
    ("null", "null"),
    ("9" * 256, "9" * 256),
    ("9" * 256 + ".0", "9" * 256),
    (" " * 300 + "x", "x"),
    ("é" * 256, "é" * 256),
    ("🛒" * 256, "🛒" * 256),
    ("", None),
    (" ", None),
    ("      ", None),
]
NO_CUSTOMERS = ["9" * 257, "9" * 257 + ".0", "é" * 257, "🛒" * 257, "x" * MEGABYTE, "1e4", "1.3E+12", '"1,3e+12"']
WEEK = [(date(2026, 2, 1) + timedelta(days=day), day + 1) for day in range(7)]


@pytest.mark.parametrize("text", INVOICES)
def test_an_invoice_has_six_or_seven_characters(connection: Connection, text: str) -> None:
    assert cleaned(connection, file_of(row_of(invoice=text))).values("invoice_no") == [text]


@pytest.mark.parametrize("text", NO_INVOICES, ids=range(len(NO_INVOICES)))
def test_another_invoice_is_quarantined(connection: Connection, text: str) -> None:
    assert cleaned(connection, file_of(row_of(invoice=text))).failed == [["valid_invoice_no"]]


@pytest.mark.parametrize(
    ("invoice", "is_cancellation"), [("C489434", True), ("c489434", True), ("489434", False), ("A48943C", False)]
)
def test_an_invoice_with_a_leading_c_is_a_cancellation(
    connection: Connection, invoice: str, is_cancellation: bool
) -> None:
    assert cleaned(connection, file_of(row_of(invoice=invoice))).values("is_cancellation") == [is_cancellation]


@pytest.mark.parametrize("text", STOCK_CODES, ids=range(len(STOCK_CODES)))
def test_a_stock_code_is_anything_that_is_present(connection: Connection, text: str) -> None:
    assert cleaned(connection, file_of(row_of(stock_code=text))).values("stock_code") == [text]


@pytest.mark.parametrize("text", NO_STOCK_CODES)
def test_a_missing_stock_code_is_quarantined(connection: Connection, text: str) -> None:
    assert cleaned(connection, file_of(row_of(stock_code=text))).failed == [["valid_stock_code"]]


@pytest.mark.parametrize(("text", "number"), QUANTITIES)
def test_a_quantity_is_a_whole_number_above_zero(connection: Connection, text: str, number: int) -> None:
    assert cleaned(connection, file_of(row_of(quantity=text, price="0"))).values("quantity") == [number]


@pytest.mark.parametrize("text", NO_QUANTITIES, ids=range(len(NO_QUANTITIES)))
def test_another_quantity_is_quarantined(connection: Connection, text: str) -> None:
    assert cleaned(connection, file_of(row_of(quantity=f'"{text}"'))).failed == [["valid_quantity"]]


@pytest.mark.parametrize(("text", "customer"), CUSTOMERS, ids=range(len(CUSTOMERS)))
def test_a_customer_is_trimmed_and_freed_of_a_decimal_zero(
    connection: Connection, text: str, customer: str | None
) -> None:
    assert cleaned(connection, file_of(row_of(customer_id=text))).values("customer_id") == [customer]


@pytest.mark.parametrize("text", NO_CUSTOMERS, ids=range(len(NO_CUSTOMERS)))
def test_another_customer_id_is_quarantined(connection: Connection, text: str) -> None:
    assert cleaned(connection, file_of(row_of(customer_id=text))).failed == [["valid_customer_id"]]


def test_a_customer_counts_in_characters_where_another_value_fails(connection: Connection) -> None:
    found = cleaned(connection, file_of(row_of(customer_id="🛒" * 256, quantity="0")))
    assert found.failed == [["valid_quantity"]]


@pytest.mark.parametrize(("day", "day_of_week"), WEEK)
def test_a_week_goes_from_sunday_1_to_saturday_7(connection: Connection, day: date, day_of_week: int) -> None:
    assert cleaned(connection, file_of(row_of(invoice_date=day.isoformat()))).values("day_of_week") == [day_of_week]


def test_the_surrogate_key_shows_the_typed_quantity(connection: Connection) -> None:
    found = cleaned(connection, file_of(row_of(invoice="C489434", stock_code="a_b", quantity="012.0")))
    assert found.values("surrogate_key") == ["C489434_a_b_12"]
