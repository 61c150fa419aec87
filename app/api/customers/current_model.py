"""Current model and its segments, read from tables; the stored estimator is not loaded."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Any, Final, Self

import numpy as np
from sqlalchemy import ColumnElement, func, select

from app.api.core.dependencies import SCHEMES, SchemeName
from app.api.core.snapshots import CURRENT
from app.segments.forecasts import days_and_reason
from app.segments.model.counterfactual import CounterfactualSearch
from app.segments.model.customer import CustomerFeatures
from app.segments.model.explain import Explanation, explain, explain_band
from app.segments.model.scoring import Scorer
from app.segments.model.segment_table.table import DEFAULT_PATH, RecommendedActions, SegmentDefinition, SegmentTable
from app.segments.model.wording import Wording
from app.segments.registry_tables import model
from app.segments.tables import segment_summary
from app.segments.value_edges import edges_json

NO_TENURE: Final = "A value band needs the days since the first sale: send `tenure`, or the transactions."
SEGMENT_COLUMNS: Final = ("scheme", "slug", "segment", "tier", "recommendation")
_segments: Final = (
    select(func.jsonb_agg(func.jsonb_build_array(*(segment_summary.c[name] for name in SEGMENT_COLUMNS))))
    .where(segment_summary.c.run_id == CURRENT.run)
    .scalar_subquery()
)
MODEL_COLUMNS: Final[tuple[ColumnElement[Any], ...]] = (
    model.c.fences,
    model.c.scaler,
    model.c.centroids,
    model.c.medians,
    model.c.segment_of_cluster,
    model.c.cluster_medians,
    model.c.cluster_ids,
    model.c.rfm_cuts,
    model.c.forecast.label("stored_forecast"),
    edges_json(),
    _segments.label("published_segments"),
)
"""Columns for `CurrentModel.from_row`, in a statement that joins segments.model on the current run."""


@dataclass(frozen=True)
class CurrentModel:
    """Parameters of the current model, the installed segment table, and the segments as published with the run."""

    scorer: Scorer
    segment_table: SegmentTable
    segments: Mapping[tuple[str, str], SegmentDefinition]
    forecast: Mapping[str, Any] | None = None

    @classmethod
    def from_row(cls, row: Any) -> Self:
        """Read a row with MODEL_COLUMNS; raises Misconfigured if the segment table cannot be read."""
        segment_table = cached_table(DEFAULT_PATH.stat().st_mtime_ns)
        segments: dict[tuple[str, str], SegmentDefinition] = {
            (scheme, segment.slug): segment for scheme in SCHEMES for segment in segment_table.segments[scheme]
        }
        for scheme, slug, name, tier, stored in row.published_segments:
            actions = RecommendedActions(stored["goal"], tuple(stored["actions"]), stored["channel"], stored["urgency"])
            segments[scheme, slug] = SegmentDefinition(name, slug, tier, actions)
        fields = {**row._mapping, "forecast": row.stored_forecast}  # noqa: SLF001  # _mapping is public API of SQLAlchemy
        return cls(Scorer.from_row(fields), segment_table, segments, row.stored_forecast)

    def explain(self, scheme: SchemeName, customer: CustomerFeatures, slug: str | None = None) -> Explanation:
        """Explain why a customer is in the segment `slug`, by default the segment assigned by model and table."""
        return explain(CounterfactualSearch(self.scorer, self.segment_table, scheme), customer, slug)

    def explain_band(self, customer: CustomerFeatures, spend: float) -> Explanation | None:
        """Explain the value band of an expected spend; None before the edges of the bands are measured."""
        bands = self.scorer.value_bands
        return None if bands is None else explain_band(self.scorer, bands, self.segment_table, customer, spend)

    def expected_spend(self, customer: CustomerFeatures, tenure: int | None) -> float | None:
        """Return the expected spend of a customer by the days since the first sale; None without them or a forecast."""
        bands = self.scorer.value_bands
        if bands is None or tenure is None:
            return None
        return float(bands.spend(np.array([customer.rfm]), np.array([float(tenure)]))[0])

    def why_no_band(self) -> str:
        """Return why a customer has no value band."""
        return days_and_reason(self.forecast)[1] or NO_TENURE

    def slug(self, scheme: SchemeName, customer: CustomerFeatures) -> str:
        """Return the segment assigned by the model and the table."""
        return CounterfactualSearch(self.scorer, self.segment_table, scheme).slug(customer)

    def wording(self, scheme: SchemeName, currency: str | None, as_of: date | None = None) -> Wording:
        """Return the wording of explanations in this scheme; recencies are counted from `as_of`."""
        return Wording({key: segment.name for key, segment in self.segments.items()}, scheme, currency, as_of)


@lru_cache(maxsize=1)
def cached_table(_modified_at: int) -> SegmentTable:
    """Return the segment table, cached by the modification time of its file."""
    return SegmentTable.load()
