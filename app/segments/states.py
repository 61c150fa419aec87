"""States of customers as SQL sources: the newest ones, and those of an earlier revision."""

from typing import Any, Final

from sqlalchemy import ColumnElement, FromClause, Select, func, select, union_all

from app.segments.tables import current_run, customer_segment, customer_segment_history

SCORED_AS_OF: Final = select(current_run.c.as_of).where(current_run.c.singleton).scalar_subquery()
"""Day for which all customers were scored last."""


def _select(states: FromClause, scored_as_of: ColumnElement[Any]) -> Select[Any]:
    as_of = func.greatest(states.c.as_of, scored_as_of, type_=customer_segment.c.as_of.type)
    computed = {"as_of": as_of.label("as_of")}
    columns = [computed.get(column.name, states.c[column.name]) for column in customer_segment.c]
    return select(*columns, (as_of - states.c.last_invoice_date).label("recency"))


CURRENT_STATES: Final = _select(customer_segment, SCORED_AS_OF).subquery("states")
"""States of the newest revision, with `recency` in days and the `as_of` of both."""


def states_at(revision: ColumnElement[Any], scored_as_of: ColumnElement[Any]) -> FromClause:
    """Return the states of a revision, whose customers were all scored for `scored_as_of`, as CURRENT_STATES.

    Give both as bound values: of a subquery the planner cannot tell how few former states are read.
    """
    now, former = customer_segment, customer_segment_history
    return union_all(
        _select(now, scored_as_of).where(now.c.revision <= revision),
        _select(former, scored_as_of).where(former.c.revision <= revision, former.c.until_revision > revision),
    ).subquery("states")
