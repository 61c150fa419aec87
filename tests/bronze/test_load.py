import gzip
import io
import tracemalloc
from datetime import UTC, date, datetime

import pytest
from sqlalchemy import Connection

from app.bronze.load import ReceivedFile, inspect, load
from app.errors import BrokenFile
from tests.contracts import variant
from tests.layers import COLUMNS, GOOD, HEADER, ISO, RECEIVED_AT, fields, file_of, listed_file, received, row_of

SEMICOLON = variant(server={"delimiter": ";", "decimal": ","})
UNSPLIT = (None,) * 8
MANY = 5_000


def numbers(connection: Connection, content: bytes) -> list[int]:
    return [row["line_no"] for row in received(connection, content)]


def test_a_row_is_kept_as_received(connection: Connection) -> None:
    [row] = received(connection, file_of(row_of(quantity=" x ", price="1e3")))
    assert fields(row) == (*GOOD[:3], " x ", "1e3", *GOOD[5:])
    assert (row["file_id"], row["line_no"], row["rescued_data"]) == (7, 2, None)


def test_a_row_says_where_and_when_it_came_from(connection: Connection) -> None:
    [row] = received(connection, file_of(row_of()), key="2026-02-01/day.csv")
    assert row["source_file"] == "s3://sales/2026-02-01/day.csv"
    assert (row["ingestion_timestamp"], row["processing_date"]) == (RECEIVED_AT, date(2026, 3, 1))


def test_the_processing_date_is_the_day_in_utc(connection: Connection) -> None:
    midnight = datetime(2026, 3, 1, 23, 59, 59, tzinfo=UTC)
    load(connection, listed_file(connection, at=midnight), io.BytesIO(file_of(row_of())), ISO)
    found = connection.exec_driver_sql("select processing_date from bronze.retail_transactions").scalar_one()
    assert found == date(2026, 3, 1)


@pytest.mark.parametrize("content", [b"", b"\n\r\n\r", HEADER.encode(), file_of(), b"\xef\xbb\xbf", b"  \n"])
def test_a_file_without_rows_is_empty(connection: Connection, content: bytes) -> None:
    assert received(connection, content) == []


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("last", ["", "end"])
def test_line_ends_make_no_difference(connection: Connection, end: str, last: str) -> None:
    content = end.join([HEADER, row_of(), row_of(), *([""] if last else [])])
    assert [(row["line_no"], fields(row)) for row in received(connection, content.encode())] == [(2, GOOD), (3, GOOD)]


def test_line_ends_may_be_mixed(connection: Connection) -> None:
    content = f"{HEADER}\r\n{row_of()}\n{row_of()}\r{row_of()}\r\n\n\r{row_of()}"
    assert numbers(connection, content.encode()) == [2, 3, 4, 7]


def test_blank_lines_are_counted_before_and_behind_the_header(connection: Connection) -> None:
    assert numbers(connection, b"\n \n" + file_of("", row_of(), "", row_of())) == [5, 7]


def test_the_byte_order_mark_is_no_part_of_the_first_name(connection: Connection) -> None:
    assert len(received(connection, b"\xef\xbb\xbf" + file_of(row_of()))) == 1


def test_columns_are_found_by_name(connection: Connection) -> None:
    names = "invoice_date,COUNTRY,CustomerID,unit price,QUANTITY,description,stock_code,InvoiceNo"
    [row] = received(connection, file_of(",".join(GOOD[::-1]), header=names))
    assert fields(row) == GOOD


def test_optional_columns_that_are_missing_are_null(connection: Connection) -> None:
    header = "Invoice,StockCode,Quantity,Price,Customer ID,InvoiceDate"
    [row] = received(connection, file_of("489434,85048,12,6.95,13085,2026-02-01", header=header))
    assert (row["description"], row["country"], row["rescued_data"]) == (None, None, None)


def test_extra_columns_are_kept_by_name(connection: Connection) -> None:
    header = f"note,{HEADER},,note,Country"
    [row] = received(connection, file_of(f'"a,\nb",{row_of()},x,,z', header=header))
    assert fields(row) == GOOD
    assert row["rescued_data"] == {"note": "a,\nb", "column_10": "x", "note_2": "", "Country": "z"}


def test_a_missing_column_rejects_the_file(connection: Connection) -> None:
    with pytest.raises(BrokenFile, match="column Price is missing; the header is: Invoice, StockCode, Desc"):
        received(connection, file_of(row_of(), header=HEADER.replace("Price", "Cost")))


@pytest.mark.parametrize("quote", ["", '"'])
def test_a_semicolon_file_says_which_key_to_declare(connection: Connection, quote: str) -> None:
    names = ";".join(f"{quote}{name}{quote}" for name in HEADER.split(","))
    with pytest.raises(BrokenFile, match=r"looks delimited by ';': declare `delimiter: semicolon` .*`decimal`"):
        received(connection, file_of(row_of(";", price="6,95"), header=names))


def test_a_declared_semicolon_file_is_read(connection: Connection) -> None:
    content = file_of(row_of(";", price="6,95"), row_of(";", description='"a;b"'), header=HEADER.replace(",", ";"))
    first, second = received(connection, content, SEMICOLON)
    assert (first["price"], second["description"]) == ("6,95", "a;b")


@pytest.mark.parametrize("delimiter", ["\t", "|", "\x1f", "\\", "'", ":", "-", " "])
def test_any_declared_delimiter_is_read(connection: Connection, delimiter: str) -> None:
    header = delimiter.join(column.replace("_", "") for column in COLUMNS)
    good = [field.replace(" ", "").replace("-", "") for field in GOOD]
    [row] = received(connection, file_of(delimiter.join(good), header=header), variant(server={"delimiter": delimiter}))
    assert fields(row) == tuple(good)


@pytest.mark.parametrize("encoding", ["latin-1", "cp1252", "utf-16", "utf-16-be"])
def test_a_declared_encoding_is_read(connection: Connection, encoding: str) -> None:
    content = file_of(row_of(description="£5 CAFÉ")).decode().encode(encoding)
    [row] = received(connection, content, variant(server={"encoding": encoding}))
    assert row["description"] == "£5 CAFÉ"


def test_latin_1_bytes_in_a_utf_8_source_spoil_their_row_only(connection: Connection) -> None:
    latin_1 = row_of(description="£5").encode("latin-1")
    first, second, third = received(connection, file_of(row_of()) + latin_1 + b"\n" + row_of(description="£6").encode())
    assert (fields(first), fields(second), third["description"]) == (GOOD, UNSPLIT, "£6")
    assert second["rescued_data"] == row_of(description="\\xa35")


def test_utf_16_is_rejected_by_name(connection: Connection) -> None:
    with pytest.raises(BrokenFile, match="UTF-16"):
        received(connection, file_of(row_of()).decode().encode("utf-16"))


@pytest.mark.parametrize("header", [b"\xa3," + HEADER.encode(), b'"' + HEADER.encode(), b"a\0b," + HEADER.encode()])
def test_a_header_that_cannot_be_split_is_rejected_and_shown(connection: Connection, header: bytes) -> None:
    with pytest.raises(BrokenFile, match=r"the header line is not CSV: .*; it is: .*Invoice,StockCode") as caught:
        received(connection, header + b"\n" + row_of().encode())
    assert "\0" not in str(caught.value)


def test_a_header_may_span_lines(connection: Connection) -> None:
    assert numbers(connection, file_of(row_of(), header=HEADER.replace("Country", '"Coun\ntry"'))) == [3]


def test_a_header_of_a_hundred_thousand_columns_is_rejected(connection: Connection) -> None:
    with pytest.raises(BrokenFile, match="100,000 columns"):
        received(connection, file_of(header=",".join([HEADER, *map(str, range(99_992))])))


def test_gzip_members_are_read_to_the_end(connection: Connection) -> None:
    first, second = file_of(row_of()), (row_of() + "\n").encode() * 2
    assert len(received(connection, gzip.compress(first) + gzip.compress(second), key="day.csv.gz")) == 3


def test_truncated_gzip_rejects_the_file(connection: Connection) -> None:
    content = gzip.compress(file_of(*[row_of(invoice=str(n)) for n in range(MANY)]))
    with pytest.raises(BrokenFile, match="gzip data are corrupt"):
        received(connection, content[:-20], key="day.csv.gz")


def test_the_line_that_ends_a_copy_ends_nothing(connection: Connection) -> None:
    first, second, third = received(connection, file_of(row_of(), "\\.", row_of()))
    assert (fields(first), second["rescued_data"], fields(third)) == (GOOD, "\\.", GOOD)


@pytest.mark.parametrize(
    "text", ["\\.", "a\n\\.\nb", "\\.\n", "\r", "a\rb", "a\r\nb", "\n\n", 'a"b', "a,b", "\\N", "\\"]
)
def test_quoted_text_is_kept_to_the_letter(connection: Connection, text: str) -> None:
    quoted = '"' + text.replace('"', '""') + '"'
    first, second = received(connection, file_of(row_of(description=quoted), row_of()))
    assert (first["description"], fields(second)) == (text, GOOD)
    assert second["line_no"] == first["line_no"] + len(f"{quoted},".splitlines())


@pytest.mark.parametrize("country", ["", '"United Kingdom"'])
def test_a_quoted_empty_field_is_null(connection: Connection, country: str) -> None:
    [row] = received(connection, file_of(row_of(description='""', country=country)))
    assert row["description"] is None


def test_a_quote_in_the_middle_of_a_field_is_a_letter(connection: Connection) -> None:
    first, second = received(connection, file_of(row_of(description='5" DISC'), row_of()))
    assert (first["description"], fields(second)) == ('5" DISC', GOOD)


@pytest.mark.parametrize("strays", [1, 2, 30])
@pytest.mark.parametrize("behind", [0, 1, 3_000])
def test_stray_quotes_swallow_no_row(connection: Connection, strays: int, behind: int) -> None:
    stray = row_of(description='"BALLS')
    rows = received(connection, file_of(row_of(), *[stray] * strays, *[row_of()] * behind))
    assert [row["line_no"] for row in rows] == list(range(2, 3 + strays + behind))
    assert [row["rescued_data"] for row in rows] == [None, *[stray] * strays, *[None] * behind]


def test_thousands_of_stray_quotes_are_read_in_little_time(connection: Connection) -> None:
    strays = 30_000  # read to the end once for each, they would take hours
    assert len(received(connection, file_of(*['b",x,"c'] * strays))) == strays


@pytest.mark.parametrize("row", ["", "x", "x,", ",".join(GOOD[:7]), ",".join([*GOOD, "x"]), '"a,b",c', ",,,"])
def test_a_ragged_row_keeps_its_line(connection: Connection, row: str) -> None:
    rows = received(connection, file_of(row_of(), row, row_of()))
    assert [row["rescued_data"] for row in rows] == [None, *([row] if row else []), None]


def test_a_row_of_delimiters_is_a_row_of_nulls(connection: Connection) -> None:
    [row] = received(connection, file_of("," * 7))
    assert (fields(row), row["rescued_data"]) == (UNSPLIT, None)


def test_nul_bytes_spoil_their_row_only(connection: Connection) -> None:
    first, second = received(connection, file_of(row_of(description="A\0B"), row_of()))
    assert (first["rescued_data"], fields(second)) == (row_of(description="A\\x00B"), GOOD)


@pytest.mark.parametrize("quote", ["", '"'])
def test_a_field_of_a_megabyte_is_kept(connection: Connection, quote: str) -> None:
    text = "£" * 512 * 1024
    first, second = received(connection, file_of(row_of(description=f"{quote}{text}{quote}"), row_of()))
    assert (first["description"], fields(second)) == (text, GOOD)


@pytest.mark.parametrize(
    "key", ["line\nbreak.csv", "carriage\rreturn.csv", 'quo"te.csv', "a,b;c.csv", "\\..csv", "🛒.csv"]
)
def test_a_key_of_any_letters_is_kept(connection: Connection, key: str) -> None:
    [row] = received(connection, file_of(row_of()), key=key)
    assert row["source_file"] == f"s3://sales/{key}"


def test_text_that_looks_like_a_formula_or_sql_is_kept(connection: Connection) -> None:
    texts = ["=SUM(A1)", "+1", "-1", "@x", "'; drop table bronze.retail_transactions; --", "%s", ":name", "{}", "null"]
    rows = received(connection, file_of(*[row_of(description=text) for text in texts]))
    assert [row["description"] for row in rows] == texts


def test_every_row_of_a_long_file_has_its_line(connection: Connection) -> None:
    lines = [row_of(invoice=f"{number:06}") if number % 7 else f"ragged {number}" for number in range(MANY)]
    rows = received(connection, file_of(*lines))
    assert [row["line_no"] for row in rows] == list(range(2, MANY + 2))
    assert [row["invoice"] for row in rows if row["invoice"]] == [line[:6] for line in lines if "," in line]


def test_wide_rows_are_not_gathered_in_memory(connection: Connection) -> None:
    wide = row_of(description="x" * 200_000)
    file = ReceivedFile(7, "s3://sales/day.csv.gz")
    packed = io.BytesIO(gzip.compress(file_of(*[wide] * 300), 1))
    tracemalloc.start()
    load(connection, file, packed, ISO)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 300 * len(wide)


def test_the_header_of_a_file_can_be_looked_at_alone() -> None:
    header = inspect(io.BytesIO(file_of(row_of())), "day.csv", ISO)
    assert header is not None
    assert header.columns == COLUMNS


def test_a_file_without_a_line_has_no_header() -> None:
    assert inspect(io.BytesIO(b"\n"), "day.csv", ISO) is None
