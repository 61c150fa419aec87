"""Streamed export of all customers of a run."""

import asyncio
import json
from collections import deque
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any, Final
from urllib.parse import quote, urlencode
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import StreamingResponse
from sqlalchemy import ColumnElement, Row, func, null, select
from sqlalchemy.dialects.postgresql import aggregate_order_by
from starlette.concurrency import run_in_threadpool

from app.api.core.concurrency import ReadSlots, Slots
from app.api.core.dependencies import Reader, ReaderDependency, translate_read_errors
from app.api.core.forecasts import forecast_fields
from app.api.core.freshness import UPDATED_AT
from app.api.core.openapi import problems
from app.api.core.problems import (
    CONFLICTING_FILTERS,
    INVALID,
    INVALID_CURSOR,
    NO_MODEL,
    NOT_YET,
    UNKNOWN_SEGMENT,
    Problem,
)
from app.api.core.scopes import requires_scope
from app.api.core.snapshots import NOT_STORED, read_revision, read_snapshot, snapshot_for
from app.api.core.unknown_segment import check_filters, check_segments, slugs_of
from app.api.exports.problems import NO_FORECAST
from app.api.exports.schemas import CSV_EXAMPLE, ROW, ExportQuery
from app.api.runs.problems import UNKNOWN_RUN
from app.exports.formats import FORMATS, Format
from app.exports.pages import EXECUTE_OPTIONS, CompiledPages
from app.exports.query import ExportStatements, PageSizes
from app.exports.row_text import escape_formula
from app.segments.scheme_columns import BY_SPEND

router = APIRouter(prefix="/v1/exports", tags=["exports"])
PAGES_AHEAD: Final = 2
"""Number of prefetched pages per export."""
EXPORT_HEADERS: Final = {
    "Content-Disposition": "Name of the file.",
    "Link": "With limit: address of the next part as rel=next, if there is one.",
    "Regulars-Run-Id": "run_id: training run of all customers. Store it to continue an interrupted download.",
    "Regulars-As-Of": "as_of of the run.",
    "Regulars-Data-Through": "data_through: date of the latest loaded sale.",
    "Regulars-Updated-Through": "updated_through: send it as updated_since to list the customers updated later.",
    "Regulars-Quality": "quality: ok, warn or stale.",
    "Regulars-Quality-Reason": "quality_reason, percent-encoded; absent while quality is ok.",
    "Regulars-Monetary-Basis": "monetary_basis: gross or net.",
}
FRESHNESS_HEADERS: Final = (
    *("Run-Id", "As-Of", "Data-Through", "Quality", "Quality-Reason", "Monetary-Basis"),
    "Updated-Through",
)
EXPORT_RESPONSES: Final[dict[int | str, dict[str, Any]]] = {
    200: {
        "description": "The customers, in the order of their ids.",
        "headers": {name: {"description": text, "schema": {"type": "string"}} for name, text in EXPORT_HEADERS.items()},
        "content": {
            "application/x-ndjson": {"schema": {"type": "string"}, "example": json.dumps(ROW) + "\n"},
            "text/csv": {"schema": {"type": "string"}, "example": CSV_EXAMPLE},
            "application/vnd.apache.parquet": {"schema": {"type": "string", "format": "binary"}},
        },
    },
    **problems(
        CONFLICTING_FILTERS, INVALID_CURSOR, UNKNOWN_SEGMENT, UNKNOWN_RUN, NOT_YET, INVALID, NO_FORECAST, NO_MODEL
    ),
}


def page_sizes(request: Request) -> PageSizes:
    """Return the page sizes of streams; a dependency of operations."""
    sizes: PageSizes = request.app.state.page_sizes
    return sizes


Sizes = Annotated[PageSizes, Depends(page_sizes)]


@dataclass(frozen=True, slots=True)
class PageReader:
    """Reader of the pages of an export, within the concurrency limit of all exports."""

    reader: Reader
    slots: Slots
    pages: CompiledPages

    async def read(self, after: str) -> AsyncIterator[bytes]:
        """Yield the pages after an id in order, with the next pages prefetched."""
        prefetched: deque[asyncio.Task[list[Any]]] = deque()
        has_more = True
        while prefetched or has_more:
            while has_more and len(prefetched) < PAGES_AHEAD:
                [(ids,)] = await asyncio.shield(self._begin(self.pages.ids_after(after)))
                if has_more := bool(ids):
                    prefetched.append(self._begin(self.pages.rows_of(after, ids)))
                    after = ids[-1]
            if prefetched:
                yield b"".join([lines for lines, _ in await asyncio.shield(prefetched.popleft()) if lines])

    def _begin(self, query: tuple[bytes, dict[str, Any]]) -> "asyncio.Task[list[Any]]":
        return self.slots.begin(self.fetch(*query))

    async def fetch(self, sql: bytes, values: dict[str, Any]) -> list[Any]:
        """Return the rows of a query; its connection is released before the rows are sent to the client."""
        async with self.slots.export_pages:
            with translate_read_errors():
                async with self.reader.engine.connect() as connection:
                    driver: Any = (await connection.get_raw_connection()).driver_connection
                    rows: list[Any] = await (await driver.execute(sql, values, **EXECUTE_OPTIONS)).fetchall()
                    return rows


@router.get("/customers", summary="Export customers", response_class=StreamingResponse, responses=EXPORT_RESPONSES)
@requires_scope("customers:read")
async def export_customers(
    request: Request, reader: ReaderDependency, slots: ReadSlots, sizes: Sizes, query: Annotated[ExportQuery, Query()]
) -> StreamingResponse:
    """Stream all customers of one training run that match the filters as CSV, NDJSON or Parquet, sorted by id.

    Rows are as in `GET /v1/customers`. Sales loaded during the download appear in the following customers (except with
    `as_of` of a past day). Continue an interrupted download with `run_id` (the header `Regulars-Run-Id`) and `after`
    (the last complete customer_id), for CSV also with `header=false`. Parquet cannot be continued: download it in parts
    with `limit`, each a complete file, and follow the header `Link`.
    """
    if query.after is not None and query.run_id is None:
        raise Problem(
            INVALID_CURSOR, "after requires run_id: send the header Regulars-Run-Id of the interrupted download."
        )
    check_filters(query)
    first = await _read_head(reader, query)
    last_id, next_id = (*(first.bounds or ()), None, None)[:2]
    file_format, states = FORMATS[query.format], snapshot_for(query.as_of, first.answer_run_id).of(query)
    headers = _headers(
        {**reader.freshness_fields(first, today=query.as_of), **_updated(first)},
        file_format.file_name(first.answer_as_of),
    )
    if next_id is not None:
        headers["Link"] = f'<{_next(request, query, first.answer_run_id, last_id)}>; rel="next"'
    values = await read_revision(reader, query.as_of, first.answer_run_id)
    statements = ExportStatements(states.rows, states.run, query, file_format.notation, reader.settings.currency, sizes)
    cells = {row.slug: row.cells for row in await reader.rows(statements.segment_cells(), values)}
    pages = CompiledPages.compile(statements, cells, reader.engine.dialect, values, last_id)
    content = _stream(PageReader(reader, slots, pages), file_format, query)
    return StreamingResponse(content, headers=headers, media_type=file_format.media_type)


async def _stream(pages: PageReader, file_format: Format, query: ExportQuery) -> AsyncIterator[bytes]:
    encoder = await run_in_threadpool(file_format.encoder, query.header, query.scheme)
    yield encoder.begin()
    async for lines in pages.read(query.position):
        yield await run_in_threadpool(encoder.add, lines) if file_format.is_cpu_bound else encoder.add(lines)
    yield await run_in_threadpool(encoder.end)


async def _read_head(reader: Reader, query: ExportQuery) -> Row[Any]:
    states = snapshot_for(query.as_of, query.run_id)
    known = slugs_of(states.run, query.scheme).label("known_slugs")
    updated = (UPDATED_AT if query.as_of is None else null()).label("updated_through")
    statement = select(states.head, states.forecast, known, updated, _bounds(query).label("bounds"))
    first = (await read_snapshot(reader, statement, {}, query.as_of, query.run_id))[0]
    if first.answer_run_id is None:
        raise Problem(UNKNOWN_RUN, f"The training run {query.run_id} is not stored; export the current one.")
    check_segments(query.segment, first.known_slugs, query.scheme)
    reason = forecast_fields(first.forecast)["forecast_reason"]
    if reason is not None and query.needs_forecasts:
        raise Problem(NO_FORECAST, f"The filter by the forecast selects no customers: {reason}")
    if reason is not None and reason != NOT_STORED and query.scheme == BY_SPEND:
        raise Problem(NO_FORECAST, f"Without a forecast no customer has a value band: {reason}")
    return first


def _bounds(query: ExportQuery) -> ColumnElement[Any]:
    # The last id of the part and the first id after it; null or shorter at the end of the export.
    if query.limit is None:
        return null()
    states = snapshot_for(query.as_of, query.run_id).of(query)
    customer_id = states.rows.c.customer_id
    conditions = (*query.conditions(states.rows, states.run), customer_id > query.position)
    ends = select(customer_id).where(*conditions).order_by(customer_id).offset(query.limit - 1).limit(2)
    found = ends.subquery("ends").c.customer_id
    return select(func.array_agg(aggregate_order_by(found, found))).scalar_subquery()


def _updated(first: Row[Any]) -> dict[str, str | None]:
    at: datetime | None = first.updated_through
    return {"updated_through": None if at is None else at.isoformat().replace("+00:00", "Z")}


def _headers(fresh: Mapping[str, Any], file_name: str) -> dict[str, str]:
    headers = {f"Regulars-{name}": fresh[name.lower().replace("-", "_")] for name in FRESHNESS_HEADERS}
    return {
        "Content-Disposition": f'attachment; filename="{file_name}"',
        **{name: quote(str(value), " ,;:()'") for name, value in headers.items() if value is not None},
    }


def _next(request: Request, query: ExportQuery, run_id: UUID, last: str) -> str:
    parameters = [pair for pair in request.query_params.multi_items() if pair[0] not in {"run_id", "after"}]
    continuation = {"run_id": run_id, "after": escape_formula(last) if query.format == "csv" else last}
    return (
        f"{request.scope.get('root_path', '')}/v1/exports/customers?{urlencode([*parameters, *continuation.items()])}"
    )
