"""Grid of all cases of a scheme, each covered by exactly one row of the segment table."""

import math
from collections.abc import Iterator, Sequence
from itertools import product
from pathlib import Path

import numpy as np

from app.errors import Misconfigured
from app.segments.model.features import FREQUENCY, MONETARY, RECENCY, FloatArray, IntArray
from app.segments.model.segment_table.fields import Band
from app.segments.model.segment_table.rows import RECENCIES, Row

Case = tuple[int, int, int]


class Grid:
    """Cases (monetary band, frequency band, recency) of a scheme; bands end at the bounds of rows."""

    def __init__(self, path: Path, rows: Sequence[Row]) -> None:
        """Lay out `rows`; raises Misconfigured for a case that no row covers, or more than one."""
        self.rows = tuple(rows)
        self.monetary = _edges(row.monetary for row in rows)
        self.frequency = _edges(row.frequency for row in rows)
        self.bounds = {RECENCY: np.ones(1), FREQUENCY: self.frequency, MONETARY: self.monetary}
        self.cells = self._lay_out(None)
        if len(gaps := np.argwhere(self.cells < 0)):
            remedy = "add a row for it, or widen the bounds of a neighbour"
            raise Misconfigured(f"{path}: no row covers {self._spell(*gaps[0])}: {remedy}")
        self.exceptions = {row.cluster: self._except(row.cluster) for row in rows if row.cluster is not None}

    def find(self, rfm: FloatArray, overall_medians: FloatArray, cluster: int | None = None) -> IntArray:
        """Return the index in `rows` for each line of `rfm`, shape (n, 3), by multiples of the medians."""
        cells = self.cells if cluster is None else self.exceptions.get(cluster, self.cells)
        monetary = np.searchsorted(self.monetary * overall_medians[MONETARY], rfm[:, MONETARY])
        frequency = np.searchsorted(self.frequency * overall_medians[FREQUENCY], rfm[:, FREQUENCY])
        dormant = rfm[:, RECENCY] >= overall_medians[RECENCY]
        found: IntArray = cells[monetary, frequency, dormant.astype(np.intp)]
        return found

    def _lay_out(self, cluster: int | None) -> IntArray:
        cells = np.full((len(self.monetary) + 1, len(self.frequency) + 1, len(RECENCIES)), -1, dtype=np.int64)
        for index, row in enumerate(self.rows):
            for case in self._cases(row) if row.cluster == cluster else ():
                if cells[case] >= 0:
                    taken = f"{self._spell(*case)} is covered already, see {self.rows[cells[case]].place}"
                    raise Misconfigured(f"{row.place}: {taken}: narrow one of them")
                cells[case] = index
        return cells

    def _except(self, cluster: int) -> IntArray:
        special = self._lay_out(cluster)
        return np.where(special >= 0, special, self.cells)

    def _cases(self, row: Row) -> Iterator[Case]:
        monetary, frequency = _span(self.monetary, row.monetary), _span(self.frequency, row.frequency)
        return product(monetary, frequency, [RECENCIES.index(row.recency)])

    def _spell(self, monetary: int, frequency: int, recency: int) -> str:
        bands = _spell_band(self.monetary, monetary), _spell_band(self.frequency, frequency)
        return f"monetary {bands[0]}, frequency {bands[1]}, {RECENCIES[recency]}"


def _edges(bands: Iterator[Band]) -> FloatArray:
    bounds = {bound for band in bands for bound in band if math.isfinite(bound)}
    return np.array(sorted(bounds), dtype=np.float64)


def _span(edges: FloatArray, band: Band) -> range:
    """Return the numbers of the bands that `band` spans; band i ends at edge i, the last one nowhere."""
    return range(int(np.searchsorted(edges, band.above, "right")), int(np.searchsorted(edges, band.up_to)) + 1)


def _spell_band(edges: FloatArray, band: int) -> str:
    bounds = [-math.inf, *edges, math.inf]
    return Band(bounds[band], bounds[band + 1]).words()
