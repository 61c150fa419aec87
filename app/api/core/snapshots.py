"""Point-in-time reads: customers of the current run, of another run, or as published on a past day."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Annotated, Any, Final

from fastapi import Query
from sqlalchemy import (
    ColumnElement,
    Date,
    FromClause,
    Row,
    Select,
    Subquery,
    Uuid,
    and_,
    bindparam,
    func,
    literal,
    select,
    union_all,
)

from app.api.core.dependencies import Reader, SchemeName
from app.api.core.freshness import CURRENT_RUN_ID, DATA_THROUGH
from app.api.core.problems import NO_MODEL, NOT_YET, Problem
from app.db.param_types import Day
from app.pipeline.quality_warning import QUALITY_WARNING
from app.pipeline.tables import freshness_day
from app.segments.tables import customer_segment, customer_segment_history, model, publication_log, segment_summary

day: Final = bindparam("day", None, type_=Date())
run_id: Final = bindparam("run_id", None, type_=Uuid())
AS_OF_TEXT: Final = "Snapshot as published at the end of this day; by default the newest."
AsOf = Annotated[Day | None, Query(description=AS_OF_TEXT, examples=["2026-05-01"])]


@dataclass(frozen=True, eq=False)
class Snapshot:
    """SQL sources of a statement on one snapshot.

    Attributes:
        run: id of the training run, null before the first publication.
        head: one row with the training run and its freshness.
        rows: customers' states, with the columns of segments.customer_segment; filter them by run_id = `run`.
    """

    run: ColumnElement[Any]
    head: Subquery
    rows: FromClause


def _head(run: ColumnElement[Any], data_through: Any, warning: Any, first: Any) -> Subquery:
    one = select(literal(1).label("one")).subquery("one")
    stored = and_(model.c.run_id == run, model.c.removed_at.is_(None))
    columns = (
        model.c.run_id.label("answer_run_id"),
        model.c.as_of.label("answer_as_of"),
        data_through.label("data_through"),
        warning.label("warning"),
        first.label("first_as_of"),
    )
    return select(*columns).select_from(one.outerjoin(model, stored)).subquery("head")


def _current() -> Snapshot:
    run = func.coalesce(run_id, CURRENT_RUN_ID)
    return Snapshot(run, _head(run, DATA_THROUGH, QUALITY_WARNING, literal(None, Date())), customer_segment)


def _historical() -> Snapshot:
    c, p, d = customer_segment.c, customer_segment_history.c, freshness_day.c
    last = (
        select(publication_log.c.run_id)
        .where(publication_log.c.as_of <= day)
        .order_by(publication_log.c.publication_no.desc())
    )
    run = func.coalesce(run_id, last.limit(1).scalar_subquery())
    columns = [column.name for column in c]
    rows = union_all(
        select(*(c[name] for name in columns)).where(c.run_id == run, c.as_of <= day),
        select(*(p[name] for name in columns)).where(p.run_id == run, p.as_of <= day, p.until > day),
    ).subquery("states")
    newest = select(freshness_day).where(d.day <= day).order_by(d.day.desc()).limit(1).subquery("newest")
    first = select(func.min(publication_log.c.as_of)).scalar_subquery()
    data_through, warning = (select(newest.c[name]).scalar_subquery() for name in ("data_through", "warning"))
    return Snapshot(run, _head(run, data_through, warning, first), rows)


CURRENT: Final = _current()
HISTORICAL: Final = _historical()


def segment_join(rows: FromClause, scheme: SchemeName) -> ColumnElement[bool]:
    """Build the join condition of customer rows with the summaries of their segments in a scheme."""
    c, s = rows.c, segment_summary.c
    return and_(s.run_id == c.run_id, s.scheme == scheme, s.slug == c[scheme])


def snapshot_for(as_of: date | None) -> Snapshot:
    """Return the snapshot of a day, None for the current one."""
    return CURRENT if as_of is None else HISTORICAL


async def read_snapshot(
    reader: Reader, statement: Select[Any], values: Mapping[str, Any], as_of: date | None
) -> Sequence[Row[Any]]:
    """Return the rows of a SELECT from a snapshot.

    Raises Problem for a future day, and before the first publication.
    """
    if as_of is not None:
        check_day(reader, as_of)
    rows = await reader.rows(statement, {**values, "day": as_of})
    if rows[0].answer_run_id is None and values.get("run_id") is None:
        if as_of is None:
            raise Problem(NO_MODEL, rows[0].warning)
        first = f"the first day is {rows[0].first_as_of}" if rows[0].first_as_of else "no run is published yet"
        raise Problem(NOT_YET, f"Nothing was published on or before {as_of}; {first}.")
    return rows


def check_day(reader: Reader, day: date) -> None:
    """Raise Problem for a day in the future of the settings' clock."""
    if day > reader.settings.today:
        raise Problem(NOT_YET, f"{day} is in the future; today is {reader.settings.today} (UTC).")
