"""Sample of a sales file: encoding, delimiter, header and some rows."""

import codecs
import csv
import io
from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import Final

from app.bronze.decode import OLD_WORKBOOK, OLE, ZIP
from app.bronze.encodings import is_valid, wide_encoding
from app.bronze.find_header import SEARCHED_LINES, separator_of
from app.bronze.sheet_lines import cell_text, other_sheets
from app.contract.draft.names import known_names, loose_key
from app.contract.draft.sample import Reading, SampledFile
from app.contract.draft.server import ASCII
from app.contract.header_names import header_key
from app.errors import BrokenFile
from app.prepare.draft.encodings import readings
from app.prepare.draft.files import WORKBOOK, Table, read_parts
from app.source.workbook import open_workbook

DELIMITERS: Final = ",;\t|"
QUOTES: Final = "\"'"
UTF8: Final = "utf-8"
MAX_ROWS: Final = 100_000


def read_sample(file: Table, max_bytes: int) -> SampledFile | None:
    """Return a sample of a file; None if it is empty. Raises BrokenFile if it cannot be read."""
    if file.key.lower().endswith(WORKBOOK):
        _check_is_workbook(file.path)
        return _read_workbook(file.path, file.key)
    parts, is_whole = read_parts(file, max_bytes)
    _check_is_text(parts[0])
    encoding, texts, possible = _decode(parts)
    lines = texts[0].splitlines()
    if not any(map(str.strip, lines)):
        return None
    first = next(line for line in lines if line.strip())
    separator = separator_of(first.encode())
    start = 0 if separator is None else lines.index(first) + 1
    delimiter, quote, header_line = _find_header(lines, start, separator)
    rows = [*_rows("\n".join(lines[header_line - 1 :]), delimiter, quote)]
    names = tuple(name.strip() for name in rows[0])
    rows = rows[1:] if is_whole else rows[1:-1]
    rows += [row for text in texts[1:] for row in [*_rows(text, delimiter, quote)][:-1]]
    return _without_uneven_rows(
        SampledFile(
            key=file.key,
            format="csv",
            encoding=encoding,
            delimiter=delimiter,
            quote=quote,
            header_line=header_line,
            is_header_first=not any(map(str.strip, lines[start : header_line - 1])),
            has_sep_line=separator is not None,
            names=names,
            rows=rows,
            uneven=0,
            is_whole=is_whole,
            readings=possible,
        )
    )


def _check_is_workbook(path: Path) -> None:
    with path.open("rb") as file:
        magic = file.read(len(ZIP))
    if magic == OLE:
        raise BrokenFile(OLD_WORKBOOK)
    if magic and magic != ZIP:
        raise BrokenFile("this is not a workbook; if it is a text file, rename it to .csv")


def _check_is_text(content: bytes) -> None:
    if content.startswith(OLE):
        raise BrokenFile(OLD_WORKBOOK)
    if content.startswith(ZIP):
        raise BrokenFile("this is a workbook or an archive, not a text file; rename it to .xlsx, or to .zip")


def _read_workbook(path: Path, key: str) -> SampledFile | None:
    with path.open("rb") as file, open_workbook(file, key) as sheets:
        sheet = next((sheet for sheet in sheets if sheet.is_visible), None)
        if sheet is None:
            raise BrokenFile(f"{key} has no visible sheet")
        numbered = islice(sheet.rows(), MAX_ROWS)
        rows = [(number, [cell_text(cell) for cell in cells]) for number, cells in numbered]
        others = tuple(other.name for other in other_sheets(sheets))
    rows = [(number, row) for number, row in rows if any(row)]
    if not rows:
        return None
    known = known_names()
    at = max(range(min(len(rows), SEARCHED_LINES)), key=lambda place: (_score(rows[place][1], known), -place))
    line, names = rows[at]
    return _without_uneven_rows(
        SampledFile(
            key=key,
            format="xlsx",
            encoding=ASCII,
            delimiter=",",
            quote='"',
            header_line=line,
            is_header_first=at == 0,
            has_sep_line=False,
            names=tuple(name.strip() for name in names),
            rows=[row for _, row in rows[at + 1 :]],
            uneven=0,
            is_whole=len(rows) < MAX_ROWS,
            other_sheets=others,
        )
    )


def _without_uneven_rows(file: SampledFile) -> SampledFile:
    """Remove empty cells behind the header's last column, and rows with another number of cells."""
    width = len(file.names)
    while width and not file.names[width - 1]:
        width -= 1
    rows = [row[:width] for row in file.rows if len(row) >= width and not any(map(str.strip, row[width:]))]
    return SampledFile(
        **{field: getattr(file, field) for field in file.__slots__ if field not in {"names", "rows", "uneven"}},
        names=file.names[:width],
        rows=rows,
        uneven=len(file.rows) - len(rows),
    )


def _decode(parts: Sequence[bytes]) -> tuple[str, list[str], tuple[Reading, ...]]:
    """Return the encoding, the texts, and the readings if the encoding is a guess."""
    first = parts[0]
    wide = wide_encoding(first)
    if wide is not None:
        # The other parts may begin within a character.
        return wide, [first.decode(wide, "replace")], ()
    if first.startswith(codecs.BOM_UTF8):
        return "utf-8", [part.decode("utf-8-sig", "replace") for part in parts], ()
    whole = b"\n".join(part[: part.rfind(b"\n") + 1] or part for part in parts)
    possible = () if is_valid(whole, UTF8) else readings(whole)
    encoding = possible[0].encoding if possible else ASCII if whole.isascii() else UTF8
    return encoding, [part.decode(encoding, "replace") for part in parts], possible


def _find_header(lines: Sequence[str], start: int, declared: str | None) -> tuple[str, str, int]:
    """Return delimiter, quote and line of the header (from 1) with which most column names are known."""
    known, best, found = known_names(), (-1, -1), (",", '"', start + 1)
    for at, line in enumerate(lines[start : start + SEARCHED_LINES], start + 1):
        if not line.strip():
            continue
        for delimiter in declared or DELIMITERS:
            for quote in QUOTES:
                names = next(_rows(line, delimiter, quote), [])
                score = (_score(names, known), len(names) if not _score(names, known) and at == start + 1 else 0)
                if score > best:
                    best, found = score, (delimiter, quote, at)
    return found


def _score(names: Sequence[str], known: frozenset[str]) -> int:
    return sum(
        header_key(name) in known or (loose_key(name) in known and name[:1] not in QUOTES) for name in names if name
    )


def _rows(text: str, delimiter: str, quote: str) -> Iterator[list[str]]:
    try:
        for row in csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, quotechar=quote):
            if row:
                yield row
    except csv.Error:
        return
