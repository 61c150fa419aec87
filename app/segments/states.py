"""States of customers as SQL sources: the newest ones, and those of an earlier revision."""

from typing import Any, Final

from sqlalchemy import ColumnElement, FromClause, Select, and_, cast, func, null, select, true, union_all

from app.segments.tables import current_run, customer_forecast, customer_segment, customer_segment_history

SCORED_AS_OF: Final = select(current_run.c.as_of).where(current_run.c.singleton).scalar_subquery()
"""Day for which all customers were scored last."""
CURRENT_RUN: Final = select(current_run.c.run_id).where(current_run.c.singleton).scalar_subquery()
CURRENT_REVISION: Final = select(current_run.c.revision).where(current_run.c.singleton).scalar_subquery()

FORECASTS: Final = tuple(column.name for column in customer_forecast.c if not column.primary_key)
"""Columns of a forecast."""


def _select(
    states: FromClause, scored_as_of: ColumnElement[Any], has_forecasts: ColumnElement[bool] | None
) -> Select[Any]:
    f = customer_forecast.c
    as_of = func.greatest(states.c.as_of, scored_as_of, type_=customer_segment.c.as_of.type)
    computed = {"as_of": as_of.label("as_of")}
    columns = [computed.get(column.name, states.c[column.name]) for column in customer_segment.c]
    selected = select(*columns, (as_of - states.c.last_invoice_date).label("recency"))
    if has_forecasts is None:
        return selected.add_columns(*(cast(null(), f[name].type).label(name) for name in FORECASTS))
    joined = states.outerjoin(customer_forecast, and_(f.customer_id == states.c.customer_id, has_forecasts))
    return selected.add_columns(*(f[name] for name in FORECASTS)).select_from(joined)


CURRENT_STATES: Final = _select(customer_segment, SCORED_AS_OF, true()).subquery("states")
"""States of the newest revision, with `recency` in days, the `as_of` of both, and the forecast, null without one."""


def states_at(
    revision: ColumnElement[Any], scored_as_of: ColumnElement[Any], has_forecasts: ColumnElement[bool] | None
) -> FromClause:
    """Return the states of a revision, whose customers were all scored for `scored_as_of`, as CURRENT_STATES.

    Give both as bound values: of a subquery the planner cannot tell how few former states are read.

    Args:
        revision: number of the revision.
        scored_as_of: the day.
        has_forecasts: condition under which the stored forecasts are those of the revision; None: they are not.
    """
    now, former = customer_segment, customer_segment_history
    return union_all(
        _select(now, scored_as_of, has_forecasts).where(now.c.revision <= revision),
        _select(former, scored_as_of, None).where(former.c.revision <= revision, former.c.until_revision > revision),
    ).subquery("states")
