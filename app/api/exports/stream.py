"""Exports as a stream: every customer of a run, page after page, while the client takes them."""

import asyncio
import json
from collections import deque
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from typing import Annotated, Any, Final
from urllib.parse import quote, urlencode
from uuid import UUID

from fastapi import APIRouter, Query, Request
from fastapi.responses import StreamingResponse
from sqlalchemy import ColumnElement, Row, exists, func, null, select, true
from sqlalchemy.dialects.postgresql import aggregate_order_by
from starlette.concurrency import run_in_threadpool

from app.api.core.concurrency import ExportSlots
from app.api.core.dependencies import Reader, Reads, reading
from app.api.core.openapi import problems
from app.api.core.problems import INVALID, INVALID_CURSOR, NO_MODEL, NOT_YET, UNKNOWN_SEGMENT, Problem
from app.api.core.scopes import requires_scope
from app.api.core.snapshots import read_snapshot, snapshot_for
from app.api.core.unknown_segment import unknown_segment
from app.api.exports.schemas import CSV_EXAMPLE, ROW, ExportQuery
from app.api.runs.problems import UNKNOWN_RUN
from app.exports.formats import FORMATS, Format
from app.exports.pages import ASKED, Pages
from app.exports.query import Extract
from app.exports.row_text import guarded
from app.segments.tables import segment_summary

router = APIRouter(prefix="/v1/exports", tags=["exports"])
PAGES_AHEAD: Final = 2
"""Of one export."""
HEADERS: Final = {
    "Content-Disposition": "The name of the file.",
    "Link": "With limit: the next part, as rel=next, where there is one.",
    "Regulars-Run-Id": "run_id: the training run that all customers are of. Keep it, to go on where a download broke.",
    "Regulars-As-Of": "as_of of the run.",
    "Regulars-Data-Through": "data_through: date of the latest sale that is loaded.",
    "Regulars-Quality": "quality: ok, warn or stale.",
    "Regulars-Quality-Reason": "quality_reason, percent-encoded; not there while quality is ok.",
}
FRESHNESS: Final = ("Run-Id", "As-Of", "Data-Through", "Quality", "Quality-Reason")
STREAMED: Final[dict[int | str, dict[str, Any]]] = {
    200: {
        "description": "The customers, in the order of their ids.",
        "headers": {name: {"description": text, "schema": {"type": "string"}} for name, text in HEADERS.items()},
        "content": {
            "application/x-ndjson": {"schema": {"type": "string"}, "example": json.dumps(ROW) + "\n"},
            "text/csv": {"schema": {"type": "string"}, "example": CSV_EXAMPLE},
            "application/vnd.apache.parquet": {"schema": {"type": "string", "format": "binary"}},
        },
    },
    **problems(INVALID_CURSOR, UNKNOWN_SEGMENT, UNKNOWN_RUN, NOT_YET, INVALID, NO_MODEL),
}


@dataclass(frozen=True, slots=True)
class Turns:
    """Reads the pages of an export, some at once, each in its turn among those of all exports."""

    reader: Reader
    turns: asyncio.Semaphore
    pages: Pages
    asking: set["asyncio.Task[list[Any]]"] = field(default_factory=set)

    async def read(self, after: str) -> AsyncIterator[bytes]:
        """The pages behind an id, in their order. PostgreSQL writes the next while the client takes this one."""
        coming: deque[asyncio.Task[list[Any]]] = deque()
        is_more = True
        while coming or is_more:
            while is_more and len(coming) < PAGES_AHEAD:
                [(ids,)] = await asyncio.shield(self._begin(self.pages.ends.about(after=after)))
                if is_more := bool(ids):
                    coming.append(self._begin(self.pages.within(after, ids)))
                    after = ids[-1]
            if coming:
                yield b"".join([lines for lines, _ in await asyncio.shield(coming.popleft()) if lines])

    def _begin(self, asked: tuple[bytes, dict[str, Any]]) -> "asyncio.Task[list[Any]]":
        # What is asked for is taken even where the client has left: to break it off would cost the connection.
        task = asyncio.create_task(self.ask(*asked))
        self.asking.add(task)
        task.add_done_callback(self._end)
        return task

    def _end(self, task: "asyncio.Task[list[Any]]") -> None:
        self.asking.discard(task)
        if not task.cancelled():
            task.exception()  # for whoever still waits; else nobody asks

    async def ask(self, sql: bytes, values: dict[str, Any]) -> list[Any]:
        """The rows of an answer. A connection is held while PostgreSQL works, and not while the client reads."""
        async with self.turns:
            with reading():
                async with self.reader.engine.connect() as connection:
                    driver: Any = (await connection.get_raw_connection()).driver_connection
                    rows: list[Any] = await (await driver.execute(sql, values, **ASKED)).fetchall()
                    return rows


@router.get("/customers", summary="Every customer as a file", response_class=StreamingResponse, responses=STREAMED)
@requires_scope("customers:read")
async def export_customers(
    request: Request, reader: Reads, slots: ExportSlots, query: Annotated[ExportQuery, Query()]
) -> StreamingResponse:
    """Every customer of one run who passes the filters, streamed as CSV, NDJSON or Parquet in the order of the ids.

    A row is that of `GET /v1/customers`. All are of one training run, whatever is trained meanwhile; sales that are
    loaded meanwhile show in the customers that are still to come (`as_of` of a past day shows none). A download that
    broke off goes on with `run_id` (the header `Regulars-Run-Id`) and `after` (the last whole customer_id it has), CSV
    with `header=false` too. Parquet cannot be cut: take it in parts by `limit`, each a whole file, and follow `Link`.
    """
    if query.after is not None and query.run_id is None:
        raise Problem(INVALID_CURSOR, "after needs run_id too: the header Regulars-Run-Id of what broke off.")
    first = await _read_head(reader, query)
    until, more = (*(first.bounds or ()), None, None)[:2]
    kind, states = FORMATS[query.format], snapshot_for(query.as_of)
    headers = _headers(reader.fresh(first, today=query.as_of), kind.file_name(first.served_as_of))
    if more is not None:
        headers["Link"] = f'<{_next(request, query, first.served_run_id, until)}>; rel="next"'
    values = {"run_id": first.served_run_id, "day": query.as_of}
    extract = Extract(states.rows, states.run, query, kind.notation, reader.settings.currency)
    known = {row.slug: row.words for row in await reader.rows(extract.words(), values)}
    pages = Pages.of(extract, known, reader.engine.dialect, values, until)
    content = _stream(Turns(reader, slots, pages), kind, query)
    return StreamingResponse(content, headers=headers, media_type=kind.media_type)


async def _stream(pages: Turns, kind: Format, query: ExportQuery) -> AsyncIterator[bytes]:
    encoder = await run_in_threadpool(kind.encoder, query.header)
    yield encoder.begin()
    async for lines in pages.read(query.position):
        yield await run_in_threadpool(encoder.add, lines) if kind.is_work else encoder.add(lines)
    yield await run_in_threadpool(encoder.end)


async def _read_head(reader: Reader, query: ExportQuery) -> Row[Any]:
    states, s = snapshot_for(query.as_of), segment_summary.c
    known = exists().where(s.run_id == states.run, s.scheme == query.scheme, s.slug == query.slug)
    has_segment = (true() if query.slug is None else known).label("has_segment")
    statement = select(states.head, has_segment, _bounds(query).label("bounds"))
    first = (await read_snapshot(reader, statement, {"run_id": query.run_id}, query.as_of))[0]
    if first.served_run_id is None:
        raise Problem(UNKNOWN_RUN, f"No training run {query.run_id} is stored.")
    if not first.has_segment:
        raise await unknown_segment(reader, query.segment or "", query.scheme)
    return first


def _bounds(query: ExportQuery) -> ColumnElement[Any]:
    # The last id of the part, and the first behind it: null or shorter where there is none.
    if query.limit is None:
        return null()
    states = snapshot_for(query.as_of)
    customer_id = states.rows.c.customer_id
    wanted = (*query.conditions(states.rows, states.run), customer_id > query.position)
    ends = select(customer_id).where(*wanted).order_by(customer_id).offset(query.limit - 1).limit(2)
    found = ends.subquery("ends").c.customer_id
    return select(func.array_agg(aggregate_order_by(found, found))).scalar_subquery()


def _headers(fresh: Mapping[str, Any], file_name: str) -> dict[str, str]:
    said = {f"Regulars-{name}": fresh[name.lower().replace("-", "_")] for name in FRESHNESS}
    return {
        "Content-Disposition": f'attachment; filename="{file_name}"',
        **{name: quote(str(value), " ,;:()'") for name, value in said.items() if value is not None},
    }


def _next(request: Request, query: ExportQuery, run_id: UUID, last: str) -> str:
    given = {name: value for name, value in request.query_params.items() if name not in {"run_id", "after"}}
    place = {"run_id": run_id, "after": guarded(last) if query.format == "csv" else last}
    return f"{request.scope.get('root_path', '')}/v1/exports/customers?{urlencode({**given, **place})}"
