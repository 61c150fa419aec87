import re

import pytest

from app.bronze.header import Header, read_header
from app.errors import BrokenFile
from tests.layers import COLUMNS, HEADER

NAMES = HEADER.split(",")
SPELLINGS = [
    ("Invoice", "invoice"),
    ("InvoiceNo", "invoice"),
    ("INVOICE_NO", "invoice"),
    ("invoice no", "invoice"),
    (" _Invoice_ ", "invoice"),
    ("stock code", "stock_code"),
    ("STOCKCODE", "stock_code"),
    ("s t o c k _ c o d e", "stock_code"),
    ("description", "description"),
    ("QUANTITY", "quantity"),
    ("Price", "price"),
    ("UnitPrice", "price"),
    ("unit_price", "price"),
    ("Customer ID", "customer_id"),
    ("CustomerID", "customer_id"),
    ("customer_id", "customer_id"),
    ("Customer\u00a0ID", "customer_id"),
    ("country", "country"),
    ("Invoice Date", "invoice_date"),
    ("\tinvoicedate", "invoice_date"),
]
STRANGERS = ["Invoices", "Invoice-No", "Invoice.No", "Stock", "Qty", "Customer", "Date", "Price (GBP)", "Pri\u0441e"]
REQUIRED = ["Invoice", "StockCode", "Quantity", "Price", "Customer ID", "InvoiceDate"]


def renamed(column: str, name: str) -> list[str]:
    return [name if known == column else old for known, old in zip(COLUMNS, NAMES, strict=True)]


def without(name: str) -> list[str]:
    return [known for known in NAMES if known != name]


def test_the_contracts_header_is_all_columns_and_no_extras() -> None:
    assert read_header(NAMES, ",") == Header(COLUMNS, (None,) * 8)


@pytest.mark.parametrize(("name", "column"), SPELLINGS)
def test_a_column_is_found_without_case_spaces_and_underscores(name: str, column: str) -> None:
    assert read_header(renamed(column, name), ",").columns == COLUMNS


def test_columns_are_found_in_any_order() -> None:
    assert read_header(NAMES[::-1], ",").columns == COLUMNS[::-1]


@pytest.mark.parametrize("name", STRANGERS)
def test_another_name_is_an_extra_column(name: str) -> None:
    header = read_header([*NAMES, name], ",")
    assert (header.columns[8], header.extras[8], header.has_extras) == (None, name, True)


@pytest.mark.parametrize("name", REQUIRED)
def test_a_missing_column_is_named_and_the_header_shown(name: str) -> None:
    names = without(name)
    with pytest.raises(BrokenFile, match=f"^column {name} is missing; the header is: {re.escape(', '.join(names))}$"):
        read_header(names, ",")


def test_all_missing_columns_are_named() -> None:
    with pytest.raises(BrokenFile, match=r"^column Quantity, Price is missing"):
        read_header([name for name in NAMES if name not in {"Quantity", "Price"}], ",")


@pytest.mark.parametrize("name", ["Description", "Country"])
def test_an_optional_column_may_be_missing(name: str) -> None:
    assert len(read_header(without(name), ",").columns) == 7


@pytest.mark.parametrize("name", REQUIRED)
def test_a_doubled_required_column_is_named_and_the_header_shown(name: str) -> None:
    shown = re.escape(", ".join([*NAMES, name]))
    with pytest.raises(BrokenFile, match=f"^column {name} is in the header twice: {shown}$"):
        read_header([*NAMES, name], ",")


@pytest.mark.parametrize(("name", "column"), [("InvoiceNo", "Invoice"), ("UnitPrice", "Price")])
def test_two_aliases_of_one_column_are_a_doubled_column(name: str, column: str) -> None:
    with pytest.raises(BrokenFile, match=f"^column {column} is in the header twice"):
        read_header([*NAMES, name], ",")


@pytest.mark.parametrize("name", ["Description", "Country"])
def test_a_doubled_optional_column_is_an_extra_one(name: str) -> None:
    header = read_header([*NAMES, name], ",")
    assert (header.columns[8], header.extras[8]) == (None, name)


def test_extra_columns_without_a_name_have_the_name_of_their_place() -> None:
    assert read_header([*NAMES, "", "  "], ",").extras[8:] == ("column_9", "column_10")


def test_extra_columns_of_one_name_are_numbered() -> None:
    assert read_header([*NAMES, "note", "note_2", "note", "note"], ",").extras[8:] == (
        "note",
        "note_2",
        "note_3",
        "note_4",
    )


def test_no_two_extra_columns_end_in_one_name() -> None:
    extras = read_header([*NAMES, "column_10", "", "x", "x_2", "x", " x "], ",").extras[8:]
    assert len(set(extras)) == len(extras) == 6


def test_a_header_of_too_many_columns_is_refused() -> None:
    with pytest.raises(BrokenFile, match=r"^the header has 100,000 columns; at most 1,000 are allowed$"):
        read_header([*NAMES, *map(str, range(99_992))], ",")


def test_as_many_columns_as_are_taken_may_have_one_name() -> None:
    assert len(set(read_header([*NAMES, *["x"] * 992], ",").extras)) == 993


def test_a_header_longer_than_its_rows_could_bear_is_refused() -> None:
    with pytest.raises(BrokenFile, match=r"^the header is longer than 65,536 characters: Invoice, "):
        read_header([*NAMES, "x" * 65_536], ",")


def test_a_long_header_is_shown_cut() -> None:
    with pytest.raises(BrokenFile) as caught:
        read_header(["x" * 10_000], ",")
    assert str(caught.value).endswith(f"{'x' * 200} …")


@pytest.mark.parametrize(("other", "shown"), [(";", "';'"), ("|", r"'\|'"), ("\t", "a tab")])
def test_a_header_by_another_delimiter_says_which_setting_to_change(other: str, shown: str) -> None:
    with pytest.raises(BrokenFile, match=f"looks delimited by {shown}: set REGULARS_DELIMITER to {shown}") as caught:
        read_header([other.join(NAMES)], ",")
    assert "REGULARS_DECIMAL" in str(caught.value)


def test_a_comma_header_under_another_delimiter_says_which_setting_to_change() -> None:
    with pytest.raises(BrokenFile, match="looks delimited by ',': set REGULARS_DELIMITER to ','"):
        read_header([",".join(NAMES)], ";")


def test_a_header_that_only_lacks_columns_is_not_said_to_be_delimited_otherwise() -> None:
    with pytest.raises(BrokenFile) as caught:
        read_header(["Invoice;No", "Price"], ",")
    assert "REGULARS_DELIMITER" not in str(caught.value)
