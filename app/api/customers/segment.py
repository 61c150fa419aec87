"""Segment lookup: the hot path, without recommendation and features."""

from collections.abc import Callable, Coroutine, Mapping
from datetime import date
from typing import Any, Final

from fastapi import APIRouter, Request, Response
from fastapi.routing import APIRoute
from pydantic import BaseModel
from pydantic_core import to_json
from sqlalchemy import Row, Select, and_, bindparam, select

from app.api.core.batch_loader import BatchLoader
from app.api.core.dependencies import SCHEMES, CustomerId, Reader, Reads, Scheme, SchemeName, storable
from app.api.core.freshness import EXAMPLE, Fresh
from app.api.core.openapi import problems
from app.api.core.path_converters import ANY_ID
from app.api.core.problems import INVALID, NO_MODEL, NOT_YET, UNKNOWN_CUSTOMER
from app.api.core.schemas import Cluster, SegmentName, SegmentSlug, Tier, example
from app.api.core.scopes import requires_scope
from app.api.core.snapshots import CURRENT, HISTORICAL, AsOf, Snapshot, read_snapshot, snapshot_for
from app.api.customers.profile import RFM_EXAMPLE, named_by, unknown
from app.segments.tables import segment_summary

FIELDS: Final = ("customer_id", "scheme", "segment", "slug", "tier", "cluster")
SEGMENT_EXAMPLE: Final = {name: RFM_EXAMPLE[name] for name in FIELDS}


class DirectRoute(APIRoute):
    """A route that calls its operation directly where a request has no query string.

    An id may be any text, so that there is nothing to validate; FastAPI's validation takes a third of the time.
    """

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """Return the handler of requests, for FastAPI."""
        validating = super().get_route_handler()

        async def handle(request: Request) -> Response:
            if request.scope["query_string"]:
                return await validating(request)
            customer_id = storable(request.path_params["customer_id"])
            return await get_customer_segment(request, request.app.state.reader, customer_id)

        return handle


router = APIRouter(prefix="/v1/customers", tags=["customers"], route_class=DirectRoute)


class SegmentOnly(BaseModel):
    """A customer and the segment."""

    customer_id: str
    scheme: SchemeName
    segment: SegmentName
    slug: SegmentSlug
    tier: Tier
    cluster: Cluster


class CustomerSegment(Fresh, SegmentOnly):
    """The segment of a customer."""

    model_config = example({**SEGMENT_EXAMPLE, **EXAMPLE})


def _many(states: Snapshot, scheme: SchemeName) -> Select[Any]:
    rows, s = states.rows, segment_summary.c
    known = rows.join(segment_summary, named_by(rows, scheme))
    is_requested = and_(rows.c.run_id == states.run, rows.c.customer_id == bindparam("ids").any_())
    columns = (rows.c.customer_id, rows.c.as_of, rows.c.cluster, s.segment, s.slug, s.tier)
    return select(states.head, *columns).select_from(states.head.outerjoin(known, is_requested))


MANY: Final = {(states, scheme): _many(states, scheme) for states in (CURRENT, HISTORICAL) for scheme in SCHEMES}


@router.get(
    f"/{ANY_ID}/segment",
    summary="Get the segment of a customer",
    response_model=CustomerSegment,
    responses=problems(UNKNOWN_CUSTOMER, NOT_YET, INVALID, NO_MODEL),
)
@requires_scope("customers:read")
async def get_customer_segment(
    request: Request, reader: Reads, customer_id: CustomerId, scheme: Scheme = "kmeans", as_of: AsOf = None
) -> Response:
    """Get the segment only: the fastest operation, for systems that look up a customer at every contact.

    Send the `ETag` as `If-None-Match`: an unchanged answer is a 304 without a body.
    """
    if as_of is None:
        lookups: Mapping[str, BatchLoader[str, bytes | None]] = request.app.state.lookups
        found = await lookups[scheme].get(customer_id)
    else:
        found = (await look_up_segments(reader, scheme, [customer_id], as_of))[customer_id]
    if found is None:
        raise unknown(customer_id)
    return Response(found, media_type="application/json")


async def look_up_segments(
    reader: Reader, scheme: SchemeName, ids: list[str], as_of: date | None = None
) -> dict[str, bytes | None]:
    """Return a CustomerSegment of each customer as JSON, None for unknown ones; one SELECT."""
    rows = await read_snapshot(reader, MANY[snapshot_for(as_of), scheme], {"ids": ids}, as_of)
    beside = reader.fresh(rows[0], today=as_of)
    found = {row.customer_id: _as_json(row, scheme, beside) for row in rows if row.customer_id is not None}
    return {customer_id: found.get(customer_id) for customer_id in ids}


def _as_json(row: Row[Any], scheme: SchemeName, beside: Mapping[str, Any]) -> bytes:
    segment = {
        "customer_id": row.customer_id,
        "scheme": scheme,
        "segment": row.segment,
        "slug": row.slug,
        "tier": row.tier,
        "cluster": row.cluster,
    }
    return to_json({**segment, **beside, "as_of": row.as_of})
