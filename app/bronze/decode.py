"""Decode the bytes of an object to UTF-8 lines: gzip, byte order marks, declared encodings, size limits."""

import codecs
import gzip
import os
import re
import zlib
from collections.abc import Iterator
from itertools import chain, islice
from typing import IO, Final

from app.bronze.encodings import UTF8_NAMES, likely_encoding, marked_encoding, wide_encoding
from app.bronze.remedies import declare
from app.contract.model import SourceContract
from app.errors import BrokenFile
from app.source.content_hash import is_gzip

CHUNK_BYTES: Final = 1024**2
MAX_LINE_BYTES: Final = 16 * 1024**2
GZIP: Final = b"\x1f\x8b"
ZIP: Final = b"PK\x03\x04"
OLE: Final = b"\xd0\xcf\x11\xe0"
NO_ASCII: Final = re.compile(r"[^\x00-\x7f]")
MAX_HEADER_ONLY_BYTES: Final = 4096
OLD_WORKBOOK: Final = "the object is an .xls workbook or has a password; save it as .xlsx without a password, or as CSV"


def utf8_lines(content: IO[bytes], key: str, source_contract: SourceContract) -> Iterator[bytes]:
    """Return physical lines with their ends (\\n, \\r\\n or \\r), in UTF-8, without a byte order mark.

    Raises BrokenFile for content that is not gzip as its key says, not in the declared encoding, or above a limit.
    """
    return chain.from_iterable(_line_lists(content, key, source_contract))


def is_header_only(content: IO[bytes], key: str, source_contract: SourceContract) -> bool:
    """Return whether a short text, decoded as the loader does, has at most one line; seek to its start.

    That line is the header, so that the file has no row under any contract that reads it as this one does.
    """
    try:
        if source_contract.dialect.format != "csv" or content.seek(0, os.SEEK_END) > MAX_HEADER_ONLY_BYTES:
            return False
        lines = (line for line in utf8_lines(content, key, source_contract) if line.strip(b"\r\n"))
        return len(list(islice(lines, 2))) < 2  # noqa: PLR2004  # a second line
    except BrokenFile:
        return False
    finally:
        content.seek(0)


def _line_lists(content: IO[bytes], key: str, source_contract: SourceContract) -> Iterator[list[bytes]]:
    _check_kind(content, key)
    rest = b""
    for chunk in _utf8(content, key, source_contract):
        lines = (rest + chunk).splitlines(keepends=True)
        # The last line may continue in the next chunk, and a \r at its end may be half of \r\n.
        rest = lines.pop() if lines else b""
        yield lines
        if len(rest) > MAX_LINE_BYTES:
            raise BrokenFile(
                f"a line is longer than {MAX_LINE_BYTES // 1024**2} MB; send a file with a line for each row"
            )
    if rest:
        yield [rest]


def _check_kind(content: IO[bytes], key: str) -> None:
    magic = content.read(4)
    content.seek(0)
    if magic.startswith(GZIP) and not is_gzip(key):
        raise BrokenFile("the object is gzip but its key does not end in .gz; rename it")
    if len(magic) > 1 and is_gzip(key) and not magic.startswith(GZIP):
        raise BrokenFile("the key ends in .gz but the object is not gzip; rename it")
    if magic == ZIP:
        raise BrokenFile(
            f"the object is a workbook or a zip archive; if it is a workbook, {declare('format', 'xlsx')}; if it is an "
            "archive, rename it so that its key ends in .zip, and add .zip to suffixes"
        )
    if magic == OLE:
        raise BrokenFile(OLD_WORKBOOK)


def _plain(content: IO[bytes], key: str, max_bytes: int) -> Iterator[bytes]:
    content.seek(0)
    plain = gzip.GzipFile(fileobj=content, mode="rb") if is_gzip(key) else content
    size = 0
    try:
        while chunk := plain.read(CHUNK_BYTES):
            size += len(chunk)
            if size > max_bytes:
                raise BrokenFile(f"more than {max_bytes:,} bytes after decompression; see REGULARS_MAX_OBJECT_BYTES")
            yield chunk
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise BrokenFile(f"the gzip data are corrupt: {error}; send the file again") from error


def _utf8(content: IO[bytes], key: str, source_contract: SourceContract) -> Iterator[bytes]:
    encoding = source_contract.dialect.encoding
    if not encoding.startswith("utf"):
        _refuse_utf8(_plain(content, key, source_contract.max_bytes), encoding)
    chunks = _plain(content, key, source_contract.max_bytes)
    first = next(chunks, b"")
    if is_gzip(key) and first.startswith(GZIP):
        raise BrokenFile("the file is compressed twice; compress it once, and send it again")
    _check_width(first, encoding)
    if not encoding.startswith(("utf-16", "utf-32")):
        first = first.removeprefix(codecs.BOM_UTF8)
    if encoding in UTF8_NAMES:
        yield first
        yield from chunks
    else:
        yield from _recoded(first, chunks, encoding)


def _check_width(first: bytes, encoding: str) -> None:
    wide = wide_encoding(first)
    mark = marked_encoding(first)
    if mark is not None and encoding.startswith(f"{wide}-") and encoding != mark:
        raise BrokenFile(
            f"the file has the byte order mark of {mark.upper()}, not of {encoding}; {declare('encoding', mark[:6])}"
        )
    if wide is not None and not (encoding == wide or encoding.startswith(f"{wide}-")):
        raise BrokenFile(f"the file looks like {wide.upper()}, not {encoding}; {declare('encoding', wide)}")
    if wide is None and first and first.isascii() and encoding.startswith(("utf-16", "utf-32")):
        raise BrokenFile(f"the file has one byte for each character, not {encoding}; {declare('encoding', 'utf-8')}")


def _refuse_utf8(chunks: Iterator[bytes], encoding: str) -> None:
    """Raise BrokenFile for content that is valid UTF-8 with multi-byte characters, which another encoding garbles."""
    decoder = codecs.getincrementaldecoder("utf-8-sig")()
    line_no, found = 1, ""
    try:
        for chunk in chunks:
            text = decoder.decode(chunk)
            match = None if found or text.isascii() else NO_ASCII.search(text)
            if match is not None:
                found = match[0]
                line_no += text.count("\n", 0, match.start())
            elif not found:
                line_no += text.count("\n")
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return
    if found:
        raise BrokenFile(
            f"the file is UTF-8, not {encoding}: in line {line_no:,}, {found!r} would become "
            f"{found.encode().decode(encoding, 'replace')!r}; {declare('encoding', 'utf-8')}"
        )


def _recoded(first: bytes, chunks: Iterator[bytes], encoding: str) -> Iterator[bytes]:
    decoder = codecs.getincrementaldecoder(encoding)()
    lines, is_end = 1, False
    try:
        for chunk in chain([first], chunks):
            text = decoder.decode(chunk)
            yield (text.removeprefix("\ufeff") if chunk is first else text).encode()
            lines += text.count("\n")
        is_end = True
        yield decoder.decode(b"", final=True).encode()
    except UnicodeError as error:
        sample = first
        if isinstance(error, UnicodeDecodeError):
            sample = error.object
            lines += error.object[: error.start].count(b"\n")
        if wide_encoding(first) is not None:
            raise BrokenFile(_damaged(error, lines, encoding, is_end=is_end)) from error
        other = likely_encoding(sample)
        raise BrokenFile(f"line {lines:,} is not {encoding}: {error}; {declare('encoding', other)}") from error


def _damaged(error: UnicodeError, line: int, encoding: str, *, is_end: bool) -> str:
    if is_end:
        return f"line {line:,} ends within a character of {encoding}, so the file is truncated; deliver it again"
    return f"line {line:,} is not {encoding}: {error}; the file is damaged, deliver it again"
