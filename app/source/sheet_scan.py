"""Scan of the XML of a worksheet before it is parsed: its extent, and cells whose formula has no value."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import IO, Final

import numpy as np
from numpy.typing import NDArray

from app.source.formulas import PREFIX, Formulas, column_number

CHUNK_BYTES: Final = 1024**2
MAX_ROW_BYTES: Final = 4 * CHUNK_BYTES
MAX_CELLS: Final = 10_000_000
"""About 800 MB of memory during parsing."""
PREFIXED: Final = re.compile(rb"<[^\s<>/:]+:(?:row|c)[\s/>]")
ELEMENT: Final = re.compile(
    rb"<" + PREFIX + rb"""(?:(row)|c)(?=[\s/>])(?:[^<]*?\sr\s*=\s*["']([A-Za-z]{0,8})([0-9]{1,20})["'])?"""
)
"""A row or a cell, and its reference before the next element; a `>` may be a part of an attribute."""
REFERENCE: Final = re.compile(rb"\sr\s*=")
SHEET_DATA: Final = b"sheetData"
"""Element with the cells of a sheet; other parts, such as the order of calculation, have elements of the same names."""
CELL: Final = b'<c r="'
AFTER_NAME: Final = np.frombuffer(b" \t\r\n/>\f\v", np.uint8)
MAX_REFERENCE: Final = 11
"""Characters of a reference with its quote, such as XFD1048576"."""
ROW: Final = re.compile(rb"<row[\s/>]")


@dataclass(frozen=True, slots=True)
class Cells:
    """Columns and rows of cells, from 1."""

    columns: NDArray[np.int64]
    rows: NDArray[np.int64]


class TooManyCells(Exception):
    """The sheet has more than `MAX_CELLS` cells, empty ones included; its text is their known number."""


@dataclass(slots=True)
class SheetScan:
    """Running result of a scan.

    Attributes:
        columns, rows: last column and row.
        cells: number of cells.
        formulas: those without a value.
    """

    columns: int = 1
    rows: int = 1
    cells: int = 0
    formulas: Formulas = field(default_factory=Formulas)
    _row: int = 0
    _column: int = 0

    def add(self, block: bytes) -> None:
        """Add a part of the XML that ends between two elements, at best between two rows."""
        is_prefixed = (b":c" in block or b":row" in block) and PREFIXED.search(block) is not None
        cells = None if is_prefixed else referenced_cells(block)
        if cells is not None:
            self._add_references(cells)
        elif is_prefixed or REFERENCE.search(block):
            self._add_elements(block)
        else:
            self._add_unreferenced(block)
        if self.columns * self.rows > MAX_CELLS:
            raise TooManyCells(f"{self.columns:,} columns and {self.rows:,} rows or more")
        if self.cells > MAX_CELLS:
            raise TooManyCells(f"more than {MAX_CELLS:,} cells")
        self.formulas.add_from(block)

    def _add_references(self, cells: Cells) -> None:
        """Add cells by their references; a cell is to be in the row of the element around it, but need not be."""
        self.columns = max(self.columns, int(cells.columns.max(initial=1)))
        self.rows = max(self.rows, int(cells.rows.max(initial=1)))
        self.cells += len(cells.rows)
        self._row, self._column = self.rows, self.columns

    def _add_unreferenced(self, block: bytes) -> None:
        """Add rows and cells of which none has a reference: they follow the one before them."""
        text = np.frombuffer(block + bytes(len(CELL)), np.uint8)
        starts = _cells(text)
        places = np.searchsorted(starts, [row.start() for row in ROW.finditer(block)])
        counts = np.diff(np.concatenate(([0], places, [len(starts)])))
        self.cells += len(starts)
        self.columns = max(self.columns, self._column + int(counts[0]), int(counts.max()))
        self._column = int(counts[-1]) + (0 if len(places) else self._column)
        self._row += len(places)
        self.rows = max(self.rows, self._row)

    def _add_elements(self, block: bytes) -> None:
        """Add rows and cells that may have no reference: they follow the one before them."""
        for is_row, letters, number in ELEMENT.findall(block):
            if is_row:
                self._row, self._column = int(number or self._row + 1), 0
            else:
                self.cells += 1
                self._column = column_number(letters.upper()) if letters else self._column + 1
                self.columns = max(self.columns, self._column)
                self._row = max(self._row, 1)
                self.rows = max(self.rows, self._row, int(number or 0))


def referenced_cells(block: bytes) -> Cells | None:
    """Return the cells of a block by their references; None if an element lacks one, or has it in an unusual place."""
    if len(ROW.findall(block)) != block.count(b'<row r="'):
        return None
    padded = np.frombuffer(block + bytes(MAX_REFERENCE + len(CELL)), np.uint8)
    starts = _cells(padded)
    if not all((padded[starts + at] == byte).all() for at, byte in enumerate(CELL)):
        return None
    columns = np.zeros(len(starts), np.int64)
    rows = np.zeros(len(starts), np.int64)
    is_open = np.ones(len(starts), bool)
    for at in range(len(CELL), len(CELL) + MAX_REFERENCE):
        byte = padded[starts + at].astype(np.int64)
        is_open &= byte != ord('"')
        is_letter = is_open & (byte >= ord("A"))
        is_digit = is_open & (byte < ord("A"))
        columns = np.where(is_letter, columns * 26 + byte - ord("A") + 1, columns)
        rows = np.where(is_digit, rows * 10 + byte - ord("0"), rows)
    return Cells(columns, rows) if not is_open.any() else None


def _cells(text: NDArray[np.uint8]) -> NDArray[np.int64]:
    """Return where cells begin."""
    starts = np.flatnonzero((text[:-1] == ord("<")) & (text[1:] == ord("c")))
    return starts[np.isin(text[starts + 2], AFTER_NAME)]


def scan_sheet(part: Iterator[bytes]) -> SheetScan:
    """Return the extent of a sheet and its formulas without a value; raises TooManyCells as soon as it has too many."""
    scan = SheetScan()
    for block in _blocks(_cells_of(part)):
        scan.add(block)
    return scan


def chunks_of(part: IO[bytes]) -> Iterator[bytes]:
    """Yield the bytes of a part."""
    while chunk := part.read(CHUNK_BYTES):
        yield chunk


def _cells_of(part: Iterator[bytes]) -> Iterator[bytes]:
    """Yield the XML from the cells on; nothing for a part without cells."""
    rest = b""
    for chunk in part:
        rest += chunk
        begin = rest.find(SHEET_DATA)
        if begin >= 0:
            yield rest[begin:]
            yield from part
            return
        rest = rest[-len(SHEET_DATA) :]


def _blocks(part: Iterator[bytes]) -> Iterator[bytes]:
    """Yield parts that end between two rows, or between two elements within a very long row."""
    rest = b""
    for chunk in part:
        rest += chunk
        cut = max(rest.rfind(b"<row"), rest.rfind(b":row>") + len(b":row>"))
        if cut <= len(b":row>"):
            if len(rest) < MAX_ROW_BYTES:
                continue
            cut = rest.rfind(b"<")
            if cut < 1:
                raise TooManyCells(f"an element of more than {MAX_ROW_BYTES // CHUNK_BYTES} MB")
        yield rest[:cut]
        rest = rest[cut:]
    yield rest
