"""Numbers under the marks, words and types that a contract declares."""

from typing import Any

import pytest
from sqlalchemy import Connection

from tests.contracts import variant
from tests.layers import HEADER, CleanCounts, cleaned, file_of, row_of

RETURNS = {"quantity": {"logicalTypeOptions": {"exclusiveMinimum": -1000}}, "unit_price": {"logicalTypeOptions": {}}}
MARKS = ["£", "$", "EUR"]


def priced(connection: Connection, price: str, **server: Any) -> CleanCounts:
    """A row with a price, in a file of a delimiter that no number has."""
    declared = variant(server={"delimiter": "|", **server}, columns=RETURNS)
    row = row_of("|", price=price, quantity="1")
    return cleaned(connection, file_of(row, header=HEADER.replace(",", "|")), declared)


@pytest.mark.parametrize(
    ("price", "value"),
    [
        ("£5.50", "5.50"),
        ("5.50 EUR", "5.50"),
        (" $ 5.50 ", "5.50"),
        ("-£5.50", "-5.50"),
        ("£-5.50", "-5.50"),
        ("(5.50)", "-5.50"),
        ("(£5.50)", "-5.50"),
        ("£(5.50)", "-5.50"),
        ("5.50", "5.50"),
    ],
)
def test_marks_of_currencies_are_taken_off_and_parentheses_are_a_minus(
    connection: Connection, price: str, value: str
) -> None:
    assert [str(each) for each in priced(connection, price, currencyMarks=MARKS).values("unit_price")] == [value]


@pytest.mark.parametrize("price", ["¥5.50", "5.50 GBP", "£$5.50", "(5.50", "(-5.50)", "£", "5£50"])
def test_other_marks_are_quarantined(connection: Connection, price: str) -> None:
    assert priced(connection, price, currencyMarks=MARKS).failed == [["valid_unit_price"]]


@pytest.mark.parametrize(
    ("price", "server"),
    [
        ("119.94-", {}),
        ("119.94 -", {}),
        ("\u2212119.94", {}),
        ("119,94-", {"decimal": ","}),
        ("\u2212119,94 kr", {"decimal": ",", "currencyMarks": ["kr"]}),
        ("119,94- EUR", {"decimal": ",", "currencyMarks": ["EUR"]}),
    ],
)
def test_a_minus_may_be_behind_the_number_or_the_sign_of_mathematics(
    connection: Connection, price: str, server: dict[str, Any]
) -> None:
    assert [str(each) for each in priced(connection, price, **server).values("unit_price")] == ["-119.94"]


@pytest.mark.parametrize("price", ["1.119,94-", "\u22121.119,94", "1.119,94\u2212"])
def test_a_number_with_thousands_may_have_either_minus(connection: Connection, price: str) -> None:
    found = priced(connection, price, decimal=",", thousands=".").values("unit_price")
    assert [str(each) for each in found] == ["-1119.94"]


@pytest.mark.parametrize("price", ["-119.94-", "119-94", "--119.94", "-"])
def test_two_signs_or_one_within_are_quarantined(connection: Connection, price: str) -> None:
    assert priced(connection, price).failed == [["valid_unit_price"]]


def test_a_quantity_may_have_its_minus_behind(connection: Connection) -> None:
    declared = variant(server={"delimiter": "|"}, columns=RETURNS)
    found = cleaned(
        connection, file_of(row_of("|", price="1", quantity="12-"), header=HEADER.replace(",", "|")), declared
    )
    assert found.values("quantity") == [-12]


def test_parentheses_are_no_minus_without_marks(connection: Connection) -> None:
    assert priced(connection, "(5.50)").failed == [["valid_unit_price"]]


@pytest.mark.parametrize(
    ("price", "server", "value"),
    [
        ("1,234.50", {"thousands": ","}, "1234.50"),
        ("-12,345,678.5", {"thousands": ","}, "-12345678.50"),
        ("1.234,50", {"thousands": ".", "decimal": ","}, "1234.50"),
        ("1'234.50", {"thousands": "'"}, "1234.50"),
        ("1 234,50", {"thousands": "space", "decimal": ","}, "1234.50"),
        ("1\u202f234,50", {"thousands": "space", "decimal": ","}, "1234.50"),
        ("1\u00a0234,50", {"thousands": "nbsp", "decimal": ","}, "1234.50"),
        ("1234.50", {"thousands": ","}, "1234.50"),
        ("£1,234.50", {"thousands": ",", "currencyMarks": ["£"]}, "1234.50"),
    ],
)
def test_marks_of_thousands_are_taken_off(
    connection: Connection, price: str, server: dict[str, Any], value: str
) -> None:
    assert [str(each) for each in priced(connection, price, **server).values("unit_price")] == [value]


@pytest.mark.parametrize("price", ["1,23.50", "12,34", "1,2345", ",234", "1.234,50"])
def test_marks_elsewhere_than_between_thousands_are_quarantined(connection: Connection, price: str) -> None:
    assert priced(connection, price, thousands=",").failed == [["valid_unit_price"]]


@pytest.mark.parametrize(("text", "value"), [("0.125", "0.125"), ("1.2345", "1.235"), ("3", "3.000")])
def test_a_quantity_of_the_type_number_has_three_decimals(connection: Connection, text: str, value: str) -> None:
    declared = variant(columns={"quantity": {"logicalType": "number"}})
    [found] = cleaned(connection, file_of(row_of(quantity=text)), declared).values("quantity")
    assert str(found) == value


def test_the_total_of_a_fraction_is_rounded_to_pence(connection: Connection) -> None:
    declared = variant(columns={"quantity": {"logicalType": "number"}})
    [found] = cleaned(connection, file_of(row_of(quantity="0.125", price="9.99")), declared).values("total_price")
    assert str(found) == "1.25"


def test_the_total_of_a_quarantined_fraction_is_rounded_too(connection: Connection) -> None:
    declared = variant(columns={"quantity": {"logicalType": "number"}})
    [row] = cleaned(connection, file_of(row_of(quantity="0.125", price="9.99", stock_code="")), declared).quarantine
    assert str(row["total_price"]) == "1.25"


@pytest.mark.parametrize(
    ("limits", "allowed"),
    [
        ({"minimum": 3}, [3, 4]),
        ({"exclusiveMinimum": 3}, [4]),
        ({"maximum": 3}, [2, 3]),
        ({"exclusiveMaximum": 3}, [2]),
    ],
)
def test_numbers_beyond_a_limit_are_quarantined(
    connection: Connection, limits: dict[str, int], allowed: list[int]
) -> None:
    declared = variant(columns={"quantity": {"logicalTypeOptions": limits}})
    found = cleaned(connection, file_of(*(row_of(quantity=str(number)) for number in (2, 3, 4))), declared)
    assert found.values("quantity") == allowed
    assert {*map(tuple, found.failed)} == {("valid_quantity",)}
