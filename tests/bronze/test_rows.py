import csv
import io
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.bronze.header import Header
from app.bronze.lines import CsvForm, LineReader
from app.bronze.rows import RowWriter, csv_text

TWO = Header(("invoice", "price"), (None, None))
EXTRA = Header(("invoice", None, "price"), (None, "note", None))
UNSPLIT = [
    (b"1\n", "1"),
    (b"1,2,3\r\n", "1,2,3"),
    (b'"1"x,2\n', '"1"x,2'),
    (b'"1,2\n', '"1,2'),
    (b"\xa35,2\n", "\\xa35,2"),
    (b"1\0,2\n", "1\\x00,2"),
    (b'"1\0",2\n', '"1\\x00",2'),
    (b"\\.\n", "\\."),
    (b"   \n", "   "),
    ("£,🛒,\\\n".encode(), "£,🛒,\\"),
    (b'{"a": 1}\n', '{"a": 1}'),
    (b"null\n", "null"),
    (b"\x01\x1b\n", "\x01\x1b"),
    (b"x" * 1024**2 + b"\n", "x" * 1024**2),
]
SPLIT = [
    (b'"1",2\n', ["1", "2"]),
    (b'"a,b",2\n', ["a,b", "2"]),
    (b'"a""b",2\n', ['a"b', "2"]),
    (b'5" disc,2\n', ['5" disc', "2"]),
    (b'"",2\n', ["", "2"]),
    (b'"a\nb",2\n', ["a\nb", "2"]),
    (b'"a\rb",2\n', ["a\rb", "2"]),
    (b'"a\r\nb",2\r\n', ["a\r\nb", "2"]),
    (b'"\\.\n\\.\n",2\n', ["\\.\n\\.\n", "2"]),
    (b'" a ",2\n', [" a ", "2"]),
    ('"£🛒",2\n'.encode(), ["£🛒", "2"]),
]


def written(content: bytes, header: Header = TWO, delimiter: str = ",") -> list[bytes]:
    mark = delimiter.encode()
    writer = RowWriter(header, CsvForm(delimiter), b"7" + mark, mark)
    return list(writer.rows(LineReader(iter(content.splitlines(keepends=True)), CsvForm(delimiter))))


def read_back(content: bytes, header: Header = TWO) -> list[tuple[int, Any, list[str]]]:
    """Line number, rescued data and fields of each row."""
    rows = csv.reader(io.StringIO(b"".join(written(content, header)).decode(), newline=""), strict=True)
    return [(int(row[1]), json.loads(row[2]) if row[2] else None, row[3:]) for row in rows]


def test_a_usual_line_passes_untouched() -> None:
    assert written("1,£2\n,\n x , y\n".encode()) == [b"7,1,,1,\xc2\xa32\n", b"7,2,,,\n", b"7,3,, x , y\n"]


@pytest.mark.parametrize("line", [b'"1",2\n', b'1,"a ""b"", c"\n', b'"1\\",",2"\n'])
def test_a_line_with_whole_quoted_fields_passes_untouched(line: bytes) -> None:
    assert written(line) == [b"7,1,," + line]


@pytest.mark.parametrize("end", [b"\n", b"\r", b"\r\n", b""])
def test_the_line_end_is_no_part_of_the_row(end: bytes) -> None:
    assert read_back(b"1,2" + end) == [(1, None, ["1", "2"])]


@pytest.mark.parametrize("blank", [b"\n", b"\r\n", b"\r", b"\n\n\n"])
def test_empty_lines_are_no_rows_and_are_counted(blank: bytes) -> None:
    lines = len(blank.splitlines())
    assert read_back(blank + b"1,2\n" + blank + b"3,4\n") == [
        (lines + 1, None, ["1", "2"]),
        (lines * 2 + 2, None, ["3", "4"]),
    ]


@pytest.mark.parametrize(("line", "fields"), SPLIT)
def test_a_quoted_line_is_split_with_care(line: bytes, fields: list[str]) -> None:
    assert read_back(line) == [(1, None, fields)]


@pytest.mark.parametrize(("line", "raw"), UNSPLIT)
def test_a_line_that_cannot_be_split_keeps_its_text(line: bytes, raw: str) -> None:
    assert read_back(line + b"3,4\n") == [(1, raw, ["", ""]), (2, None, ["3", "4"])]


def test_extra_columns_are_rescued_by_their_names() -> None:
    assert read_back(b"1,a,2\n3,,4\n", EXTRA) == [(1, {"note": "a"}, ["1", "2"]), (2, {"note": ""}, ["3", "4"])]


@given(st.text(alphabet=st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=20))
def test_any_text_in_an_extra_column_comes_back(text: str) -> None:
    line = csv_text(["1", text, "2"], CsvForm())
    assert read_back(line + b"\n", EXTRA) == [(1, {"note": text}, ["1", "2"])]


def test_a_line_that_lacks_an_extra_column_cannot_be_split() -> None:
    assert read_back(b"1,2\n", EXTRA) == [(1, "1,2", ["", ""])]


def test_rows_are_written_by_the_declared_delimiter() -> None:
    assert written(b'"1;0";2,5\n3;4\n', delimiter=";") == [b'7;1;;"1;0";2,5\n', b"7;2;;3;4\n"]


@pytest.mark.parametrize("text", ["a\nb", "a\rb", "a\r\nb", 'a"b', "a,b"])
def test_text_that_would_break_a_record_is_quoted(text: str) -> None:
    doubled = text.replace('"', '""')
    assert csv_text([text, "x"], CsvForm()) == f'"{doubled}",x'.encode()
