"""Contents that are a header alone, which the ledger does not lock."""

import codecs
import gzip
import io
from typing import Any

import pytest

from app.bronze.decode import MAX_HEADER_ONLY_BYTES, is_header_only, utf8_lines
from tests.bronze.workbooks import workbook_contract
from tests.contracts import variant

CONTENT = b"a,b\n1,2\n"
PACKED = gzip.compress(CONTENT, mtime=0)


def header_only(content: bytes, key: str = "a.csv", **server: Any) -> bool:
    return is_header_only(io.BytesIO(content), key, variant(server=server))


HEADERS = [b"", b"a,b", b"a,b\r\n", b"\n\na,b\n\n", b"a" * MAX_HEADER_ONLY_BYTES, codecs.BOM_UTF8 + b"a,b\n"]
COMMENTED = bytearray(gzip.compress(CONTENT, mtime=0))
COMMENTED[3], COMMENTED[10:10] = 16, b"c" * 3000 + b"\0"


@pytest.mark.parametrize("header", HEADERS, ids=range(len(HEADERS)))
def test_a_single_line_is_a_header_without_rows(header: bytes) -> None:
    assert header_only(header)
    assert header_only(gzip.compress(header), "a.csv.gz")


@pytest.mark.parametrize("content", [CONTENT, b"a\r1", b"a\n \n", b"a" * (MAX_HEADER_ONLY_BYTES + 1)], ids=range(4))
def test_a_second_line_may_be_a_row(content: bytes) -> None:
    assert not header_only(content)


@pytest.mark.parametrize(
    "content", [PACKED, gzip.compress(b"a,b\n") + gzip.compress(b"1,2\n"), bytes(COMMENTED)], ids=range(3)
)
def test_a_second_line_in_any_member_of_gzip_may_be_a_row(content: bytes) -> None:
    assert list(utf8_lines(io.BytesIO(content), "a.csv.gz", variant())) == [b"a,b\n", b"1,2\n"]
    assert not header_only(content, "a.csv.gz")


@pytest.mark.parametrize("encoding", ["cp037", "utf-16", "utf-32"])
def test_lines_are_those_of_the_declared_encoding(encoding: str) -> None:
    assert header_only("a,b\n".encode(encoding), encoding=encoding)
    assert not header_only("a,b\n1,2\n".encode(encoding), encoding=encoding)


@pytest.mark.parametrize(("content", "key"), [(PACKED[:9], "a.csv.gz"), (PACKED, "a.csv"), (b"a", "a.csv.gz")])
def test_what_cannot_be_read_is_no_header_alone(content: bytes, key: str) -> None:
    assert not header_only(content, key)


def test_a_workbook_is_no_header_alone() -> None:
    assert not is_header_only(io.BytesIO(b"a"), "a.xlsx", workbook_contract())


def test_the_content_is_at_its_start_afterwards() -> None:
    content = io.BytesIO(b"a,b\n")
    is_header_only(content, "a.csv", variant())
    assert content.tell() == 0
