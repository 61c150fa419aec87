"""Exports to a store: ask for one, and see what was written."""

from typing import Annotated, Final
from uuid import UUID

from fastapi import APIRouter, Query, Request, Response
from pydantic import AwareDatetime, Field, TypeAdapter
from sqlalchemy import exists, func, select

from app.api.core.dependencies import Reader, Reads
from app.api.core.freshness import served
from app.api.core.idempotency import Idempotent
from app.api.core.openapi import problems
from app.api.core.pagination import Keyset, Paging, read_page, where_equal
from app.api.core.problems import (
    INVALID,
    INVALID_CURSOR,
    KEY_REUSED,
    NO_MODEL,
    TOO_LARGE,
    UNKNOWN_SEGMENT,
    UNREADABLE,
    Problem,
)
from app.api.core.route_table import LARGEST_BODY
from app.api.core.scopes import requires_scope
from app.api.core.unknown_segment import unknown_segment
from app.api.exports.problems import NO_EXPORT_TARGET
from app.api.exports.schemas import AcceptedExport, CustomerExportRequest, ExportList, ExportObject
from app.api.runs.problems import TOO_MANY_RUNS, UNKNOWN_RUN
from app.api.runs.routes import RunId
from app.api.runs.start import respond_with_run
from app.exports.formats import FormatName
from app.exports.tables import export_object
from app.segments.tables import segment_summary

router = APIRouter(prefix="/v1/exports", tags=["exports"])
o = export_object.c
EXPORTS: Final = select(
    *(o[name] for name in ("export_id", "state", "format", "filters", "customers", "bytes", "sha256")),
    *(o[name] for name in ("created_at", "written_at", "deleted_at")),
    o.run_id.label("trained_run_id"),
    o.as_of.label("trained_as_of"),
    func.concat(func.rtrim(o.target, "/"), "/", o.key).label("location"),
)
NEWEST_FIRST: Final = Keyset(("created_at", "export_id"), TypeAdapter(tuple[AwareDatetime, UUID]), is_descending=True)


class Exports(Paging):
    """Filters of objects."""

    format: Annotated[FormatName | None, Field(description="Objects of this format.")] = None


@router.get("", summary="Objects that exports wrote, the newest first", responses=problems(INVALID_CURSOR, INVALID))
@requires_scope("customers:read")
async def list_exports(reader: Reads, query: Annotated[Exports, Query()]) -> ExportList:
    """Where each was written, of whom, how large, and whether it is still there as far as we know."""
    statement = where_equal(EXPORTS, {o.format: query.format})
    return ExportList.model_validate(await read_page(reader, statement, NEWEST_FIRST, query, "exports"))


@router.get("/{run_id}", summary="An object that an export wrote", responses=problems(UNKNOWN_RUN, INVALID))
@requires_scope("customers:read")
async def get_export(reader: Reads, run_id: RunId) -> ExportObject:
    """What the run of an export wrote, and where."""
    found = await reader.rows(EXPORTS.where(o.export_id == run_id))
    if not found:
        raise Problem(UNKNOWN_RUN, f"No export {run_id} has begun; /v1/runs/{run_id} says whether it waits or failed.")
    return ExportObject.model_validate(dict(found[0]._mapping))  # noqa: SLF001  # its public name


@router.post(
    "",
    status_code=202,
    summary="Write an export to the store",
    max_body_size=LARGEST_BODY,
    response_model=AcceptedExport,
    responses={
        202: {
            "description": "Asked for; poll the address in Location.",
            "headers": {"Location": {"description": "Address of the run.", "schema": {"type": "string"}}},
        },
        **problems(
            UNREADABLE, UNKNOWN_SEGMENT, NO_EXPORT_TARGET, TOO_LARGE, INVALID, KEY_REUSED, TOO_MANY_RUNS, NO_MODEL
        ),
    },
)
@requires_scope("runs:write")
async def start_export(request: Request, wanted: CustomerExportRequest, reader: Reads, once: Idempotent) -> Response:
    """Queue an export for the worker: one object at the place that the operator set, visible when it is whole.

    It holds the customers of the run that is published when the worker begins, all as they are at one moment. Once the
    run has succeeded, `GET /v1/exports/{run_id}` says where it is. While an equal export is queued, further requests
    are answered with its run.
    """
    if not reader.settings.export_target:
        raise Problem(NO_EXPORT_TARGET)
    await _check(reader, wanted)
    return await respond_with_run(request, once, "export", AcceptedExport, wanted.as_dict())


async def _check(reader: Reader, wanted: CustomerExportRequest) -> None:
    s = segment_summary.c
    known = exists().where(s.run_id == served.c.served_run_id, s.scheme == wanted.scheme, s.slug == wanted.slug)
    first = (await reader.served(select(served, known.label("has_segment"))))[0]
    if wanted.segment is not None and not first.has_segment:
        raise await unknown_segment(reader, wanted.segment, wanted.scheme)
