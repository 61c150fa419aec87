"""RFM scores of an explanation, and the values that have them."""

from typing import Annotated, Any

import numpy as np
from pydantic import BaseModel, Field

from app.api.core.schemas import RFMScore
from app.segments.model.features import FEATURES
from app.segments.model.rfm_scores import ScoreRange, value_scores


class ScoreBounds(BaseModel):
    """Values that have a score: more than `above`, up to and including `up_to`; null: no bound."""

    above: float | None
    up_to: float | None


class ScoreRanges(BaseModel):
    """Values of each feature that have the customer's scores, by the cut points of the training run."""

    recency: Annotated[ScoreBounds, Field(description="Days.")]
    frequency: Annotated[ScoreBounds, Field(description="Invoices.")]
    monetary: Annotated[ScoreBounds, Field(description="Currency units.")]


class ExplainedScores(BaseModel):
    """RFM scores, 1 to 5, and the cell of the segment table that they are in."""

    recency: RFMScore
    frequency: RFMScore
    monetary: RFMScore
    score: Annotated[int, Field(ge=3, le=15, description="Sum of the three scores.")]
    value: Annotated[
        int, Field(ge=1, le=5, description="Mean of the scores of frequency and monetary value, rounded up.")
    ]
    ranges: ScoreRanges


def scores_of(scores: tuple[int, ...], ranges: tuple[ScoreRange, ...]) -> dict[str, Any]:
    """Return the fields of ExplainedScores."""
    value = int(value_scores(np.array([scores]))[0])
    by_feature = {name: found._asdict() for name, found in zip(FEATURES, ranges, strict=True)}
    return {**dict(zip(FEATURES, scores, strict=True)), "score": sum(scores), "value": value, "ranges": by_feature}
