"""Formulas of a worksheet without a value: errors such as #N/A, and unsaved ones; calamine reads them as empty."""

import re
from array import array
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import reduce
from itertools import groupby
from typing import Final

NO_VALUE: Final = "#NO_VALUE!"
"""Text of a formula whose value was not saved."""
MAX_TEXTS: Final = 200
PREFIX: Final = rb"""(?:[^\s<>/:"'=]+:)?"""
MAX_ATTRIBUTES: Final = b"{0,400}"
"""Characters of the attributes of a cell or formula, bounded so that a search takes a time proportional to the part."""
ERROR: Final = re.compile(
    rb"<%(p)bc(?=\s)([^<>]%(max)b\st=[\"']e[\"'][^<>/]%(max)b)>(.*?)(?:</%(p)bc>|<%(p)bc[\s>])"
    % {b"p": PREFIX, b"max": MAX_ATTRIBUTES},
    re.DOTALL,
)
VALUELESS: Final = re.compile(
    rb"<%(p)bc(\s[^<>]%(max)b)>\s*+<%(p)bf(?:\s[^<>]%(max)b)?(?:/>|>[^<]*+</%(p)bf>)\s*+"
    rb"(?:<%(p)bv\s*+/>|<%(p)bv>\s*+</%(p)bv>)?\s*+</%(p)bc>" % {b"p": PREFIX, b"max": MAX_ATTRIBUTES}
)
SAVED_VALUE: Final = re.compile(rb"v>\s{0,100}(#[^<]{1,40}?)\s{0,100}</")
EMPTY_TEXT: Final = re.compile(rb"""\st=["']str["']""")
REFERENCE: Final = re.compile(rb"""\sr=["']([A-Z]{1,3})([0-9]{1,7})["']""")
ROW_BITS, COLUMN_BITS, TEXT_BITS = 32, 24, 8


@dataclass(slots=True)
class Formulas:
    """Texts of the formulas without a value in one worksheet, with eight bytes of memory each.

    Attributes:
        first_column: the first column with one, from 1.
    """

    first_column: int = 1 << COLUMN_BITS
    _packed: "array[int]" = field(default_factory=lambda: array("Q"))
    _texts: dict[str, int] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self._packed)

    def add_from(self, block: bytes) -> None:
        """Add the formulas without a value in a part of the XML; those in cells without a reference are left out."""
        if b't="e"' in block or b"t='e'" in block:
            for cell in ERROR.finditer(block):
                saved = SAVED_VALUE.search(cell[2])
                self._add(cell[1], saved[1].decode("ascii", "replace") if saved else NO_VALUE)
        if b"<f" in block or b":f" in block:
            for cell in VALUELESS.finditer(block):
                if EMPTY_TEXT.search(cell[1]) is None:
                    self._add(cell[1], NO_VALUE)

    def rows(self) -> Iterator[tuple[int, list[tuple[int, str]]]]:
        """Yield the number of each row that has some, from 1, with their columns, from 1, and texts."""
        texts = [*self._texts]
        for row, cells in groupby(sorted(self._packed), _row):
            yield row, [(cell % (1 << ROW_BITS) >> TEXT_BITS, texts[cell % (1 << TEXT_BITS)]) for cell in cells]

    def _add(self, attributes: bytes, text: str) -> None:
        reference = REFERENCE.search(attributes)
        if reference is None:
            return
        if text not in self._texts and len(self._texts) >= MAX_TEXTS:
            text = NO_VALUE
        column = column_number(reference[1])
        self.first_column = min(self.first_column, column)
        code = self._texts.setdefault(text, len(self._texts))
        self._packed.append(int(reference[2]) << ROW_BITS | column << TEXT_BITS | code)


def _row(packed: int) -> int:
    return packed >> ROW_BITS


def column_number(letters: bytes) -> int:
    """Return the number of a spreadsheet column, 1 for A and 27 for AA."""
    return reduce(lambda number, letter: number * 26 + letter - ord("A") + 1, letters, 0)
