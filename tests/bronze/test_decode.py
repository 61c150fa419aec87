import codecs
import gzip
import io
import random
import zlib
from contextlib import suppress
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.bronze.decode import CHUNK_BYTES, MAX_LINE_BYTES, utf8_lines
from app.bronze.encodings import likely_encoding
from app.errors import BrokenFile
from tests.contracts import variant

LINES = [b"a,b\n", b"1,2\n"]
CONTENT = b"".join(LINES)
PACKED = gzip.compress(CONTENT, mtime=0)
ENDS = [
    (b"", []),
    (b"a", [b"a"]),
    (b"a\n", [b"a\n"]),
    (b"a\nb", [b"a\n", b"b"]),
    (b"a\r\nb\r\n", [b"a\r\n", b"b\r\n"]),
    (b"a\rb\r", [b"a\r", b"b\r"]),
    (b"a\rb\nc\r\nd", [b"a\r", b"b\n", b"c\r\n", b"d"]),
    (b"\n\n\r\r\n", [b"\n", b"\n", b"\r", b"\r\n"]),
    ("a\x0b\x0c\x1c\x1d\x1e\x85\u2028\u2029b".encode(), ["a\x0b\x0c\x1c\x1d\x1e\x85\u2028\u2029b".encode()]),
]
CORRUPT = [
    ("truncated", PACKED[:-9]),
    ("without its end", PACKED[:-4]),
    ("cut in its header", PACKED[:5]),
    ("one byte", PACKED[:1]),
    ("wrong CRC", PACKED[:-8] + bytes([PACKED[-8] ^ 1]) + PACKED[-7:]),
    ("wrong length", PACKED[:-1] + b"\1"),
    ("wrong block", PACKED[:10] + b"\xff" + PACKED[11:]),
    ("rubbish behind", PACKED + b"rubbish"),
    ("second member cut", PACKED + PACKED[:-3]),
]
LONG = b"x" * (MAX_LINE_BYTES + 2 * CHUNK_BYTES)


def lines(content: bytes, encoding: str = "utf-8", key: str = "day.csv", max_bytes: int = 2 * 1024**3) -> list[bytes]:
    return list(
        utf8_lines(io.BytesIO(content), key, replace(variant(server={"encoding": encoding}), max_bytes=max_bytes))
    )


@pytest.mark.parametrize(("content", "expected"), ENDS)
def test_lines_end_in_lf_crlf_or_cr_and_nothing_else(content: bytes, expected: list[bytes]) -> None:
    assert lines(content) == expected


@pytest.mark.parametrize("before", [CHUNK_BYTES - 2, CHUNK_BYTES - 1, CHUNK_BYTES, CHUNK_BYTES + 1])
@pytest.mark.parametrize("end", [b"\n", b"\r", b"\r\n", b"\r\r\n"])
def test_a_line_end_on_the_border_of_two_chunks_is_one(before: int, end: bytes) -> None:
    content = b"x" * before + end + b"b" + end
    assert lines(content) == content.splitlines(keepends=True)


@given(st.lists(st.sampled_from([b"\r", b"\n", b"\r\n", b"", b"a", b"," * 50, "£".encode()]), max_size=40), st.data())
def test_lines_are_the_content_whatever_the_border_falls_on(parts: list[bytes], data: st.DataObject) -> None:
    content = b"".join(parts)
    border = data.draw(st.integers(0, len(content)))
    long = b"x" * (CHUNK_BYTES - border) + content
    assert lines(long) == long.splitlines(keepends=True)


def test_letters_on_the_border_of_two_chunks_stay_whole() -> None:
    text = "x" * (CHUNK_BYTES - 1) + "£\n"
    assert lines(text.encode()) == lines(text.encode("utf-16"), "utf-16") == [text.encode()]


def test_the_byte_order_mark_of_utf_8_is_left_out() -> None:
    assert lines(codecs.BOM_UTF8 + CONTENT) == lines(codecs.BOM_UTF8 + CONTENT, "utf-8-sig") == LINES


def test_only_the_first_byte_order_mark_is_left_out() -> None:
    assert lines(codecs.BOM_UTF8 * 2 + b"a") == [codecs.BOM_UTF8 + b"a"]


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be", "utf-32-le", "utf-32-be"])
@pytest.mark.parametrize("mark", ["", "\ufeff"])
def test_wide_characters_are_rejected_with_the_encoding_to_declare(encoding: str, mark: str) -> None:
    name = encoding[:6] if mark else encoding
    with pytest.raises(BrokenFile, match=f"looks like {name.upper()}, not utf-8; declare `encoding: {name}` of the"):
        lines((mark + "Invoice,StockCode\n").encode(encoding))


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-32"])
def test_narrow_characters_are_rejected_under_a_wide_encoding(encoding: str) -> None:
    with pytest.raises(BrokenFile, match=f"not {encoding}; declare `encoding: utf-8` of the server"):
        lines(CONTENT, encoding)


@pytest.mark.parametrize("encoding", ["cp1252", "latin-1", "ascii", "shift_jis"])
def test_utf_8_under_another_encoding_is_rejected_and_not_garbled(encoding: str) -> None:
    with pytest.raises(BrokenFile, match=r"the file is UTF-8, not .*: in line 2, 'ü' .*; declare `encoding: utf-8` of"):
        lines("Invoice\nMüller\n".encode(), encoding)


def test_a_letter_of_utf_8_is_found_in_the_last_chunk() -> None:
    with pytest.raises(BrokenFile, match="in line 1,048,578, 'ü'"):
        lines(b"\n" * CHUNK_BYTES + "a\nü".encode(), "cp1252")


def test_ascii_may_be_declared_as_anything_that_contains_it() -> None:
    assert lines(codecs.BOM_UTF8 + CONTENT, "cp1252") == LINES


def test_bytes_that_are_not_utf_8_throughout_are_read_as_declared() -> None:
    assert lines("ü\n".encode() + b"\xfc\n", "cp1252") == ["Ã¼\n".encode(), "ü\n".encode()]


@pytest.mark.parametrize(
    ("magic", "remedy"), [(b"PK\x03\x04", "declare `format: xlsx`"), (b"\xd0\xcf\x11\xe0", "save it as")]
)
def test_a_workbook_is_rejected_with_the_remedy(magic: bytes, remedy: str) -> None:
    with pytest.raises(BrokenFile, match=remedy):
        lines(magic + bytes(100))


def test_utf_16_without_a_single_zero_is_known_by_its_mark() -> None:
    with pytest.raises(BrokenFile, match="looks like UTF-16"):
        lines("\ufeff売上".encode("utf-16-le"))


@pytest.mark.parametrize("missing", [1, 2, 3])
@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-32-le", "utf-32-be"])
def test_a_truncated_text_of_wide_characters_is_to_be_delivered_again(encoding: str, missing: int) -> None:
    content = "Invoice\n1,€\n".encode(encoding)[: -missing if "32" in encoding else -1]
    with pytest.raises(
        BrokenFile, match=rf"line 2 ends within a character of {encoding}, .* truncated; deliver it aga"
    ):
        lines(content, encoding)


@pytest.mark.parametrize("mark", ["", "\ufeff"])
def test_a_damaged_text_of_wide_characters_is_to_be_delivered_again(mark: str) -> None:
    content = (mark + "Invoice\n1,").encode("utf-16-le") + b"\x00\xdcx\0\n\0"
    with pytest.raises(BrokenFile, match=r"line 2 is not utf-16-le: .*; the file is damaged, deliver it again"):
        lines(content, "utf-16-le")


@pytest.mark.parametrize(
    ("written", "declared"), [("utf-16-be", "utf-16-le"), ("utf-16-le", "utf-16-be"), ("utf-32-be", "utf-32-le")]
)
def test_a_byte_order_mark_that_contradicts_the_declared_encoding_is_named(written: str, declared: str) -> None:
    remedy = f"the byte order mark of {written.upper()}, not of {declared}; declare `encoding: {written[:6]}` of the"
    with pytest.raises(BrokenFile, match=remedy):
        lines("\ufeffInvoice\n".encode(written), declared)


@pytest.mark.parametrize("encoding", ["latin-1", "cp1252", "utf-16", "utf-16-le", "utf-16-be", "shift_jis"])
def test_a_declared_encoding_is_read(encoding: str) -> None:
    text = "a,あ\r\nb,い\n" if encoding == "shift_jis" else "a,£5\r\nb,é\n"
    assert b"".join(lines(text.encode(encoding), encoding)).decode() == text


def test_the_byte_order_mark_of_a_declared_encoding_is_left_out() -> None:
    assert lines("\ufeffa\n".encode("utf-16-le"), "utf-16-le") == [b"a\n"]


def test_cp1252_has_its_own_letters() -> None:
    assert lines(b"\x80\x93\n", "cp1252") == ["€“\n".encode()]


def test_letters_that_end_lines_elsewhere_end_none_in_latin_1() -> None:
    assert lines(b"a\x85b\n", "latin-1") == ["a\x85b\n".encode()]


@pytest.mark.parametrize(
    ("content", "encoding", "line", "other"),
    [
        (b"a\n\x81\n", "cp1252", 2, "iso-8859-1"),
        ("aüb\n".encode(), "utf-16-le", 1, "utf-8"),
        (b"\xa3", "ascii", 1, "windows-1252"),
    ],
)
def test_bytes_that_the_declared_encoding_does_not_know_are_rejected_with_another(
    content: bytes, encoding: str, line: int, other: str
) -> None:
    with pytest.raises(BrokenFile, match=f"line {line} is not {encoding}: .*; declare `encoding: {other}` of the"):
        lines(content, encoding)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig"])
def test_latin_1_bytes_in_a_utf_8_source_pass_as_they_are(encoding: str) -> None:
    assert lines(b"a\n\xa35\n", encoding) == [b"a\n", b"\xa35\n"]


@pytest.mark.parametrize("key", ["day.csv.gz", "DAY.CSV.GZ"])
def test_gzip_is_unpacked(key: str) -> None:
    assert lines(PACKED, key=key) == LINES


def test_gzip_of_several_members_is_unpacked_to_its_end() -> None:
    assert lines(gzip.compress(LINES[0]) + gzip.compress(LINES[1]), key="a.csv.gz") == LINES


def test_gzip_padded_with_zeros_is_unpacked() -> None:
    assert lines(PACKED + bytes(512), key="a.csv.gz") == LINES


@pytest.mark.parametrize("content", [b"", gzip.compress(b"", mtime=0)])
def test_empty_gzip_has_no_lines(content: bytes) -> None:
    assert lines(content, key="a.csv.gz") == []


def test_a_file_compressed_twice_is_rejected_with_the_remedy() -> None:
    with pytest.raises(BrokenFile, match=r"^the file is compressed twice; compress it once, and send it again$"):
        lines(gzip.compress(PACKED), key="a.csv.gz")


def test_a_plain_object_with_a_gzip_key_is_rejected_with_the_remedy() -> None:
    with pytest.raises(BrokenFile, match=r"^the key ends in .gz but the object is not gzip; rename it$"):
        lines(CONTENT, key="a.csv.gz")


@pytest.mark.parametrize("content", [content for _, content in CORRUPT], ids=[name for name, _ in CORRUPT])
def test_broken_gzip_is_rejected(content: bytes) -> None:
    with pytest.raises(BrokenFile, match=r"^the gzip data are corrupt: .*; send the file again$"):
        lines(content, key="a.csv.gz")


def test_gzip_under_a_key_that_says_otherwise_is_rejected() -> None:
    with pytest.raises(BrokenFile, match=r"the object is gzip but its key does not end in \.gz; rename it"):
        lines(PACKED)


def test_a_bomb_is_capped() -> None:
    with pytest.raises(
        BrokenFile, match="more than 1,000,000 bytes after decompression; see REGULARS_MAX_OBJECT_BYTES"
    ):
        lines(gzip.compress(b"a,b\n" * 2**20), key="a.csv.gz", max_bytes=1_000_000)


def test_a_bomb_is_not_unpacked_beyond_its_cap() -> None:
    source = io.BytesIO(zlib.compress(bytes(100 * CHUNK_BYTES), wbits=31))
    with pytest.raises(BrokenFile, match="more than 2 bytes"):
        list(utf8_lines(source, "a.csv.gz", replace(variant(), max_bytes=2)))
    assert source.tell() < len(source.getvalue())


@pytest.mark.parametrize("max_bytes", [len(CONTENT), len(CONTENT) + 1])
def test_a_file_as_large_as_the_cap_is_read(max_bytes: int) -> None:
    assert lines(CONTENT, max_bytes=max_bytes) == LINES


def test_a_file_larger_than_the_cap_is_rejected() -> None:
    with pytest.raises(BrokenFile, match="REGULARS_MAX_OBJECT_BYTES"):
        lines(CONTENT, max_bytes=len(CONTENT) - 1)


@pytest.mark.parametrize("content", [LONG, LONG + b"\n", b"a\n" + LONG])
def test_a_line_without_end_is_rejected(content: bytes) -> None:
    with pytest.raises(BrokenFile, match=r"a line is longer than 16 MB; send a file with a line for each row"):
        lines(content)


@given(st.binary(max_size=300), st.sampled_from(["a.csv", "a.csv.gz"]), st.sampled_from(["utf-8", "cp1252", "utf-16"]))
def test_any_bytes_are_lines_or_a_broken_file(content: bytes, key: str, encoding: str) -> None:
    try:
        found = lines(content, encoding, key)
    except BrokenFile:
        return
    assert all(line.splitlines(keepends=True) == [line] for line in found)


@given(st.integers(0, len(PACKED) * 8 - 1))
def test_gzip_with_one_bit_turned_is_what_it_was_or_broken(place: int) -> None:
    turned = bytearray(PACKED)
    turned[place // 8] ^= 1 << place % 8
    with suppress(BrokenFile):
        assert lines(bytes(turned), key="a.csv.gz") == LINES


def test_random_bytes_under_gzip_are_broken() -> None:
    with pytest.raises(BrokenFile):
        lines(b"\x1f\x8b" + random.Random(1).randbytes(1000), key="a.csv.gz")  # noqa: S311  # a fixed case


@pytest.mark.parametrize(("name", "encoding"), [("Żółty ser", "windows-1250"), ("Müller", "windows-1252")])
def test_the_likely_encoding_of_a_text_that_is_not_utf_8_is_named(name: str, encoding: str) -> None:
    assert likely_encoding(f"Invoice,{name}\n".encode(encoding)) == encoding
