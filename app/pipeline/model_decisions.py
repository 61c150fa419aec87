"""Training runs with the decisions of people about their models: promotions and roll backs."""

from typing import Any, Final

from sqlalchemy import Connection, String, Text, and_, case, cast, func, literal, select
from sqlalchemy.dialects.postgresql import JSONB, aggregate_order_by

from app.jobs.tables import job_run
from app.pipeline.champion import CHALLENGERS
from app.segments.registry_tables import model
from app.segments.tables import current_run

m, r = model.c, job_run.c
CURRENT: Final = select(current_run.c.run_id).scalar_subquery()
CAN_BE_PROMOTED: Final = func.coalesce(and_(m.outcome.in_(CHALLENGERS), m.champion_run_id == CURRENT), False)
"""Whether a model was compared with the present champion, and may be promoted or discarded."""
_SENTENCE: Final = func.concat(
    case((r.job == "promote", "Promoted on "), else_="Rolled back to on "),
    func.to_char(func.timezone("UTC", r.finished_at), "YYYY-MM-DD"),
    ".",
)
_DECISIONS: Final = (
    select(func.jsonb_agg(aggregate_order_by(cast(_SENTENCE, Text), r.finished_at)))
    .where(
        r.job.in_(("promote", "roll_back")),
        r.state == "succeeded",
        r.parameters["run_id"].astext == cast(m.run_id, String),
    )
    .correlate(model)
    .scalar_subquery()
)
REASONS: Final = m.reasons.op("||")(func.coalesce(_DECISIONS, literal([], JSONB))).label("reasons")
"""Why a model was or was not published, and the days of its promotion and of roll backs to it, in sentences."""


def read_models(connection: Connection) -> list[dict[str, Any]]:
    """Return the training runs, newest first, with the outcome of each and its reasons."""
    columns = (m.run_id, m.as_of, m.trained_at, m.k, m.customers, m.policy, m.outcome, REASONS, m.comparison)
    found = select(
        *columns,
        m.champion_run_id,
        func.coalesce(m.run_id == CURRENT, False).label("is_current"),
        CAN_BE_PROMOTED.label("can_be_promoted"),
    ).order_by(m.trained_at.desc(), m.run_id)
    return [dict(row) for row in connection.execute(found).mappings()]
