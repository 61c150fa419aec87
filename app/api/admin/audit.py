"""List the entries of the audit log."""

from typing import Annotated, Final

from fastapi import APIRouter, Query
from pydantic import BaseModel, Field, TypeAdapter
from sqlalchemy import select

from app.access.tables import audit_entry
from app.api.core.dependencies import ReaderDependency, Text
from app.api.core.freshness import FRESHNESS_EXAMPLE, NullableFreshness
from app.api.core.openapi import problems
from app.api.core.pagination import Keyset, PageParamsWithTotal, read_page, where_equal
from app.api.core.problems import INVALID, INVALID_CURSOR
from app.api.core.schemas import Moment, Page, example, list_example
from app.api.core.scopes import requires_scope
from app.db.param_types import Instant, Integer64

router = APIRouter(prefix="/v1/audit", tags=["audit"])
NEWEST_FIRST: Final = Keyset(("entry_id",), TypeAdapter(tuple[Integer64]), is_descending=True)
c = audit_entry.c
ENTRY_EXAMPLE: Final = {
    "entry_id": 17,
    "at": "2026-05-01T08:12:44.127000Z",
    "request_id": "0d5b0b0d6f0b4b6c8d0c7a1b4f6e2a90",
    "key_id": "k3v5qz7a",
    "method": "POST",
    "path": "/v1/runs/{run_id}/cancel",
    "parameters": {"run_id": "06a2e338-cf44-4528-a6b1-19c221002140"},
    "status": 202,
    "client": "192.0.2.7",
}


class AuditFilters(PageParamsWithTotal):
    """Filters of the audit log."""

    key_id: Annotated[Text | None, Field(description="Requests with this key.")] = None
    since: Annotated[Instant | None, Field(description="At this time or later.")] = None


class AuditEntry(BaseModel):
    """One write request, or one decision about a model on the command line."""

    entry_id: int
    at: Annotated[Moment, Field(description="Time of the request.")]
    request_id: Annotated[str, Field(description="X-Request-Id of the response.")]
    key_id: Annotated[
        str,
        Field(
            description="Id of the key; `bootstrap`: the operator's key (REGULARS_API_KEY), `open`: a server without "
            "keys, `cli`: the command line."
        ),
    ]
    method: Annotated[str, Field(description="HTTP method; CLI for a decision about a model on the command line.")]
    path: Annotated[str, Field(description="Path template of the operation, or the command.")]
    parameters: Annotated[dict[str, str], Field(description="Path parameters, without customer ids.")]
    status: Annotated[
        int,
        Field(
            description="HTTP status; 499 if the client disconnected before the response. Of a command: 200, or 409 if "
            "it was refused."
        ),
    ]
    client: Annotated[str | None, Field(description="Address of the client.")]


class AuditEntryList(NullableFreshness, Page[AuditEntry]):
    """A page of the audit log."""

    model_config = example(list_example(ENTRY_EXAMPLE, extra=FRESHNESS_EXAMPLE))


@router.get("", summary="List audit entries", responses=problems(INVALID_CURSOR, INVALID))
@requires_scope("admin")
async def list_audit(reader: ReaderDependency, query: Annotated[AuditFilters, Query()]) -> AuditEntryList:
    """List write requests, successful or not, newest first. Requests without a valid key and requests above a rate
    limit are not included.

    Decisions about models on the command line are included: promote, discard, roll-back, refit-value, train --force.
    An entry has no secret, no body and no customer id.
    """
    statement = where_equal(select(audit_entry), {c.key_id: query.key_id})
    if query.since is not None:
        statement = statement.where(c.at >= query.since)
    return AuditEntryList.model_validate(await read_page(reader, statement, NEWEST_FIRST, query, "audit"))
