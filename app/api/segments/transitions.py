"""Transitions between segments from one snapshot to another, with their causes."""

from collections.abc import Callable
from datetime import date
from typing import Annotated, Any, Final, TypeVar
from uuid import UUID

from fastapi import APIRouter, Query
from pydantic import TypeAdapter
from sqlalchemy import Connection, Engine, select
from starlette.concurrency import run_in_threadpool

from app.api.core.concurrency import ReadSlots, Slots
from app.api.core.dependencies import Reader, ReaderDependency, SchemeName, WriterDependency
from app.api.core.freshness import FRESHNESS
from app.api.core.openapi import problems
from app.api.core.pagination import Keyset, Position
from app.api.core.problems import INVALID, INVALID_CURSOR, NO_MODEL, NOT_YET, UNKNOWN_SEGMENT, Problem
from app.api.core.scopes import requires_scope
from app.api.core.snapshots import check_day
from app.api.core.unknown_segment import check_segments
from app.api.runs.problems import UNKNOWN_RUN
from app.api.segments.transition_schemas import (
    MoveList,
    MovesQuery,
    TransitionCauses,
    TransitionMatrix,
    TransitionsQuery,
)
from app.db.engine import translate_db_errors
from app.db.param_types import Text
from app.pipeline.no_model_reason import NO_MODEL_REASON
from app.segments.model.segment_table.fields import slug_of
from app.segments.model.segment_table.table import SegmentTable
from app.segments.revisions import Revision, newest_revision, revision_before, revision_of_day, revision_of_run
from app.segments.tables import segment_summary
from app.segments.transitions import (
    Comparison,
    Moves,
    count_moves,
    count_transitions,
    read_moves,
)

router = APIRouter(prefix="/v1/transitions", tags=["changes"])
BY_ID: Final = Keyset(("customer_id",), TypeAdapter(tuple[Text]))
Found = TypeVar("Found")
TRANSITION_PROBLEMS: Final = problems(NOT_YET, UNKNOWN_RUN, INVALID, NO_MODEL)


@router.get("", summary="Get the transition matrix", responses=TRANSITION_PROBLEMS)
@requires_scope("customers:read")
async def get_transitions(
    slots: ReadSlots, reader: ReaderDependency, writer: WriterDependency, query: Annotated[TransitionsQuery, Query()]
) -> TransitionMatrix:
    """Count the customers by segment before and after, between two days or two runs.

    By default these are the end of the day of the newest training run of an earlier day, and now: moves by loads in
    between are included. If all training runs are of one day, the last two are compared. Scoring with both models
    separates moves caused by customers from those caused by the model.
    """
    fresh = await _fresh(reader)
    return TransitionMatrix.model_validate(
        {**await _work(slots, writer, lambda found: _matrix(found, reader, query)), **fresh}
    )


@router.get(
    "/moves",
    summary="List moves between segments",
    responses=problems(INVALID_CURSOR, UNKNOWN_SEGMENT, NOT_YET, UNKNOWN_RUN, INVALID, NO_MODEL),
)
@requires_scope("customers:read")
async def list_moves(
    slots: ReadSlots, reader: ReaderDependency, writer: WriterDependency, query: Annotated[MovesQuery, Query()]
) -> MoveList:
    """List the customers who changed segment, by id. Repeat from_segment or to_segment for several values.

    A cursor is valid while both snapshots are the same as on the first page; set both to keep it valid.
    """
    fresh = await _fresh(reader)
    page = await _work(slots, writer, lambda found: _moves(found, reader, query))
    return MoveList.model_validate({**page, **fresh})


async def _fresh(reader: Reader) -> dict[str, Any]:
    return reader.freshness_fields((await reader.published_rows(select(FRESHNESS)))[0])


async def _work(slots: Slots, engine: Engine, work: Callable[[Connection], Found]) -> Found:
    def done() -> Found:
        with translate_db_errors(), engine.connect().execution_options(isolation_level="REPEATABLE READ") as connection:
            return work(connection)

    async with slots.comparisons:
        return await run_in_threadpool(done)


def _matrix(connection: Connection, reader: Reader, query: TransitionsQuery) -> dict[str, Any]:
    between = _between(connection, reader, query)
    cells = count_transitions(connection, between, SegmentTable.load())
    was, now = (_names(connection, side, query.scheme) for side in (between.before, between.after))
    data = [
        {
            **_named(cell.before, was, "from"),
            **_named(cell.after, now, "to"),
            "customers": cell.customers,
            "causes": {cause: cell.causes.get(cause, 0) for cause in TransitionCauses.model_fields},
        }
        for cell in sorted(cells, key=lambda cell: (-cell.customers, cell.before or "", cell.after or ""))
    ]
    sums = {
        "stayed": sum(cell.customers for cell in cells if cell.before == cell.after),
        "moved": sum(sum(cell.causes.values()) for cell in cells),
        "entered": sum(cell.customers for cell in cells if cell.before is None),
        "gone": sum(cell.customers for cell in cells if cell.after is None),
    }
    states = {name: _state_fields(getattr(between, name)) for name in ("before", "after")}
    return {"scheme": query.scheme, **states, **sums, "data": data}


def _moves(connection: Connection, reader: Reader, query: MovesQuery) -> dict[str, Any]:
    between = _between(connection, reader, query)
    list_name = query.list_name(f"moves/{between}")
    after = Position.decode(query.cursor, list_name, BY_ID.key_types).after if query.cursor else ("",)
    was, now = (_names(connection, side, query.scheme) for side in (between.before, between.after))
    moves = Moves(_slugs(query.from_segment, was, query), _slugs(query.to_segment, now, query))
    rows, causes = read_moves(
        connection, between, SegmentTable.load(), after_id=after[0], limit=query.limit + 1, moves=moves
    )
    total = count_moves(connection, between, moves) if "total" in query.include else None
    page = BY_ID.page_fields(rows, query, list_name)
    page["data"] = [
        {
            **row,
            **_named(row["before"], was, "from"),
            **_named(row["after"], now, "to"),
            "cause": cause,
            "currency": reader.settings.currency,
        }
        for row, cause in zip(page["data"], causes, strict=False)
    ]
    return {**page, "total": total}


def _between(connection: Connection, reader: Reader, query: TransitionsQuery) -> Comparison:
    newest = newest_revision(connection)
    if newest is None:
        raise Problem(NO_MODEL, connection.execute(select(NO_MODEL_REASON)).scalar_one())
    after = _side(connection, reader, query.to, query.to_run) or newest
    before = _side(connection, reader, query.from_, query.from_run) or revision_before(connection, after)
    return Comparison(before, after, query.scheme)


def _side(connection: Connection, reader: Reader, day: date | None, run_id: UUID | None) -> Revision | None:
    if run_id is not None:
        if (found := revision_of_run(connection, run_id)) is None:
            raise Problem(UNKNOWN_RUN, f"The run {run_id} was never published; GET /v1/runs lists the runs.")
        return found
    if day is not None:
        check_day(reader, day)
        if (found := revision_of_day(connection, day)) is None:
            raise Problem(NOT_YET, f"Nothing was published on or before {day}.")
        return found
    return None


def _names(connection: Connection, side: Revision, scheme: SchemeName) -> dict[str, str]:
    s = segment_summary.c
    rows = connection.execute(select(s.slug, s.segment).where(s.run_id == side.run_id, s.scheme == scheme))
    return {row.slug: row.segment for row in rows}


def _slugs(segments: list[str] | None, names: dict[str, str], query: TransitionsQuery) -> list[str] | None:
    check_segments(segments, names, query.scheme)
    return None if segments is None else [slug_of(each) for each in segments]


def _named(slug: str | None, names: dict[str, str], end: str) -> dict[str, str | None]:
    return {f"{end}_slug": slug, f"{end}_segment": None if slug is None else names.get(slug, slug)}


def _state_fields(side: Revision) -> dict[str, Any]:
    return {
        "run_id": side.run_id,
        "as_of": side.scored_as_of,
        "day": side.day,
        "last_day": side.last_day,
    }
