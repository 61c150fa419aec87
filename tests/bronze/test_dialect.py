"""Rows by the dialect of the contract: quotes, escapes, and empty cells behind the last column."""

import pytest
from sqlalchemy import Connection

from tests.contracts import variant
from tests.layers import GOOD, HEADER, fields, file_of, received, row_of

SINGLE = variant(server={"quote": "'"})
BACKSLASH = variant(server={"escape": "backslash"})
STRICT = variant(server={"emptyLastColumn": "reject"})


@pytest.mark.parametrize(
    ("written", "text"),
    [
        ("'a,b'", "a,b"),
        ("'O''Neill'", "O'Neill"),
        ('5" disc', '5" disc'),
        ('"x"', '"x"'),
        ("'a\nb'", "a\nb"),
        ("'say \"hi\", you'", 'say "hi", you'),
    ],
)
def test_another_quote_is_read(connection: Connection, written: str, text: str) -> None:
    first, second = received(connection, file_of(row_of(description=written), row_of()), SINGLE)
    assert (first["description"], fields(second)) == (text, GOOD)


@pytest.mark.parametrize(
    ("written", "text"),
    [
        (r'"5\" disc"', '5" disc'),
        (r'"a\\"', "a\\"),
        (r'"C:\temp"', r"C:\temp"),
        (r"C:\temp", r"C:\temp"),
        (r"a\,b", "a,b"),
        ('"5"" disc"', '5" disc'),
        ('"a\n\\"b\\", c"', 'a\n"b", c'),
        ("\\\\", "\\"),
    ],
)
def test_backslashes_escape_marks_and_nothing_else(connection: Connection, written: str, text: str) -> None:
    first, second = received(connection, file_of(row_of(description=written), row_of()), BACKSLASH)
    assert (first["description"], fields(second)) == (text, GOOD)


@pytest.mark.parametrize("row", [f"{row_of()},", f"{row_of()},,,", f'"489434"{row_of()[6:]},,'])
def test_empty_cells_behind_the_last_column_are_no_fault(connection: Connection, row: str) -> None:
    first, second = received(connection, file_of(row, row_of()))
    assert (fields(first), fields(second)) == (GOOD, GOOD)
    assert first["rescued_data"] is None


def test_an_empty_last_column_stays_empty(connection: Connection) -> None:
    [row] = received(connection, file_of(f"{row_of(invoice_date='')},,"))
    assert (row["invoice_date"], row["rescued_data"]) == (None, None)


def test_a_value_behind_the_last_column_keeps_its_line(connection: Connection) -> None:
    [row] = received(connection, file_of(f"{row_of()},,x"))
    assert row["rescued_data"] == f"{row_of()},,x"


@pytest.mark.parametrize("row", [f"{row_of()},", f'"489434"{row_of()[6:]},'])
def test_empty_cells_behind_the_last_column_may_be_rejected(connection: Connection, row: str) -> None:
    [received_row] = received(connection, file_of(row), STRICT)
    assert received_row["rescued_data"] == row


@pytest.mark.parametrize("end", ["", ",", ",,", ",,,"])
def test_rows_below_columns_without_a_name_may_be_of_any_width(connection: Connection, end: str) -> None:
    [row] = received(connection, file_of(f"{row_of()}{end}", header=f"{HEADER},,"))
    assert (fields(row), row["rescued_data"]) == (GOOD, None)


def test_a_value_below_a_column_without_a_name_is_rescued(connection: Connection) -> None:
    [row] = received(connection, file_of(f"{row_of()},,x", header=f"{HEADER},,"))
    assert row["rescued_data"] == {"column_10": "x"}


def test_a_column_without_meaning_is_rescued_under_its_declared_name(connection: Connection) -> None:
    source_contract = variant(columns={"colour": {"physicalName": "Farbe"}})
    [row] = received(connection, file_of(f"{row_of()},red", header=f"{HEADER},FARBE"), source_contract)
    assert row["rescued_data"] == {"colour": "red"}


def test_a_named_delimiter_is_that_of_the_rows(connection: Connection) -> None:
    content = file_of(HEADER.replace(",", ";"), row_of(";", description='"a;b"'), row_of(";"), header="sep=;")
    assert [(row["line_no"], row["description"]) for row in received(connection, content)] == [
        (3, "a;b"),
        (4, "GLASS BALLS"),
    ]
