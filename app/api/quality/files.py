"""List the files of the ledger."""

from typing import Annotated, Final, Literal
from uuid import UUID

from fastapi import APIRouter, Query
from pydantic import BaseModel, Field, TypeAdapter
from sqlalchemy import select

from app.api.core.dependencies import ReaderDependency
from app.api.core.freshness import FRESHNESS_EXAMPLE, NullableFreshness
from app.api.core.openapi import problems
from app.api.core.pagination import Keyset, PageParamsWithTotal, read_page, where_equal
from app.api.core.problems import INVALID, INVALID_CURSOR
from app.api.core.schemas import MAX_ID, Moment, Page, example, list_example
from app.api.core.scopes import requires_scope
from app.db.param_types import Integer64
from app.pipeline.ledger import address, files
from app.pipeline.tables import FileState, source_file

router = APIRouter(prefix="/v1/files", tags=["files"])
FileId = Annotated[int, Field(ge=1, le=MAX_ID)]
FileSort = Literal["file_id", "-file_id"]
BY_FILE: Final[dict[FileSort, Keyset]] = {
    "file_id": Keyset(("file_id",), TypeAdapter(tuple[Integer64])),
    "-file_id": Keyset(("file_id",), TypeAdapter(tuple[Integer64]), is_descending=True),
}
c = source_file.c


class FileFilters(PageParamsWithTotal):
    """Filters of files."""

    state: Annotated[list[FileState] | None, Field(description="In one of these states.")] = None
    file_id: Annotated[FileId | None, Field(description="With this id.")] = None
    run_id: Annotated[UUID | None, Field(description="Whose state this run set.")] = None
    sort: Annotated[FileSort, Field(description="Order of discovery; `-file_id`: the newest first.")] = "file_id"


class File(BaseModel):
    """One version of one object of the source, and its state."""

    file_id: int
    source_file: Annotated[str, Field(description="s3://bucket/key, or a path.")]
    state: Annotated[
        FileState,
        Field(
            description="discovered: not loaded yet; loading; loaded; empty: no rows; duplicate: same content as "
            "another file; superseded: a newer version is loaded; rejected: violates the contract; failed: all "
            "attempts failed; source_missing: loaded, deleted from the source."
        ),
    ]
    rows_read: int | None
    rows_loaded: int | None
    rows_quarantined: int | None
    rows_skipped: Annotated[
        int,
        Field(
            description="Rows that are not sales by `skipWhen`. Loaded, quarantined and skipped rows sum to rows_read."
        ),
    ]
    error: str | None
    loaded_at: Moment | None
    discovered_at: Moment
    last_modified: Annotated[Moment, Field(description="Modification time in the source.")]
    size: Annotated[int, Field(description="Size, bytes.")]
    sha256: str | None
    attempts: Annotated[int, Field(description="Number of failed attempts.")]
    contract_sha256: Annotated[
        str | None,
        Field(
            description="Contract that rejected the file, or by which all its loaded rows were validated. Null for "
            "files not validated by a contract, and after a replay loaded some of its rows by another contract."
        ),
    ]
    quarantine_contract_sha256: Annotated[
        str | None,
        Field(
            description="Contract by which all its quarantined rows were validated. Null after a replay validated some "
            "of them by another contract."
        ),
    ]
    run_id: Annotated[UUID | None, Field(description="Run that set the state.")]
    supersedes_id: Annotated[int | None, Field(description="File that it superseded.")]
    duplicate_of_id: Annotated[int | None, Field(description="File with the same content.")]


class FileList(NullableFreshness, Page[File]):
    """A page of the ledger."""

    model_config = example(
        list_example(
            {
                "file_id": 120,
                "source_file": "s3://sales/retail/2026-04-30/2026-04-30_transactions.csv",
                "state": "loaded",
                "rows_read": 1206,
                "rows_loaded": 1180,
                "rows_quarantined": 26,
                "rows_skipped": 0,
                "error": None,
                "loaded_at": "2026-05-01T02:00:04.118200Z",
                "discovered_at": "2026-05-01T02:00:03.907100Z",
                "last_modified": "2026-05-01T01:12:55Z",
                "size": 93775,
                "sha256": "c74da239d7643767a64a85fa747cacbd947c61fac7d6daffde39e744b25a2d4c",
                "attempts": 0,
                "contract_sha256": "0d5f0c0e5f6be5f0d5f4d9cf2f1e6fd9a1c5b3d4a7e8f6c2b9a0d1e2f3a4b5c6",
                "quarantine_contract_sha256": "0d5f0c0e5f6be5f0d5f4d9cf2f1e6fd9a1c5b3d4a7e8f6c2b9a0d1e2f3a4b5c6",
                "run_id": "57a8cb78-d20e-413a-ad4c-4a8edd5b367f",
                "supersedes_id": None,
                "duplicate_of_id": None,
            },
            extra=FRESHNESS_EXAMPLE,
        )
    )


@router.get("", summary="List files", responses=problems(INVALID_CURSOR, INVALID))
@requires_scope("quality:read")
async def list_files(reader: ReaderDependency, query: Annotated[FileFilters, Query()]) -> FileList:
    """List every version of every file found in the source, in the order of discovery."""
    statement = where_equal(
        select(source_file, c.id.label("file_id"), address.label("source_file")).select_from(files),
        {c.state: query.state, c.id: query.file_id, c.run_id: query.run_id},
    )
    return FileList.model_validate(await read_page(reader, statement, BY_FILE[query.sort], query, "files"))
