"""Reason for which no model is published: the error of the newest training run about the data, and the warning."""

from typing import Final

from sqlalchemy import case, func, or_, select

from app.jobs.tables import job_run
from app.pipeline.quality_warning import QUALITY_WARNING, SEPARATOR
from app.pipeline.staleness import ENDED

r = job_run.c
# Without IN: a prepared statement cannot have the list of its values.
_newest: Final = (
    select(r.error, r.error_kind)
    .where(r.job == "retrain", or_(*(r.state == each for each in ENDED)), r.finished_at.is_not(None))
    .order_by(r.finished_at.desc())
    .limit(1)
    .subquery("newest_training")
)
TRAINING_ERROR: Final = select(_newest.c.error).where(_newest.c.error_kind == "data").scalar_subquery()
"""Why the newest training run found no segments in the data; null if it succeeded, or failed for another reason."""
_known: Final = select(TRAINING_ERROR.label("error"), QUALITY_WARNING.label("warning")).subquery("known_reasons")
_error, _warning = _known.c.error, _known.c.warning
_separator: Final = case((func.right(_error, 1) == ".", " "), else_=SEPARATOR)
NO_MODEL_REASON: Final = select(
    case(
        (func.strpos(_warning, _error) > 0, _warning),
        (_error.is_not(None) & _warning.is_not(None), func.concat(_error, _separator, _warning)),
        else_=func.coalesce(_error, _warning),
    )
).scalar_subquery()
"""The reason as a scalar subquery, in sentences; null without one. It holds before the first publication only."""
