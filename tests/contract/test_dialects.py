import pytest

from app.contract.model import Dialect, FillDown
from tests.contract.declared import contract, dialect, dialect_with, problem, server_with, text

NO_ENCODINGS = ("idna", "utf-7", "UTF7", "punycode", "unicode_escape", "raw_unicode_escape", "charmap")


def fault(name: str, value: str) -> str:
    return problem(text(server=server_with(name, value))).partition(": ")[2]


def test_a_server_without_more_has_the_default_dialect() -> None:
    assert dialect("type: s3") == Dialect()


@pytest.mark.parametrize(
    ("declared", "expected"),
    [("comma", ","), ("semicolon", ";"), ("pipe", "|"), ("tab", "\t"), ('"\\t"', "\t"), ('";"', ";"), ("'^'", "^")],
)
def test_a_delimiter_is_a_character_or_its_name(declared: str, expected: str) -> None:
    assert dialect(f"delimiter: {declared}").delimiter == expected


def test_a_declared_delimiter_is_known_as_such() -> None:
    assert dialect('delimiter: ","').is_delimiter_declared


def test_an_encoding_has_the_name_that_python_gives_it() -> None:
    assert dialect("encoding: windows-1252").encoding == "cp1252"


def test_suffixes_compare_in_lower_case() -> None:
    assert dialect_with("suffixes", "[.CSV, .zip]").suffixes == (".csv", ".zip")


def test_workbooks_have_a_suffix_of_their_own_by_default() -> None:
    assert dialect("format: xlsx").suffixes == (".xlsx",)


def test_a_workbook_has_a_sheet() -> None:
    assert dialect(f"format: xlsx, {server_with('sheet', 'Orders')}").sheet == "Orders"


@pytest.mark.parametrize(
    ("name", "value", "attribute", "expected"),
    [
        ("decimal", '","', "decimal", ","),
        ("thousands", '","', "thousands", ","),
        ("thousands", "space", "thousands", " "),
        ("currencyMarks", '["£", EUR, "£"]', "currency_marks", ("£", "EUR")),
        ("quote", '"\'"', "quote", "'"),
        ("escape", "backslash", "escape", "backslash"),
        ("header", "search", "header", "search"),
        ("header", "3", "header", 3),
        ("emptyLastColumn", "reject", "is_empty_last_column_tolerated", False),
        ("nullWords", "[NULL, N/A, '-']", "null_words", ("", "NULL", "N/A", "-")),
        ("timezone", "Europe/Berlin", "timezone", "Europe/Berlin"),
    ],
)
def test_a_property_of_the_dialect_is_read(name: str, value: str, attribute: str, expected: object) -> None:
    assert getattr(dialect_with(name, value), attribute) == expected


@pytest.mark.parametrize("columns", ["[Customer]", "[customer_id]", "[customer ID, Customer]"])
def test_columns_are_filled_down_by_header_names_or_their_own(columns: str) -> None:
    found = dialect_with("fillDown", f"{{columns: {columns}, by: Invoice}}")
    assert found.fill_down == FillDown(("customer_id",), "invoice_no")


def test_rows_are_skipped_by_header_names() -> None:
    skip_when = dialect_with("skipWhen", "\"Invoice = 'Total'\"").skip_when
    assert skip_when is not None
    assert skip_when.text == "Invoice = 'Total'"


def test_rows_are_skipped_by_header_names_with_spaces() -> None:
    declared = {"quantity": "{name: quantity, physicalName: Total Items}"}
    server = server_with("skipWhen", "'\"Total Items\" is null'")
    assert contract(server=server, columns=declared).servers[0].dialect.skip_when is not None


def test_rows_are_skipped_by_the_names_of_columns() -> None:
    assert dialect_with("skipWhen", "\"invoice_no like 'T%'\"").skip_when is not None


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        ("suffix", "[.csv]", "customProperties.suffix: the property is unknown; did you mean suffixes?"),
        ("skipWhen", f'"{"x" * 1001}"', "the text has 1,001 characters; write one of at most 1,000 characters"),
        ("overlap", "once", "write - {property: overlap, value: …} in customProperties of the contract"),
        (
            "suffixes",
            "[csv]",
            "customProperties.suffixes: 'csv' is not a suffix; write it with its point, for example .csv",
        ),
        ("suffixes", "[]", "customProperties.suffixes: the list is empty; write [.csv, .csv.gz], or remove the key"),
        ("suffixes", "[.xlsx]", ".xlsx is not of the format csv; remove it, or add a server for it"),
        ("decimal", "';'", "';' is unknown; use one of ., ,"),
        ("thousands", "_", "'_' is not a thousands separator; write one of . , ' space nbsp"),
        ("thousands", '"."', "it is the decimal mark too; write decimal: ,, or remove it"),
        ("currencyMarks", "['1']", "'1' cannot be distinguished from a number; write marks such as £ or EUR"),
        ("currencyMarks", "{a: 1}", "a list of texts is needed; write it as [one, two]"),
        ("quote", "aa", "'aa' cannot quote"),
        ("quote", "','", "',' is the delimiter too; write another one"),
        ("escape", "caret", "use one of doubled, backslash"),
        ("header", "0", "a whole number from 1 to 1,000 is needed"),
        ("header", "second", "use one of first, search"),
        ("skipWhen", "\"Invice = 'Total'\"", "Invoice"),
        ("skipWhen", '"Invoice ="', "customProperties.skipWhen: "),
        ("emptyLastColumn", "true", "use one of tolerate, reject"),
        ("fillDown", "{columns: [Mail], by: Invoice}", "no column is called 'Mail'; "),
        ("fillDown", "{columns: [Customer]}", "both columns and by are needed; write {columns: [Email], by: Name}"),
        ("fillDown", "{columns: [Invoice], by: invoice_no}", "groups the rows and is in each of them"),
        ("fillDown", "{column: [Customer], columns: [Customer], by: Invoice}", "did you mean columns?"),
        ("fillDown", "Customer", "a mapping is needed; write it as {columns: …}"),
        ("timezone", "Europe/Berln", "there is no time zone 'Europe/Berln'; did you mean Europe/Berlin?"),
        ("timezone", "localtime", "there is no time zone 'localtime'"),
        ("timezone", "Mars", "there is no time zone 'Mars'; write it as Europe/Berlin"),
        ("sheet", "Orders", "only a workbook has sheets; remove it, or write format: xlsx"),
    ],
)
def test_a_faulty_property_of_the_dialect_is_refused_with_a_remedy(name: str, value: str, expected: str) -> None:
    assert expected in fault(name, value)


@pytest.mark.parametrize(
    ("server", "expected"),
    [
        ("format: parquet", "'parquet' is unknown; use one of csv, xlsx"),
        ("format: xslx", "did you mean xlsx?"),
        ('delimiter: ";;"', "';;' cannot separate columns; write one character, or comma, semicolon, pipe, tab"),
        ("delimiter: '\"'", "cannot separate columns"),
        ("encoding: utf-9", "'utf-9' is not a known encoding; write for example utf-8"),
        *((f"encoding: {name}", f"'{name}' is not a known encoding") for name in ("hex", "base64", "rot13", "bz2")),
        *((f"encoding: {name}", f"'{name}' is not an encoding of sales files; write for") for name in NO_ENCODINGS),
        ("format: xlsx, delimiter: tab", "a workbook has no such thing; remove it, or write format: csv"),
        (f"format: xlsx, {server_with('quote', 'x')}", "a workbook has no such thing"),
    ],
)
def test_a_faulty_server_is_refused_with_a_remedy(server: str, expected: str) -> None:
    assert expected in problem(text(server=server))
