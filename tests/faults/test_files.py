"""Files, as ingestion.md lists what may be wrong with one: each lies between two good days and is loaded with them."""

import codecs
import gzip
from collections.abc import Callable
from pathlib import Path
from typing import Never

import pytest

from app.jobs.context import Context
from tests.conftest import HEADER
from tests.contracts import written
from tests.faults.days import FIRST, LAST, Days, sold, text
from tests.loading import load, query

Put = Callable[..., Path]
A, B, C, D = (sold(customer) for customer in "ABCD")
MEGABYTE = 1024**2
PARSE = ["parse"]
GZ = "2026-02-02_transactions.csv.gz"
NAMES = HEADER.split(",")
ROWS_AB: tuple[str, list[tuple[int, str]], list[Never]] = ("loaded", [(2, A), (3, B)], [])
NOTHING = (None, None, None)


@pytest.fixture
def days(context: Context, put: Put) -> Days:
    return Days(context, put)


# --- nothing in it


def test_a_name_that_is_not_utf_8(context: Context, folder: Path) -> None:
    (folder / "Verk\udce4ufe.csv").write_bytes(text(FIRST))
    for _ in range(2):
        load(context)
    said = query(context.engine, "select key, state, error ~ 'rename the file' from pipeline.source_file")
    assert said == [("Verk\\xe4ufe.csv", "rejected", True)]


def test_zero_bytes(days: Days) -> None:
    found = days.around(b"")
    assert (found.state, found.rows) == ("empty", (0, 0, 0))


def test_header_only(days: Days) -> None:
    found = days.around(text())
    assert (found.state, found.rows) == ("empty", (0, 0, 0))


def test_directory_markers(days: Days, folder: Path) -> None:
    (folder / "2026-02-02" / "2026-02-02_transactions.csv").mkdir(parents=True)
    assert days.around(text(A, B), name="sales.csv").whole == ROWS_AB


# --- line ends


def test_no_trailing_newline(days: Days) -> None:
    assert days.around(text(A, B).removesuffix(b"\n")).whole == ROWS_AB


def test_crlf(days: Days) -> None:
    assert days.around(text(A, B, end="\r\n")).whole == ROWS_AB


def test_cr(days: Days) -> None:
    assert days.around(text(A, B, end="\r")).whole == ROWS_AB


def test_mixed_line_ends(days: Days) -> None:
    found = days.around(f"{HEADER}\r\n{A}\r{B}\n\r\n{C}\r\r{D}".encode())
    assert found.whole == ("loaded", [(2, A), (3, B), (5, C), (7, D)], [])


# --- encodings


def test_utf_8_bom(days: Days) -> None:
    assert days.around(codecs.BOM_UTF8 + text(A, B)).whole == ROWS_AB


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be"])
def test_utf_16(days: Days, encoding: str) -> None:
    found = days.around(text(A).decode().encode(encoding))
    assert (found.state, found.rows) == ("rejected", NOTHING)
    declared = f"declare `encoding: {encoding}` of the server in the contract"
    assert found.error == f"the file looks like {encoding.upper()}, not utf-8; {declared}"


def test_utf_16_that_is_declared(days: Days, tmp_path: Path) -> None:
    days = days.declared(contract=written(tmp_path, server={"encoding": "utf-16"}))
    days.put(content=text(A, B).decode().encode("utf-16"))
    load(days.context)
    assert query(days.context.engine, "select line_no, customer_id from silver.retail_transactions") == [
        (2, "A"),
        (3, "B"),
    ]


def test_latin_1_bytes_in_a_utf_8_source(days: Days) -> None:
    pound = B.replace("LANTERN", "£5 LANTERN")
    found = days.around(text(A) + pound.encode("latin-1") + b"\n" + text(C, header=pound))
    raw = pound.replace("£", "\\xa3")
    assert found.whole == ("loaded", [(2, A), (4, pound), (5, C)], [(3, raw, PARSE)])


# --- gzip


def test_gzip(days: Days) -> None:
    assert days.around(gzip.compress(text(A, B)), GZ).whole == ROWS_AB


def test_several_gzip_members_in_one_object(days: Days) -> None:
    content = text(A, B)
    members = b"".join(gzip.compress(part) for part in (content[:90], b"", content[90:]))
    assert days.around(members, GZ).whole == ROWS_AB


def test_truncated_gzip(days: Days) -> None:
    found = days.around(gzip.compress(text(A, B))[:-9], GZ)
    assert (found.state, found.rows) == ("rejected", NOTHING)
    assert found.error.startswith("the gzip data are corrupt: Compressed file ended before")


def test_a_decompression_bomb(days: Days) -> None:
    bomb = gzip.compress(text(A) + b"\n" * 20 * MEGABYTE)
    found = days.declared(max_object_bytes=MEGABYTE).around(bomb, GZ)
    assert (len(bomb) < MEGABYTE, found.state, found.rows) == (True, "rejected", NOTHING)
    assert found.error == "more than 1,048,576 bytes after decompression; see REGULARS_MAX_OBJECT_BYTES"


# --- lines


def test_the_line_backslash_dot_alone(days: Days) -> None:
    found = days.around(text(A, "\\.", B, C))
    assert found.whole == ("loaded", [(2, A), (4, B), (5, C)], [(3, "\\.", PARSE)])


@pytest.mark.parametrize(
    "stray",
    [
        B.replace("LANTERN", '"LANTERN'),
        B.replace("LANTERN", '"LAN"TERN'),
        f'"{B}',
        f'{B},"',
        B.replace("2026-02-02", '"2026-02-02'),
    ],
    ids=["opening", "within", "at the start", "at the end", "before the last column"],
)
def test_a_stray_quote(days: Days, stray: str) -> None:
    found = days.around(text(A, stray, C, D))
    assert found.whole == ("loaded", [(2, A), (4, C), (5, D)], [(3, stray, PARSE)])


def test_a_stray_quote_that_is_text(days: Days) -> None:
    inch = B.replace("LANTERN", '5" LANTERN 3"')
    assert days.around(text(A, inch, C)).whole == ("loaded", [(2, A), (3, inch), (4, C)], [])


@pytest.mark.parametrize("between", [[], [C], [C, D]], ids=len)
def test_a_stray_quote_that_a_later_row_seems_to_close(days: Days, between: list[str]) -> None:
    opening, closing = A.replace("LANTERN", '"LANTERN'), B.replace("LANTERN", 'LANTERN 6"')
    rows = [*between, closing]
    found = days.around(text(opening, *rows, D))
    assert found.whole == ("loaded", list(enumerate([*rows, D], 3)), [(2, opening, PARSE)])


def test_quoted_newlines(days: Days) -> None:
    broken = B.replace("LANTERN", "ONE\nTWO\r\n\r\nTHREE")
    found = days.around(text(A, B.replace("LANTERN", '"ONE\nTWO\r\n\r\nTHREE"'), C))
    assert found.whole == ("loaded", [(2, A), (3, broken), (7, C)], [])


def test_a_field_of_1_mb(days: Days) -> None:
    long = B.replace("LANTERN", "x" * MEGABYTE)
    assert days.around(text(A, long, C)).whole == ("loaded", [(2, A), (3, long), (4, C)], [])


def test_a_field_of_1_mb_that_fails_an_expectation(days: Days) -> None:
    long = B.replace("500002", "5" * MEGABYTE)
    found = days.around(text(A, long, C))
    assert found.whole == ("loaded", [(2, A), (4, C)], [(3, long, ["valid_invoice_no"])])


def test_nul_bytes(days: Days) -> None:
    found = days.around(text(A, B.replace("LANTERN", "LAN\0TERN"), C, '"\0",', D))
    raw = B.replace("LANTERN", "LAN\\x00TERN")
    assert found.whole == ("loaded", [(2, A), (4, C), (6, D)], [(3, raw, PARSE), (5, '"\\x00",', PARSE)])


def test_ragged_rows(days: Days) -> None:
    short, long = A.rpartition(",")[0], f"{A},more"
    found = days.around(text(A, short, B, long, C, D))
    assert found.silver == [(2, A), (4, B), (6, C), (7, D)]
    assert found.quarantine == [(3, short, PARSE), (5, long, PARSE)]


# --- headers


def reordered(row: str) -> str:
    return ",".join(reversed(row.split(",")))


def test_header_reordered(days: Days) -> None:
    assert days.around(text(reordered(A), reordered(B), header=reordered(HEADER))).whole == ROWS_AB


def test_header_aliased(days: Days) -> None:
    header = "INVOICE_NO,stock code,DESCRIPTION,quantity,Unit Price,customerid,country,Invoice_Date"
    assert days.around(text(A, B, header=header)).whole == ROWS_AB


@pytest.mark.parametrize("again", ["Invoice", "InvoiceNo", "UnitPrice", "customer_id"])
def test_header_doubled(days: Days, again: str) -> None:
    header, column = f"{HEADER},{again}", {"InvoiceNo": "Invoice", "UnitPrice": "Price", "customer_id": "Customer ID"}
    found = days.around(text(f"{A},other", header=header))
    assert (found.state, found.rows) == ("rejected", NOTHING)
    shown = header.replace(",", ", ")
    assert found.error.startswith(f"line 1: column {column.get(again, again)} is in the header twice: {shown}; ")


@pytest.mark.parametrize("name", [name for name in NAMES if name not in {"Description", "Country"}])
def test_header_missing_a_column(days: Days, name: str) -> None:
    place = NAMES.index(name)
    header, row = (",".join([*cells[:place], *cells[place + 1 :]]) for cells in (NAMES, A.split(",")))
    found = days.around(text(row, header=header))
    assert (found.state, found.rows) == ("rejected", NOTHING)
    assert found.error.startswith(f"line 1: column {name} is missing; the header is: {header.replace(',', ', ')}; ")


def test_header_missing(days: Days) -> None:
    found = days.around(text(B, C, header=A))
    assert (found.state, found.rows) == ("rejected", NOTHING)
    assert f"is missing; the header is: {A.replace(',', ', ')}; " in found.error


def test_header_with_extra_columns(days: Days) -> None:
    found = days.around(text(f"till 1,{A},", f'"till, 2",{B},note', header=f"Till,{HEADER},"))
    assert found.whole == ROWS_AB
    rescued = query(
        days.context.engine, "select rescued_data from bronze.retail_transactions order by file_id, line_no"
    )
    assert [each for (each,) in rescued if each] == [
        {"Till": "till 1"},
        {"Till": "till, 2", "column_10": "note"},
    ]


@pytest.mark.parametrize("delimiter", [";", "\t", "|"])
def test_another_delimiter(days: Days, delimiter: str) -> None:
    found = days.around(text(A, B).replace(b",", delimiter.encode()))
    word = {";": "semicolon", "\t": "tab", "|": "pipe"}[delimiter]
    assert (found.state, found.rows) == ("rejected", NOTHING)
    assert f"declare `delimiter: {word}` of the server in the contract" in found.error


def test_100_000_columns(days: Days) -> None:
    extra = ",".join(f"c{number}" for number in range(100_000 - len(NAMES)))
    found = days.around(text(f"{A},{extra}", header=f"{HEADER},{extra}"))
    assert (found.state, found.rows) == ("rejected", NOTHING)
    assert found.error == "line 1: the header has 100,000 columns; at most 1,000 are allowed; remove others"


def test_100_000_columns_in_one_row(days: Days) -> None:
    wide = "x," * 99_999
    found = days.around(text(A, wide, B))
    assert found.whole == ("loaded", [(2, A), (4, B)], [(3, wide, PARSE)])


def test_a_corrected_file_replaces_the_rejected_one(days: Days) -> None:
    days.around(text(A, B, header=A))
    days.put(content=text(A, B), day="2026-02-02")
    load(days.context)
    states = "select state from pipeline.source_file where key like '2026-02-02%' order by id"
    assert query(days.context.engine, states) == [("superseded",), ("loaded",)]
    silver = query(days.context.engine, "select distinct customer_id from silver.retail_transactions order by 1")
    assert [customer for (customer,) in silver] == ["A", "B", *(row.split(",")[5] for row in (FIRST, LAST))]
