"""Current model and its segments, read from tables: no model file is loaded to answer."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final, Self

from sqlalchemy import ColumnElement, func, select

from app.api.core.dependencies import SCHEMES, SchemeName
from app.api.core.snapshots import CURRENT
from app.segments.model.counterfactual import CounterfactualSearch
from app.segments.model.customer import Customer
from app.segments.model.explain import Explanation, explain
from app.segments.model.scoring import Scorer
from app.segments.model.segment_table.table import DEFAULT, RecommendedActions, SegmentDefinition, SegmentTable
from app.segments.model.wording import Wording
from app.segments.tables import model, segment_summary

WORDS: Final = ("scheme", "slug", "segment", "tier", "recommendation")
_words: Final = (
    select(func.jsonb_agg(func.jsonb_build_array(*(segment_summary.c[name] for name in WORDS))))
    .where(segment_summary.c.run_id == CURRENT.run)
    .scalar_subquery()
)
COLUMNS: Final[tuple[ColumnElement[Any], ...]] = (
    model.c.fences,
    model.c.scaler,
    model.c.centroids,
    model.c.medians,
    model.c.segment_of_cluster,
    model.c.cluster_medians,
    _words.label("words"),
)
"""Columns that `CurrentModel.from_row` reads; the statement joins segments.model on the current run."""


@dataclass(frozen=True)
class CurrentModel:
    """Model as numbers, current table of segments, and the segments as published with the run."""

    scorer: Scorer
    table: SegmentTable
    segments: Mapping[tuple[str, str], SegmentDefinition]

    @classmethod
    def from_row(cls, row: Any) -> Self:
        """Read a row that has COLUMNS; raises Misconfigured where the table of segments cannot be read."""
        table = table_written(DEFAULT.stat().st_mtime_ns)
        segments: dict[tuple[str, str], SegmentDefinition] = {
            (scheme, segment.slug): segment
            for scheme, each in zip(SCHEMES, (table.kmeans, table.rules), strict=True)
            for segment in each
        }
        for scheme, slug, name, tier, words in row.words:
            advice = RecommendedActions(words["goal"], tuple(words["actions"]), words["channel"], words["urgency"])
            segments[scheme, slug] = SegmentDefinition(name, slug, tier, advice)
        return cls(Scorer.from_row(row._mapping), table, segments)  # noqa: SLF001  # its public name

    def explain(self, scheme: SchemeName, customer: Customer, slug: str | None = None) -> Explanation:
        """Explain why a customer is in the segment `slug`, by default the one that the model and the table give."""
        return explain(CounterfactualSearch(self.scorer, self.table, scheme), customer, slug)

    def slug(self, scheme: SchemeName, customer: Customer) -> str:
        """Return the segment that the model and the table give."""
        return CounterfactualSearch(self.scorer, self.table, scheme).slug(customer)

    def wording(self, scheme: SchemeName, currency: str) -> Wording:
        """Return the wording of explanations in this scheme."""
        return Wording({key: segment.name for key, segment in self.segments.items()}, scheme, currency)


@lru_cache(maxsize=1)
def table_written(_at: int) -> SegmentTable:
    """Return the table of segments; its file may be edited, and is read again after it was written."""
    return SegmentTable.load()
