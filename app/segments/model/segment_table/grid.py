"""Grid of all cases of a scheme, each covered by exactly one row of the segment table."""

import math
from collections.abc import Iterator, Sequence
from itertools import product
from pathlib import Path

import numpy as np

from app.errors import Misconfigured
from app.segments.model.features import FREQUENCY, MONETARY, RECENCY, FloatArray, IntArray
from app.segments.model.segment_table.fields import Band
from app.segments.model.segment_table.rows import RECENCIES, SegmentTableRow

Case = tuple[int, int, int]


class Grid:
    """Table of cases (monetary band, frequency band, recency) of a scheme; the bands end at the bounds of the rows."""

    def __init__(self, path: Path, rows: Sequence[SegmentTableRow]) -> None:
        """Assign `rows` to cases; raises Misconfigured for a case with no row or with several."""
        self.rows = tuple(rows)
        self.monetary = _edges(row.monetary for row in rows)
        self.frequency = _edges(row.frequency for row in rows)
        self.bounds = {RECENCY: np.ones(1), FREQUENCY: self.frequency, MONETARY: self.monetary}
        self.cells = self._assign_cells(None)
        if len(gaps := np.argwhere(self.cells < 0)):
            remedy = "add a row for it, or widen the bounds of a neighbour"
            raise Misconfigured(f"{path}: no row covers {self._case_text(*gaps[0])}: {remedy}")
        self.exceptions = {row.cluster: self._with_exceptions(row.cluster) for row in rows if row.cluster is not None}

    def find(self, rfm: FloatArray, overall_medians: FloatArray, cluster: int | None = None) -> IntArray:
        """Return the index in `rows` for each customer of `rfm`, shape (n, 3), by multiples of the medians."""
        cells = self.cells if cluster is None else self.exceptions.get(cluster, self.cells)
        monetary = np.searchsorted(self.monetary * overall_medians[MONETARY], rfm[:, MONETARY])
        frequency = np.searchsorted(self.frequency * overall_medians[FREQUENCY], rfm[:, FREQUENCY])
        dormant = rfm[:, RECENCY] >= overall_medians[RECENCY]
        found: IntArray = cells[monetary, frequency, dormant.astype(np.intp)]
        return found

    def _assign_cells(self, cluster: int | None) -> IntArray:
        cells = np.full((len(self.monetary) + 1, len(self.frequency) + 1, len(RECENCIES)), -1, dtype=np.int64)
        for index, row in enumerate(self.rows):
            for case in self._cases(row) if row.cluster == cluster else ():
                if cells[case] >= 0:
                    taken = f"{self._case_text(*case)} is covered already, see {self.rows[cells[case]].location}"
                    raise Misconfigured(f"{row.location}: {taken}: narrow one of them")
                cells[case] = index
        return cells

    def _with_exceptions(self, cluster: int) -> IntArray:
        special = self._assign_cells(cluster)
        return np.where(special >= 0, special, self.cells)

    def _cases(self, row: SegmentTableRow) -> Iterator[Case]:
        monetary, frequency = _span(self.monetary, row.monetary), _span(self.frequency, row.frequency)
        return product(monetary, frequency, [RECENCIES.index(row.recency)])

    def _case_text(self, monetary: int, frequency: int, recency: int) -> str:
        bands = _band_text(self.monetary, monetary), _band_text(self.frequency, frequency)
        return f"monetary {bands[0]}, frequency {bands[1]}, {RECENCIES[recency]}"


def _edges(bands: Iterator[Band]) -> FloatArray:
    bounds = {bound for band in bands for bound in band if math.isfinite(bound)}
    return np.array(sorted(bounds), dtype=np.float64)


def _span(edges: FloatArray, band: Band) -> range:
    """Return the numbers of the bands within `band`; band i ends at edge i, the last one is unbounded."""
    return range(int(np.searchsorted(edges, band.above, "right")), int(np.searchsorted(edges, band.up_to)) + 1)


def _band_text(edges: FloatArray, band: int) -> str:
    bounds = [-math.inf, *edges, math.inf]
    return Band(bounds[band], bounds[band + 1]).words()
