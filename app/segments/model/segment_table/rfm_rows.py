"""Scheme rfm of the segment table file: groups by cells of scores, and declared cut points of the scores."""

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import pairwise, product
from pathlib import Path
from typing import Any, Final

import numpy as np

from app.errors import Misconfigured
from app.segments.model.features import FEATURES, IntArray
from app.segments.model.rfm_scores import SCORES
from app.segments.model.segment_table.fields import RECOMMENDATION, RowFields
from app.segments.model.segment_table.rows import SegmentDefinition, check_duplicates, read_segment
from app.segments.model.segment_table.table_file import read_table_file

GROUPS: Final = "rfm.groups"
CELLS_REMEDY: Final = f"give pairs [recency score, value score] of whole numbers from 1 to {SCORES}"
CUTS_REMEDY: Final = f"give {SCORES - 1} numbers, each more than the one before"
LEAST: Final = {"recency": 0, "frequency": 1, "monetary": 0}
"""Least value of each feature: days, invoices, currency units."""
ScoreCell = tuple[int, int]
CutPoints = Mapping[str, tuple[float, ...]]


@dataclass(frozen=True)
class RFMRow:
    """A segment of the scheme rfm.

    Attributes:
        location: file and row.
        segment: the segment.
        cells: scores of recency, and of value: the mean of the scores of frequency and monetary value, rounded up.
    """

    location: str
    segment: SegmentDefinition
    cells: tuple[ScoreCell, ...]

    @property
    def words(self) -> str:
        """The cells in words."""
        by_recency = {recency: [v for r, v in self.cells if r == recency] for recency, _ in sorted(self.cells)}
        return "; ".join(
            f"recency score {recency}, value score {' or '.join(map(str, sorted(values)))}"
            for recency, values in by_recency.items()
        )


class RFMGrid:
    """Table of all cells of scores, each covered by exactly one row.

    Attributes:
        rows: the rows, in the order of the file.
        cut_points: declared cut points between the scores, ascending, by feature; others are quintiles of customers.
        cells: position of the row, shape (5, 5), by the scores of recency and of value, each minus 1.
    """

    def __init__(self, path: Path, rows: tuple[RFMRow, ...], cut_points: CutPoints) -> None:
        """Assign `rows` to cells; raises Misconfigured for a cell with no row or with several."""
        self.rows, self.cut_points = rows, cut_points
        self.cells: IntArray = np.full((SCORES, SCORES), -1, dtype=np.int64)
        for position, row in enumerate(rows):
            for recency, value in row.cells:
                if (taken := self.cells[recency - 1, value - 1]) >= 0:
                    cell = f"{_words(recency, value)} is covered already, see {rows[taken].location}"
                    raise Misconfigured(f"{row.location}: {cell}: remove one of them")
                self.cells[recency - 1, value - 1] = position
        for recency, value in np.argwhere(self.cells < 0).tolist():
            raise Misconfigured(f"{path}: no row of rfm covers {_words(recency + 1, value + 1)}: add it to the cells")


def parse_rfm(path: Path, default: Path) -> RFMGrid:
    """Return the scheme rfm of a TOML file; without rows, those of the file `default`.

    Raises Misconfigured, with file, row or key and remedy.
    """
    table = _table(path)
    if unknown := set(table) - {*FEATURES, "groups"}:
        raise Misconfigured(f"{path}: unknown rfm.{', rfm.'.join(sorted(unknown))}: a row is [[{GROUPS}]]")
    cut_points: dict[str, tuple[float, ...]] = {
        name: _cut_points(path, name, table[name]) for name in FEATURES if name in table
    }
    source = path if "groups" in table else default
    return RFMGrid(source, tuple(_rows(source, _table(source)["groups"])), cut_points)


def _table(path: Path) -> dict[str, Any]:
    found = read_table_file(path).get("rfm", {})
    if not isinstance(found, dict):
        raise Misconfigured(f"{path}: rfm is no table: begin each row with [[{GROUPS}]]")
    return found


def _cut_points(path: Path, feature: str, given: object) -> tuple[float, ...]:
    points = given if isinstance(given, list) else []
    is_valid = len(points) == SCORES - 1 and all(type(each) in {int, float} and math.isfinite(each) for each in points)
    if not is_valid or not all(low < high for low, high in pairwise(points)):
        raise Misconfigured(f"{path}: rfm.{feature} is {given!r}: {CUTS_REMEDY}")
    if points[0] < LEAST[feature]:
        raise Misconfigured(
            f"{path}: rfm.{feature} is {given!r}: no customer has a value below {LEAST[feature]}, "
            f"give cut points of at least {LEAST[feature]}"
        )
    return tuple(float(each) for each in points)


def _rows(path: Path, raw: object) -> list[RFMRow]:
    if not (isinstance(raw, list) and raw and all(isinstance(fields, dict) for fields in raw)):
        raise Misconfigured(f"{path}: no rows of rfm: begin each one with [[{GROUPS}]]")
    rows = []
    for n, given in enumerate(raw, start=1):
        location = f"{path}, row {n} of [[{GROUPS}]] ({given.get('name')})"
        fields = RowFields(location, given, required=RECOMMENDATION | {"cells"})
        rows.append(RFMRow(location, read_segment(fields), tuple(_cells(location, given["cells"]))))
    check_duplicates(rows)
    return rows


def _cells(location: str, given: object) -> Iterator[ScoreCell]:
    known = [list(cell) for cell in product(range(1, SCORES + 1), repeat=2)]
    for cell in given if isinstance(given, list) and given else [given]:
        if cell not in known or not all(type(score) is int for score in cell):
            raise Misconfigured(f"{location}: cells are {given!r}: {CELLS_REMEDY}")
        yield cell[0], cell[1]


def _words(recency: int, value: int) -> str:
    return f"recency score {recency}, value score {value}"
