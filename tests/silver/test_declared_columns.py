"""Columns by their declared limits, words and types: which values are read, and which rows are quarantined."""

from typing import Any

import pytest
from sqlalchemy import Connection

from tests.contracts import variant
from tests.layers import HEADER, CleanCounts, cleaned, file_of, row_of

WORDS = {"nullWords": ["NULL", "N/A"]}


def described(connection: Connection, *texts: str, **changes: Any) -> CleanCounts:
    """Rows with these descriptions."""
    return cleaned(connection, file_of(*(row_of(description=each) for each in texts)), variant(**changes))


def coloured(connection: Connection, *texts: str, server: dict[str, Any] | None = None, **keys: Any) -> CleanCounts:
    """Rows with these values of another declared column."""
    rows = [f"{row_of()},{text}" for text in texts]
    declared = variant(server=server, columns={"colour": keys})
    return cleaned(connection, file_of(*rows, header=f"{HEADER},Colour"), declared)


@pytest.mark.parametrize(
    ("options", "valid", "invalid"),
    [
        ({"minLength": 3}, ["abc", "abcd"], ["ab"]),
        ({"maxLength": 3}, ["a", "abc"], ["abcd"]),
        ({"minLength": 2, "maxLength": 9}, ["ab", "x" * 9], ["a", "x" * 10]),
        ({"pattern": "[A-Z]{2}-[0-9]+"}, ["AB-1"], ["AB-", "xAB-1", "AB-1x", "ab-1"]),
    ],
)
def test_a_text_has_the_declared_form(
    connection: Connection, options: dict[str, Any], valid: list[str], invalid: list[str]
) -> None:
    columns = {"description": {"logicalTypeOptions": options}}
    found = described(connection, *valid, *invalid, columns=columns)
    assert found.values("description") == valid
    assert found.failed == [["valid_description"]] * len(invalid)


def test_a_text_is_one_of_the_declared_values(connection: Connection) -> None:
    columns = {"description": {"enum": [{"value": "new"}, {"value": "used"}]}}
    found = described(connection, "new", "used", "New", "", columns=columns)
    assert (found.values("description"), found.failed) == (["new", "used", None], [["valid_description"]])


def test_an_empty_value_of_a_required_column_is_quarantined(connection: Connection) -> None:
    found = described(connection, "", " ", "x", columns={"description": {"required": True}})
    assert (found.values("description"), found.failed) == (["x"], [["valid_description"]] * 2)


def test_a_required_customer_is_there(connection: Connection) -> None:
    found = cleaned(connection, file_of(row_of(customer_id="")), variant(columns={"customer_id": {"required": True}}))
    assert found.failed == [["valid_customer_id"]]


def test_null_words_are_empty_cells(connection: Connection) -> None:
    assert described(connection, "NULL", " N/A ", "n/a", server=WORDS).values("description") == [None, None, "n/a"]


@pytest.mark.parametrize(
    "keys",
    [
        {"logicalType": "number"},
        {"logicalType": "date"},
        {"logicalType": "boolean"},
        {"enum": [{"value": "red"}]},
        {"logicalTypeOptions": {"minLength": 9}},
        {"logicalTypeOptions": {"pattern": "[0-9]+"}},
    ],
    ids=str,
)
def test_a_null_word_of_a_column_that_may_be_empty_is_no_fault(connection: Connection, keys: dict[str, Any]) -> None:
    assert coloured(connection, "N/A", server=WORDS, **keys).failed == []


def test_a_null_word_of_a_required_column_is_quarantined(connection: Connection) -> None:
    declared = variant(server=WORDS)
    assert cleaned(connection, file_of(row_of(quantity="NULL")), declared).failed == [["valid_quantity"]]


def test_a_null_word_is_no_customer(connection: Connection) -> None:
    assert cleaned(connection, file_of(row_of(customer_id="N/A")), variant(server=WORDS)).values("customer_id") == [
        None
    ]


@pytest.mark.parametrize(
    ("kind", "text", "value"),
    [
        ("string", "red", "red"),
        ("integer", "12.0", 12),
        ("number", "1.5", 1.5),
        ("boolean", "Yes", True),
        ("boolean", "0", False),
        ("date", "2026-02-03", "2026-02-03"),
    ],
)
def test_another_declared_column_is_kept_typed(connection: Connection, kind: str, text: str, value: Any) -> None:
    [found] = coloured(connection, text, logicalType=kind).silver
    assert found["attributes"] == {"colour": value}


@pytest.mark.parametrize("kind", ["integer", "number", "boolean", "date"])
def test_another_declared_column_of_another_type_is_quarantined(connection: Connection, kind: str) -> None:
    assert coloured(connection, "red", logicalType=kind).failed == [["valid_colour"]]


def test_a_column_that_is_not_declared_is_not_kept(connection: Connection) -> None:
    [found] = cleaned(connection, file_of(f"{row_of()},red", header=f"{HEADER},Colour"), variant()).silver
    assert found["attributes"] is None


def test_a_condition_may_use_another_declared_column(connection: Connection) -> None:
    rule = {"name": "red", "type": "custom", "engine": "regulars", "implementation": "colour = 'red'"}
    rows = [f"{row_of()},{text}" for text in ("red", "blue")]
    declared = variant(columns={"colour": {}}, quality=[rule], countsWhen="colour = 'blue'")
    found = cleaned(connection, file_of(*rows, header=f"{HEADER},Colour"), declared)
    assert ([row["effect"] for row in found.silver], found.failed) == ([0], [["red"]])


def test_status_and_currency_are_kept(connection: Connection) -> None:
    declared = variant(columns={"status": {}, "currency": {}})
    row = f"{row_of()},paid,GBP"
    [found] = cleaned(connection, file_of(row, header=f"{HEADER},status,currency"), declared).silver
    assert (found["status"], found["currency"]) == ("paid", "GBP")


def test_a_line_total_stands_for_quantity_and_price(connection: Connection) -> None:
    columns: dict[str, Any] = {"quantity": None, "unit_price": None, "line_total": {"logicalType": "number"}}
    row = f"{row_of()},7.25"
    [found] = cleaned(connection, file_of(row, header=f"{HEADER},line_total"), variant(columns=columns)).silver
    assert (str(found["total_price"]), found["quantity"], found["unit_price"]) == ("7.25", None, None)


def test_a_line_total_precedes_quantity_and_price(connection: Connection) -> None:
    columns = {"line_total": {"logicalType": "number"}}
    rows = [f"{row_of(quantity='2', price='3')},5", f"{row_of(quantity='2', price='3')},"]
    found = cleaned(connection, file_of(*rows, header=f"{HEADER},line_total"), variant(columns=columns))
    assert [str(each) for each in found.values("total_price")] == ["5.00", "6.00"]


def test_a_placeholder_in_a_column_that_may_be_empty_is_no_fault(connection: Connection) -> None:
    keys: dict[str, Any] = {
        "enum": [{"value": "red"}],
        "customProperties": [{"property": "placeholders", "value": ["none"]}],
    }
    assert coloured(connection, "none", **keys).failed == []


def test_a_value_that_is_filled_down_is_validated(connection: Connection) -> None:
    fill: dict[str, Any] = {"fillDown": {"columns": ["Colour"], "by": "Invoice"}}
    found = coloured(connection, "blue", "", server=fill, enum=[{"value": "red"}])
    assert found.failed == [["valid_colour"]] * 2
