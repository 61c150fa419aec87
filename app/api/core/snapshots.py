"""Point-in-time reads: customers of the current run, of another run, or as published on a past day."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Annotated, Any, Final, Self
from uuid import UUID

from fastapi import Query
from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Date,
    FromClause,
    Row,
    Select,
    Subquery,
    Uuid,
    and_,
    bindparam,
    case,
    func,
    literal,
    or_,
    select,
    true,
)
from sqlalchemy.dialects.postgresql import JSONB

from app.api.core.dependencies import Reader, SchemeName
from app.api.core.freshness import CURRENT_RUN_ID, DATA_THROUGH, WARNING
from app.api.core.problems import NO_MODEL, NOT_YET, Problem
from app.db.param_types import Day
from app.pipeline.quality_warning import QUALITY_WARNING
from app.pipeline.tables import freshness_day
from app.segments.filters import CustomerFilters
from app.segments.registry_tables import model
from app.segments.states import CURRENT_REVISION, CURRENT_STATES, SCORED_AS_OF, states_at
from app.segments.tables import revision, segment_summary

day: Final = bindparam("day", None, type_=Date())
run_id: Final = bindparam("run_id", None, type_=Uuid())
wanted: Final = bindparam("wanted", None, type_=Uuid())
number: Final = bindparam("revision", None, type_=BigInteger())
scored_as_of: Final = bindparam("scored_as_of", None, type_=Date())
NOT_STORED: Final = "Forecasts are stored for the newest state only, not for past days and superseded runs."
AS_OF_TEXT: Final = "Snapshot as published at the end of this day; by default the newest."
AsOf = Annotated[Day | None, Query(description=AS_OF_TEXT, examples=["2026-05-01"])]


_one: Final = select(literal(1).label("one")).subquery("one")
_found: Final = (
    select(revision.c.run_id, revision.c.revision, revision.c.scored_as_of)
    .where(or_(wanted.is_(None), revision.c.run_id == wanted), or_(day.is_(None), revision.c.as_of <= day))
    .order_by(revision.c.revision.desc())
    .limit(1)
    .subquery("found")
)
REVISION: Final = select(_found).select_from(_one.outerjoin(_found, true()))
"""One row: the newest revision of a run and a day, null for all; nulls if it is not stored."""


@dataclass(frozen=True, eq=False)
class Snapshot:
    """SQL sources of a statement on one snapshot.

    Attributes:
        run: id of the training run, null before the first publication.
        head: one row with the training run and its freshness.
        revision: number of the revision.
        rows: customers' states, with the columns of segments.customer_segment, recency and the forecast.
        forecast: the forecast of the model as segments.model stores it, or the reason why the snapshot has none.
    """

    run: ColumnElement[Any]
    head: Subquery
    revision: ColumnElement[Any]
    rows: FromClause
    forecast: ColumnElement[Any]

    def of(self, filters: CustomerFilters) -> Self:
        """Return the snapshot with the states that filters are about."""
        return replace(self, rows=filters.states_of(self.rows, self.revision))


def _head(run: Any, as_of: Any, data_through: Any, warning: Any, first: Any) -> Subquery:
    columns = {
        "answer_run_id": run,
        "answer_as_of": as_of,
        "data_through": data_through,
        "warning": warning,
        "first_as_of": first,
    }
    return select(*(column.label(name) for name, column in columns.items())).subquery("head")


def _current() -> Snapshot:
    head = _head(CURRENT_RUN_ID, SCORED_AS_OF, DATA_THROUGH, WARNING, literal(None, Date()))
    return Snapshot(CURRENT_RUN_ID, head, CURRENT_REVISION, CURRENT_STATES, _forecast(CURRENT_RUN_ID, true()))


def _of_run() -> Snapshot:
    head = _head(run_id, scored_as_of, DATA_THROUGH, QUALITY_WARNING, literal(None, Date()))
    is_current = run_id == CURRENT_RUN_ID
    return Snapshot(run_id, head, number, states_at(number, scored_as_of, is_current), _forecast(run_id, is_current))


def _historical() -> Snapshot:
    d = freshness_day.c
    newest = select(freshness_day).where(d.day <= day).order_by(d.day.desc()).limit(1).subquery("newest")
    first = select(func.min(revision.c.as_of)).scalar_subquery()
    data_through, warning = (select(newest.c[name]).scalar_subquery() for name in ("data_through", "warning"))
    head = _head(run_id, scored_as_of, data_through, warning, first)
    is_newest = number == CURRENT_REVISION
    return Snapshot(run_id, head, number, states_at(number, scored_as_of, is_newest), _forecast(run_id, is_newest))


def _forecast(run: ColumnElement[Any], has_forecasts: ColumnElement[bool]) -> ColumnElement[Any]:
    stored = select(model.c.forecast).where(model.c.run_id == run).scalar_subquery()
    reason = literal({"reason": NOT_STORED}, JSONB)
    return case((has_forecasts, stored), else_=reason).label("forecast")


CURRENT: Final = _current()
OF_RUN: Final = _of_run()
HISTORICAL: Final = _historical()


def segment_join(states: Snapshot, scheme: SchemeName) -> ColumnElement[bool]:
    """Build the join condition of customer rows with the summaries of their segments in a scheme."""
    s = segment_summary.c
    return and_(s.run_id == states.run, s.scheme == scheme, s.slug == states.rows.c[scheme])


def snapshot_for(as_of: date | None, run: UUID | None = None) -> Snapshot:
    """Return the snapshot of a day, or of the newest state of a run, or the current one."""
    return HISTORICAL if as_of is not None else CURRENT if run is None else OF_RUN


async def read_snapshot(
    reader: Reader, statement: Select[Any], values: Mapping[str, Any], as_of: date | None, run: UUID | None = None
) -> Sequence[Row[Any]]:
    """Return the rows of a SELECT from the snapshot of `snapshot_for`; without a stored one, `answer_run_id` is null.

    Raises Problem for a future day, and before the first publication.
    """
    found = await read_revision(reader, as_of, run)
    rows = await reader.rows(statement, {**values, **found})
    if rows[0].answer_run_id is None and run is None:
        if as_of is None:
            raise Problem(NO_MODEL, rows[0].warning)
        first = f"the first day is {rows[0].first_as_of}" if rows[0].first_as_of else "no run is published yet"
        raise Problem(NOT_YET, f"Nothing was published on or before {as_of}; {first}.")
    return rows


async def read_revision(reader: Reader, as_of: date | None, run: UUID | None) -> dict[str, Any]:
    """Return the values of a snapshot of `snapshot_for`; none for the current one.

    They are read beforehand, so that the planner knows how few former states are read. Raises Problem for a future day.
    """
    if as_of is None and run is None:
        return {}
    if as_of is not None:
        check_day(reader, as_of)
    found = (await reader.rows(REVISION, {"wanted": run, "day": as_of}))[0]
    return {"run_id": found.run_id, "revision": found.revision, "scored_as_of": found.scored_as_of, "day": as_of}


def check_day(reader: Reader, day: date) -> None:
    """Raise Problem for a day in the future of the settings' clock."""
    if day > reader.settings.today:
        raise Problem(NOT_YET, f"{day} is in the future; today is {reader.settings.today} (UTC).")
