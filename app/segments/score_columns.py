"""RFM scores of states as SQL, by the cut points of the run; the rule is that of RFMScores.score."""

from typing import Any, Final

from sqlalchemy import ColumnElement, Double, FromClause, Integer, cast, func, literal, select

from app.segments.model.features import FEATURES
from app.segments.model.rfm_scores import SCORES
from app.segments.registry_tables import model

SUM: Final = "rfm_score"
SCORE_NAMES: Final = (*(f"{feature}_score" for feature in FEATURES), SUM)


def score_columns(states: FromClause, run: ColumnElement[Any]) -> dict[str, ColumnElement[Any]]:
    """Return the scores of states by SCORE_NAMES; `run`: the training run of the states.

    Cut points are scalar subqueries, which are evaluated once in a statement.
    """
    scored_by = model.alias("scored_by").c

    def above(feature: str) -> ColumnElement[int]:
        """Return the number of cut points below the value."""
        value = cast(states.c[feature], Double)
        cuts = (
            select(cast(func.jsonb_extract_path_text(scored_by.rfm_cuts, feature, str(position)), Double))
            .where(scored_by.run_id == run)
            .scalar_subquery()
            for position in range(SCORES - 1)
        )
        return sum((cast(value > cut, Integer) for cut in cuts), start=literal(0, Integer))

    counts = {feature: above(feature) for feature in FEATURES}
    scores = {f"{name}_score": SCORES - n if name == "recency" else 1 + n for name, n in counts.items()}
    return {**scores, SUM: sum(scores.values(), start=literal(0, Integer))}
