"""Exports to a store."""

from typing import Annotated, Final
from uuid import UUID

from fastapi import APIRouter, Path, Query, Request, Response
from pydantic import AwareDatetime, Field, TypeAdapter
from sqlalchemy import func, select

from app.api.core.dependencies import Reader, ReaderDependency
from app.api.core.freshness import CURRENT_RUN_ID, FRESHNESS
from app.api.core.idempotency import IdempotencyDependency
from app.api.core.openapi import problems
from app.api.core.pagination import Keyset, PageParamsWithTotal, read_page, where_equal
from app.api.core.problems import (
    CONFLICTING_FILTERS,
    INVALID,
    INVALID_CURSOR,
    KEY_REUSED,
    NO_MODEL,
    TOO_LARGE,
    UNKNOWN_SEGMENT,
    UNREADABLE,
    Problem,
)
from app.api.core.route_table import MAX_BODY_BYTES
from app.api.core.scopes import requires_scope
from app.api.core.unknown_segment import check_filters, check_segments, slugs_of
from app.api.exports.problems import NO_EXPORT_TARGET, UNKNOWN_EXPORT
from app.api.exports.schemas import AcceptedExport, CustomerExportRequest, ExportList, ExportObject
from app.api.runs.problems import TOO_MANY_RUNS
from app.api.runs.start import respond_with_run
from app.exports.formats import FormatName
from app.exports.tables import export_object

router = APIRouter(prefix="/v1/exports", tags=["exports"])
o = export_object.c
EXPORTS: Final = select(
    *(o[name] for name in ("export_id", "state", "format", "filters", "customers", "bytes", "sha256")),
    *(o[name] for name in ("created_at", "written_at", "deleted_at")),
    o.training_run_id,
    o.as_of.label("training_as_of"),
    func.concat(func.rtrim(o.target, "/"), "/", o.key).label("location"),
)
NEWEST_FIRST: Final = Keyset(("created_at", "export_id"), TypeAdapter(tuple[AwareDatetime, UUID]), is_descending=True)


ExportId = Annotated[UUID, Path(description="As in the list; also the run_id of the export's job.")]


class ExportFilters(PageParamsWithTotal):
    """Filters of exports."""

    format: Annotated[list[FormatName] | None, Field(description="In one of these formats.")] = None


@router.get("", summary="List exports", responses=problems(INVALID_CURSOR, INVALID))
@requires_scope("customers:read")
async def list_exports(reader: ReaderDependency, query: Annotated[ExportFilters, Query()]) -> ExportList:
    """List exported objects, newest first, with location, filters, size and state."""
    statement = where_equal(EXPORTS, {o.format: query.format})
    return ExportList.model_validate(await read_page(reader, statement, NEWEST_FIRST, query, "exports"))


@router.get("/{export_id}", summary="Get an export", responses=problems(UNKNOWN_EXPORT, INVALID))
@requires_scope("customers:read")
async def get_export(reader: ReaderDependency, export_id: ExportId) -> ExportObject:
    """Get an exported object: location, filters, size, SHA-256 and state."""
    found = await reader.rows(EXPORTS.where(o.export_id == export_id))
    if not found:
        detail = f"No export {export_id} has started; GET /v1/runs/{export_id} shows whether it is queued or failed."
        raise Problem(UNKNOWN_EXPORT, detail)
    return ExportObject.model_validate(dict(found[0]._mapping))  # noqa: SLF001  # _mapping is public API of SQLAlchemy


@router.post(
    "",
    status_code=202,
    summary="Start an export",
    max_body_size=MAX_BODY_BYTES,
    response_model=AcceptedExport,
    responses={
        202: {
            "description": "Queued; poll the address in Location.",
            "headers": {"Location": {"description": "Address of the run.", "schema": {"type": "string"}}},
        },
        **problems(
            *(UNREADABLE, CONFLICTING_FILTERS, UNKNOWN_SEGMENT, NO_EXPORT_TARGET, TOO_LARGE, INVALID, KEY_REUSED),
            *(TOO_MANY_RUNS, NO_MODEL),
        ),
    },
)
@requires_scope("runs:write")
async def start_export(
    request: Request, body: CustomerExportRequest, reader: ReaderDependency, responder: IdempotencyDependency
) -> Response:
    """Queue an export for the worker: one object in the configured store, visible when it is complete.

    The object contains the customers of the current training run at the start of the job, in one snapshot. After the
    job has succeeded, `GET /v1/exports/{export_id}` returns the location. If an export with the same parameters is
    queued already, its run is returned.
    """
    if not reader.settings.export_target:
        raise Problem(NO_EXPORT_TARGET)
    await _check(reader, body)
    return await respond_with_run(request, responder, "export", AcceptedExport, body.as_dict())


async def _check(reader: Reader, body: CustomerExportRequest) -> None:
    check_filters(body)
    first = (
        await reader.published_rows(select(FRESHNESS, slugs_of(CURRENT_RUN_ID, body.scheme).label("known_slugs")))
    )[0]
    check_segments(body.segment, first.known_slugs, body.scheme)
