"""Deliveries of a webhook: what was sent, what the receiver said, and once more, please."""

from typing import Annotated, Any, Final
from uuid import UUID

from fastapi import APIRouter, Path, Query, Request, Response
from pydantic import Field, TypeAdapter
from sqlalchemy import case, null, select
from starlette.concurrency import run_in_threadpool

from app.api.core.dependencies import Reader, Reads, Writes
from app.api.core.idempotency import IdempotencyKey
from app.api.core.openapi import problems
from app.api.core.pagination import Keyset, Paging, read_page, where_equal
from app.api.core.problems import INVALID, INVALID_CURSOR, Problem
from app.api.core.schemas import LARGEST_ID
from app.api.core.scopes import requires_scope
from app.api.webhooks.problems import UNKNOWN_DELIVERY, UNKNOWN_WEBHOOK, WEBHOOK_INACTIVE
from app.api.webhooks.routes import EndpointId, read_webhook, unknown_webhook
from app.api.webhooks.schemas import AcceptedDelivery, Delivery, DeliveryList, DeliveryState
from app.db.param_types import Integer64
from app.errors import EndpointInactive
from app.webhooks import endpoints
from app.webhooks.tables import webhook_delivery, webhook_event

router = APIRouter(prefix="/v1/webhooks/{endpoint_id}", tags=["webhooks"])
DeliveryId = Annotated[int, Path(ge=1, le=LARGEST_ID, description="As the list gives it.")]
NEWEST_FIRST: Final = Keyset(("delivery_id",), TypeAdapter(tuple[Integer64]), is_descending=True)
d = webhook_delivery.c
SHOWN: Final = ("delivery_id", "endpoint_id", "event_id", "state", "attempts", "created_at", "last_attempt_at")
OUTCOME: Final = ("delivered_at", "status", "response_body", "error")
DELIVERIES: Final = select(
    *(d[name] for name in (*SHOWN, *OUTCOME)),
    case((d.claim.is_(None), d.next_attempt_at), else_=null()).label("next_attempt_at"),
    webhook_event.c.type,
    webhook_event.c.data,
).join_from(webhook_delivery, webhook_event, webhook_event.c.event_id == d.event_id)
ACCEPTED: Final[dict[int | str, dict[str, Any]]] = {
    202: {
        "description": "Sent in a moment; poll the address in Location.",
        "headers": {"Location": {"description": "Address of the delivery.", "schema": {"type": "string"}}},
    },
}


class Deliveries(Paging):
    """Filters of deliveries."""

    state: Annotated[DeliveryState | None, Field(description="Deliveries in this state.")] = None


@router.get(
    "/deliveries", summary="Deliveries, the newest first", responses=problems(INVALID_CURSOR, UNKNOWN_WEBHOOK, INVALID)
)
@requires_scope("webhooks:write")
async def list_webhook_deliveries(
    reader: Reads, endpoint_id: EndpointId, query: Annotated[Deliveries, Query()]
) -> DeliveryList:
    """What this webhook was told in the last 30 days, what it answered, and what is still to come."""
    statement = where_equal(DELIVERIES, {d.endpoint_id: endpoint_id, d.state: query.state})
    page = await read_page(reader, statement, NEWEST_FIRST, query, f"deliveries of {endpoint_id}")
    if not page["data"]:
        await read_webhook(reader, endpoint_id)
    return DeliveryList.model_validate(page)


@router.get(
    "/deliveries/{delivery_id}", summary="A delivery", responses=problems(UNKNOWN_WEBHOOK, UNKNOWN_DELIVERY, INVALID)
)
@requires_scope("webhooks:write")
async def get_webhook_delivery(reader: Reads, endpoint_id: EndpointId, delivery_id: DeliveryId) -> Delivery:
    """How the delivery of an event went; ask again until the state is not pending."""
    return Delivery.model_validate(await _read(reader, endpoint_id, delivery_id))


@router.post(
    "/test",
    status_code=202,
    summary="Send a test event",
    responses={**ACCEPTED, **problems(UNKNOWN_WEBHOOK, WEBHOOK_INACTIVE, INVALID)},
)
@requires_scope("webhooks:write")
async def send_test_event(
    request: Request,
    response: Response,
    reader: Reads,
    writer: Writes,
    endpoint_id: EndpointId,
    idempotency_key: IdempotencyKey,
) -> AcceptedDelivery:
    """Send `webhook.test` as any other event is sent: signed, retried, listed among the deliveries."""
    try:
        delivery_id = await run_in_threadpool(endpoints.send_test, writer, endpoint_id, idempotency_key)
    except EndpointInactive as error:
        raise _inactive(error) from None
    if delivery_id is None:
        raise unknown_webhook(endpoint_id)
    return await _accepted(request, response, reader, endpoint_id, delivery_id)


@router.post(
    "/deliveries/{delivery_id}/redeliver",
    status_code=202,
    summary="Send an event again",
    responses={**ACCEPTED, **problems(UNKNOWN_WEBHOOK, UNKNOWN_DELIVERY, WEBHOOK_INACTIVE, INVALID)},
)
@requires_scope("webhooks:write")
async def redeliver_webhook(
    request: Request,
    response: Response,
    reader: Reads,
    writer: Writes,
    endpoint_id: EndpointId,
    delivery_id: DeliveryId,
    idempotency_key: IdempotencyKey,
) -> AcceptedDelivery:
    """Send an event again at once, under the same `webhook-id`, however its delivery went before."""
    try:
        found = await run_in_threadpool(endpoints.redeliver, writer, endpoint_id, delivery_id, idempotency_key)
    except EndpointInactive as error:
        raise _inactive(error) from None
    if not found:
        await read_webhook(reader, endpoint_id)
        raise _unknown(endpoint_id, delivery_id)
    return await _accepted(request, response, reader, endpoint_id, delivery_id)


async def _accepted(
    request: Request, response: Response, reader: Reader, endpoint_id: UUID, delivery_id: int
) -> AcceptedDelivery:
    root = request.scope.get("root_path", "")
    response.headers["Location"] = f"{root}/v1/webhooks/{endpoint_id}/deliveries/{delivery_id}"
    return AcceptedDelivery.model_validate(await _read(reader, endpoint_id, delivery_id))


async def _read(reader: Reader, endpoint_id: UUID, delivery_id: int) -> dict[str, Any]:
    found = await reader.rows(DELIVERIES.where(d.endpoint_id == endpoint_id, d.delivery_id == delivery_id))
    if not found:
        await read_webhook(reader, endpoint_id)
        raise _unknown(endpoint_id, delivery_id)
    return dict(found[0]._mapping)  # noqa: SLF001  # its public name


def _unknown(endpoint_id: UUID, delivery_id: int) -> Problem:
    return Problem(UNKNOWN_DELIVERY, f"Webhook {endpoint_id} has no delivery {delivery_id}; they are kept 30 days.")


def _inactive(error: EndpointInactive) -> Problem:
    return Problem(WEBHOOK_INACTIVE, f"{str(error).capitalize()}.")
