import pytest
from sqlalchemy import Connection

from tests.contracts import variant
from tests.layers import HEADER, cleaned, file_of, row_of

DIGITS, ZEROS = "9" * 1024**2, "0" * 1024**2
GERMAN = variant(server={"delimiter": ";", "decimal": ","})

PRICES = [
    ("6.95", "6.95"),
    ("0", "0.00"),
    ("0.00", "0.00"),
    ("-0", "0.00"),
    ("-0.00", "0.00"),
    ("5", "5.00"),
    ("5.", "5.00"),
    (".5", "0.50"),
    ("+5", "5.00"),
    (" 5.5 ", "5.50"),
    ("007.50", "7.50"),
    ("0.004", "0.00"),
    ("0.005", "0.01"),
    ("0.015", "0.02"),
    ("0.025", "0.03"),
    ("1.005", "1.01"),
    ("2.675", "2.68"),
    ("2.6749999", "2.67"),
    ("1.0050000000", "1.01"),
    ("0.00499999999999999999999999999999999999999999999999999999", "0.00"),
    ("0.1000000000000000055511151231257827021181583404541015625", "0.10"),
    ("12345678", "12345678.00"),
    ("1234567.8", "1234567.80"),
    ("99999999", "99999999.00"),
    ("99999999.99", "99999999.99"),
    ("99999999.994", "99999999.99"),
    ("0000000000099999999.99", "99999999.99"),
]
NO_PRICES = [
    *("", " ", "-1", "-0.01", "-0.001", "-.5", "99999999.995", "100000000", "100000000.00", "1" + "0" * 40, "9" * 41),
    *(
        "1,234.50",
        "1.234,50",
        "6,95",
        "1e3",
        "1E-3",
        "1_000",
        "1 000",
        "£5",
        "5£",
        "$5",
        "5 GBP",
        "٣",
        "\uff16.95",
        "5·5",
    ),
    *(
        "NaN",
        "Infinity",
        "-Infinity",
        "inf",
        "free",
        ".",
        "-",
        "+",
        "-.",
        "..5",
        "5..",
        "5.5.5",
        "--5",
        "0x5",
        "\t5",
        "5-",
    ),
    *(DIGITS, f"-{DIGITS}", f"0.{DIGITS}", ZEROS),
]
TOTALS = [
    ("12", "6.95", "83.40"),
    ("3", "0.333", "0.99"),
    ("1", "0.005", "0.01"),
    ("1000", "0.005", "10.00"),
    ("2147483647", "0", "0.00"),
    ("2147483647", "465.66", "999997235062.02"),
    ("10000", "99999999.99", "999999999900.00"),
    ("12", "83333333.33", "999999999.96"),
]
TOO_MUCH = [("2147483647", "99999999.99"), ("2147483647", "465.67"), ("10001", "99999999.99"), ("12500", "80000000")]


@pytest.mark.parametrize(("text", "price"), PRICES)
def test_a_price_rounds_half_up_to_two_decimals(connection: Connection, text: str, price: str) -> None:
    [found] = cleaned(connection, file_of(row_of(quantity="1", price=text))).values("unit_price")
    assert str(found) == price


@pytest.mark.parametrize("text", NO_PRICES, ids=range(len(NO_PRICES)))
def test_another_price_is_quarantined(connection: Connection, text: str) -> None:
    assert cleaned(connection, file_of(row_of(price=f'"{text}"'))).failed == [["valid_unit_price"]]


@pytest.mark.parametrize(
    ("price", "quantity", "unit_price"), [("6,95", "12", "6.95"), (",5", "12,0", "0.50"), ("2,675", "12,", "2.68")]
)
def test_a_declared_decimal_comma_is_read(connection: Connection, price: str, quantity: str, unit_price: str) -> None:
    row = row_of(";", price=price, quantity=quantity)
    [found] = cleaned(connection, file_of(row, header=HEADER.replace(",", ";")), GERMAN).silver
    assert (str(found["unit_price"]), found["quantity"]) == (unit_price, 12)


@pytest.mark.parametrize("price", ["6.95", "1.234,50", "1,234.50", "1,2,3"])
def test_a_decimal_point_is_quarantined_where_a_comma_is_declared(connection: Connection, price: str) -> None:
    content = file_of(row_of(";", price=price), header=HEADER.replace(",", ";"))
    assert cleaned(connection, content, GERMAN).failed == [["valid_unit_price"]]


@pytest.mark.parametrize(("quantity", "price", "total"), TOTALS)
def test_the_total_is_quantity_times_the_rounded_price(
    connection: Connection, quantity: str, price: str, total: str
) -> None:
    [found] = cleaned(connection, file_of(row_of(quantity=quantity, price=price))).values("total_price")
    assert str(found) == total


@pytest.mark.parametrize(("quantity", "price"), TOO_MUCH)
def test_a_total_that_does_not_fit_is_quarantined(connection: Connection, quantity: str, price: str) -> None:
    [row] = cleaned(connection, file_of(row_of(quantity=quantity, price=price))).quarantine
    shown = f"{quantity} x {price}"
    assert row["reasons"] == [{"expectation": "valid_total_price", "column": "price", "value": shown}]
