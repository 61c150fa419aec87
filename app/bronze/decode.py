"""Decode the bytes of an object to UTF-8 lines: gzip, byte order marks, declared encodings, size limits."""

import codecs
import gzip
import zlib
from collections.abc import Iterator
from itertools import chain
from typing import IO

from app.errors import BrokenFile
from app.source.csv_format import CsvFormat

CHUNK_BYTES = 1024**2
MAX_LINE_BYTES = 16 * 1024**2
UTF16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
GZIP = b"\x1f\x8b"


def utf8_lines(content: IO[bytes], key: str, declared: CsvFormat) -> Iterator[bytes]:
    """Return physical lines with their line ends (\\n, \\r\\n or \\r), in UTF-8, without a byte order mark.

    Raises BrokenFile for content that is not gzip as its key says, not in the declared encoding, or above a limit.
    """
    return chain.from_iterable(_line_lists(content, key, declared))


def _line_lists(content: IO[bytes], key: str, declared: CsvFormat) -> Iterator[list[bytes]]:
    rest = b""
    for chunk in _utf8(_plain(content, key, declared.max_bytes), declared):
        lines = (rest + chunk).splitlines(keepends=True)
        # The last line may continue in the next chunk, and a \r at its end may be half of \r\n.
        rest = lines.pop() if lines else b""
        yield lines
        if len(rest) > MAX_LINE_BYTES:
            raise BrokenFile(f"a line is longer than {MAX_LINE_BYTES // 1024**2} MB; is this a CSV file?")
    if rest:
        yield [rest]


def _plain(content: IO[bytes], key: str, max_bytes: int) -> Iterator[bytes]:
    magic = content.read(2)
    content.seek(0)
    plain: IO[bytes] | gzip.GzipFile = content
    if key.lower().endswith(".gz"):
        plain = gzip.GzipFile(fileobj=content, mode="rb")
    elif magic == GZIP:
        raise BrokenFile("the object is gzip but its key does not end in .csv.gz; rename it")
    size = 0
    try:
        while chunk := plain.read(CHUNK_BYTES):
            size += len(chunk)
            if size > max_bytes:
                raise BrokenFile(f"more than {max_bytes:,} bytes after decompression; see REGULARS_MAX_OBJECT_BYTES")
            yield chunk
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise BrokenFile(f"the gzip data are corrupt: {error}; send the file again") from error


def _utf8(chunks: Iterator[bytes], declared: CsvFormat) -> Iterator[bytes]:
    first = next(chunks, b"")
    if declared.encoding not in {"utf-8", "utf-8-sig"}:
        yield from _recoded(first, chunks, declared.encoding)
        return
    if first.startswith(UTF16) or first[:64].count(b"\0") > len(first[:64]) // 4:
        raise BrokenFile("the file looks like UTF-16; declare REGULARS_ENCODING=utf-16 if it is")
    yield first.removeprefix(codecs.BOM_UTF8)
    yield from chunks


def _recoded(first: bytes, chunks: Iterator[bytes], encoding: str) -> Iterator[bytes]:
    decoder = codecs.getincrementaldecoder(encoding)()
    try:
        yield decoder.decode(first).removeprefix("\ufeff").encode()
        for chunk in chunks:
            yield decoder.decode(chunk).encode()
        yield decoder.decode(b"", final=True).encode()
    except UnicodeError as error:
        raise BrokenFile(f"the file is not {encoding}, as REGULARS_ENCODING declares: {error}") from error
