"""Segment table: business names of clusters and customers, from an editable file."""

from collections.abc import Sequence
from itertools import product
from pathlib import Path
from typing import Final, Self

import numpy as np
import numpy.typing as npt

from app.segments.model.features import RECENCY, FloatArray, IntArray, check_rfm
from app.segments.model.rfm_scores import value_scores
from app.segments.model.schemes import SCHEMES
from app.segments.model.segment_table.grid import Grid
from app.segments.model.segment_table.rfm_rows import RFMGrid, RFMRow, parse_rfm
from app.segments.model.segment_table.rows import (
    BY_MEDIANS,
    REPLACEMENTS,
    TIERS,
    URGENCIES,
    NamedRow,
    RecommendedActions,
    SegmentDefinition,
    SegmentTableRow,
    parse_rows,
)
from app.segments.model.segment_table.value_rows import ValueRow, parse_value

__all__ = [
    "SCHEMES",
    "TIERS",
    "URGENCIES",
    "RFMRow",
    "RecommendedActions",
    "SegmentDefinition",
    "SegmentTable",
    "SegmentTableRow",
    "ValueRow",
]

Medians = Sequence[float] | FloatArray
Slugs = npt.NDArray[np.object_]

DEFAULT_PATH: Final = Path(__file__).with_name("segments.toml")


class SegmentTable:
    """The segments of every scheme: `kmeans` names clusters, the other schemes name single customers.

    Medians and customers are recency (days), frequency (invoices), monetary (currency units), in this order;
    a recency below the overall median is `recent`, any other `dormant`.

    Attributes:
        segments: segments of each scheme in the order of the file, each covering cases of its own.
        replacements: segments that replace a segment of kmeans whose name would be untrue for most members.
        rfm: cells and declared cut points of the scheme rfm.
    """

    def __init__(
        self,
        kmeans: Grid,
        rules: Grid,
        rfm: RFMGrid,
        value: Sequence[ValueRow],
        replacements: Sequence[SegmentTableRow] = (),
    ) -> None:
        """Take the rows of each scheme; those of `value` from the highest band to the lowest."""
        self._replacements = {row.instead_of: row for row in replacements}
        self.replacements: tuple[SegmentDefinition, ...] = tuple(row.segment for row in replacements)
        self.rfm = rfm
        self._value = tuple(sorted(value, key=lambda row: row.band))
        self._grids: dict[str, Grid] = dict(zip(BY_MEDIANS, (kmeans, rules), strict=True))
        rows: tuple[Sequence[NamedRow], ...] = (kmeans.rows, rules.rows, rfm.rows, value)
        self.segments: dict[str, tuple[SegmentDefinition, ...]] = {
            scheme: tuple(row.segment for row in each) for scheme, each in zip(SCHEMES, rows, strict=True)
        }
        self._by_slug: dict[tuple[str, str], SegmentDefinition] = {
            (scheme, segment.slug): segment
            for scheme in SCHEMES
            for segment in (*self.segments[scheme], *(self.replacements if scheme == "kmeans" else ()))
        }

    @property
    def kmeans(self) -> tuple[SegmentDefinition, ...]:
        """The segments of clusters."""
        return self.segments["kmeans"]

    @property
    def rules(self) -> tuple[SegmentDefinition, ...]:
        """The segments by multiples of the medians of all customers."""
        return self.segments["rules"]

    def known_slugs(self, scheme: str) -> tuple[str, ...]:
        """Return the slugs of a scheme, in the order of the file, with those of replacements at the end."""
        return tuple(slug for of, slug in self._by_slug if of == scheme)

    @classmethod
    def load(cls, path: Path | None = None) -> Self:
        """Read the table from the TOML file at `path`, by default the one in this package.

        Raises Misconfigured, with file, row and remedy, unless every row is valid and every case of each scheme is
        covered exactly once.
        """
        path = path or DEFAULT_PATH
        rows = parse_rows(path)
        kmeans, rules = (Grid(path, rows[scheme]) for scheme in BY_MEDIANS)
        return cls(kmeans, rules, parse_rfm(path, DEFAULT_PATH), parse_value(path, DEFAULT_PATH), rows[REPLACEMENTS])

    def name_cluster(
        self, cluster: int, medians: Medians, overall_medians: Medians, tenure: float | None = None
    ) -> SegmentDefinition:
        """Return the segment of `cluster` by its `medians` as multiples of the medians of all customers.

        With `tenure`, the median number of days since the first sale of the members, a segment whose name would be
        untrue for most of them is replaced.
        """
        row = self.rows("kmeans", _one_row(medians), overall_medians, cluster)[0]
        return self._replaced(row, tenure).segment

    def slugs_within(
        self, cluster: int, medians: Medians, overall_medians: Medians, margin: float, tenure: float | None = None
    ) -> frozenset[str]:
        """Return the slugs that `cluster` could have if each of its `medians` were up to `margin`, a share, off.

        A segment whose name would be untrue for most members is replaced whatever the margin.
        """
        near = [
            self._near(float(median), float(overall), feature, margin)
            for feature, (median, overall) in enumerate(zip(medians, overall_medians, strict=True))
        ]
        rows = self.rows("kmeans", list(product(*near)), overall_medians, cluster)
        tenures = {None} if tenure is None else {tenure, tenure * (1 + margin)}
        return frozenset(self._replaced(row, each).segment.slug for row in rows for each in tenures)

    def replaced_slugs(self, slugs: Slugs, tenure: FloatArray) -> Slugs:
        """Return slugs of customers (n,), those replaced that are untrue by the days since their first sale (n,)."""
        replaced = slugs.copy()
        for slug, row in self._replacements.items():
            replaced[(slugs == slug) & (tenure > (row.first_sale_above_days or 0))] = row.segment.slug
        return replaced

    def rows(
        self, scheme: str, rfm: npt.ArrayLike, overall_medians: Medians, cluster: int | None = None
    ) -> list[SegmentTableRow]:
        """Return the row of `scheme` that covers each row of `rfm`, shape (n, 3), by multiples of the medians.

        With `cluster`, `rfm` has medians of this cluster, and rows for this cluster take precedence.
        """
        rows = self._grids[scheme].rows
        return [rows[position] for position in self._positions(scheme, rfm, overall_medians, cluster).tolist()]

    def slugs(self, scheme: str, rfm: npt.ArrayLike, overall_medians: Medians, cluster: int | None = None) -> Slugs:
        """Return the slugs of the segments of `rows`, as an array."""
        slugs = np.array([row.segment.slug for row in self._grids[scheme].rows], dtype=np.object_)
        return slugs[self._positions(scheme, rfm, overall_medians, cluster)]

    def rfm_slugs(self, scores: IntArray) -> Slugs:
        """Return the slugs of the scheme rfm by scores (n, 3), as an array."""
        slugs = np.array([row.segment.slug for row in self.rfm.rows], dtype=np.object_)
        return slugs[self._rfm_positions(scores)]

    def rfm_row(self, scores: IntArray) -> RFMRow:
        """Return the row of the scheme rfm for the scores (3,) of one customer."""
        return self.rfm.rows[int(self._rfm_positions(scores[np.newaxis])[0])]

    def value_slugs(self, bands: IntArray) -> Slugs:
        """Return the slugs of the scheme value by the numbers of bands (n,), 1 to 12."""
        slugs = np.array([row.segment.slug for row in self._value], dtype=np.object_)
        return slugs[bands - 1]

    def value_row(self, band: int) -> ValueRow:
        """Return the row of the scheme value for a band, 1 to 12."""
        return self._value[band - 1]

    def name_of(self, scheme: str, slug: str) -> str:
        """Return the name of the segment of `scheme` with this slug; the slug of a segment that was removed since."""
        segment = self._by_slug.get((scheme, slug))
        return slug if segment is None else segment.name

    def _rfm_positions(self, scores: IntArray) -> IntArray:
        positions: IntArray = self.rfm.cells[scores[:, RECENCY] - 1, value_scores(scores) - 1]
        return positions

    def bounds(self, scheme: str, feature: int) -> FloatArray:
        """Return the bounds of rows of `scheme` for a feature, as ascending multiples of the median."""
        return self._grids[scheme].bounds[feature]

    def cluster_row(self, slug: str) -> SegmentTableRow | None:
        """Return the row of kmeans, or of its replacements, that gives this slug; None if there is none."""
        rows = (*self._grids["kmeans"].rows, *self._replacements.values())
        return next((row for row in rows if row.segment.slug == slug), None)

    def segment(self, scheme: str, slug: str) -> SegmentDefinition:
        """Return the segment of `scheme` with this `slug`; raises KeyError if there is none."""
        return self._by_slug[scheme, slug]

    def _replaced(self, row: SegmentTableRow, tenure: float | None) -> SegmentTableRow:
        other = self._replacements.get(row.segment.slug)
        if other is None or tenure is None or tenure <= (other.first_sale_above_days or 0):
            return row
        return other

    def _near(self, median: float, overall: float, feature: int, margin: float) -> list[float]:
        """Return values on every side of each bound between median - margin and median + margin."""
        bounds = self.bounds("kmeans", feature) * overall
        first, last = sorted((median * (1 - margin), median * (1 + margin)))
        inside = bounds[(bounds >= first) & (bounds <= last)]
        beside = np.nextafter(inside, [[-np.inf], [np.inf]]).ravel()
        return sorted({first, median, last, *inside.tolist(), *beside.tolist()})

    def _positions(self, scheme: str, rfm: npt.ArrayLike, overall_medians: Medians, cluster: int | None) -> IntArray:
        return self._grids[scheme].find(check_rfm(rfm), _one_row(overall_medians)[0], cluster)


def _one_row(medians: Medians) -> FloatArray:
    return check_rfm(np.reshape(medians, (1, -1)))
