"""Get the segment of one customer."""

from collections.abc import Mapping
from datetime import date
from functools import partial
from typing import Any, Final

from fastapi import APIRouter, Request, Response
from fastapi.routing import APIRoute
from pydantic import BaseModel
from pydantic_core import to_json
from starlette.types import Receive, Scope, Send

from app.api.core.dependencies import SCHEMES, Reader, ReaderDependency, Scheme, SchemeName, reader, storable
from app.api.core.freshness import FRESHNESS_EXAMPLE, Freshness
from app.api.core.openapi import problems
from app.api.core.path_converters import CUSTOMER_ID
from app.api.core.problems import INVALID, NO_MODEL, NOT_YET
from app.api.core.schemas import Cluster, SegmentName, SegmentSlug, Tier, example
from app.api.core.scopes import requires_scope
from app.api.core.segment_lookup import SegmentLookupDependency, segment_fields, segment_lookup, segment_query
from app.api.core.snapshots import HISTORICAL, AsOf, read_snapshot
from app.api.customers.customer_id import Requested, RequestedId, find_customer
from app.api.customers.problems import NO_SEGMENT, UNKNOWN_CUSTOMER
from app.api.customers.profile import RFM_EXAMPLE, without_segment

FIELDS: Final = ("customer_id", "scheme", "segment", "slug", "tier", "cluster")
SEGMENT_EXAMPLE: Final = {name: RFM_EXAMPLE[name] for name in FIELDS}


class UnvalidatedRoute(APIRoute):
    """Route that calls its endpoint directly for requests without a query string.

    A customer id can be any text, so that there is nothing to validate, and FastAPI's validation would take a third of
    the time of a lookup.
    """

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self._validated, self.app = self.app, self._respond

    async def _respond(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["query_string"]:
            await self._validated(scope, receive, send)
            return
        request = Request(scope)
        found = await reader(request)
        requested = RequestedId.read(found, storable(request.path_params["customer_id"]))
        response = await get_customer_segment(await segment_lookup(request), found, requested)
        await response(scope, receive, send)


router = APIRouter(prefix="/v1/customers", tags=["customers"], route_class=UnvalidatedRoute)


class CustomerSegmentFields(BaseModel):
    """Segment of a customer."""

    customer_id: str
    scheme: SchemeName
    segment: SegmentName
    slug: SegmentSlug
    tier: Tier
    cluster: Cluster


class CustomerSegment(Freshness, CustomerSegmentFields):
    """Segment of a customer, with its freshness."""

    model_config = example({**SEGMENT_EXAMPLE, **FRESHNESS_EXAMPLE})


HISTORICAL_QUERY: Final = {scheme: segment_query(HISTORICAL, scheme) for scheme in SCHEMES}


@router.get(
    f"/{CUSTOMER_ID}/segment",
    operation_id="get_customer_segment",
    summary="Get the segment of a customer",
    response_model=CustomerSegment,
    responses=problems(UNKNOWN_CUSTOMER, NO_SEGMENT, NOT_YET, INVALID, NO_MODEL),
)
@requires_scope("customers:read")
async def get_customer_segment(
    lookup: SegmentLookupDependency,
    reader: ReaderDependency,
    requested: Requested,
    scheme: Scheme = "kmeans",
    as_of: AsOf = None,
) -> Response:
    """Get the segment only: the fastest operation.

    Send the `ETag` as `If-None-Match` to get a 304 for an unchanged response.
    """
    find = partial(lookup.find, scheme) if as_of is None else partial(_find_at, reader, scheme, as_of)
    found = await find_customer(reader, requested, find)
    if found is None:
        raise await without_segment(reader, scheme, requested, as_of)
    return Response(to_json(found), media_type="application/json")


async def _find_at(reader: Reader, scheme: SchemeName, as_of: date, customer_id: str) -> Mapping[str, Any] | None:
    rows = await read_snapshot(reader, HISTORICAL_QUERY[scheme], {"ids": [customer_id]}, as_of)
    row = rows[0]
    return None if row.customer_id is None else segment_fields(row, scheme, reader.freshness_fields(row, today=as_of))
