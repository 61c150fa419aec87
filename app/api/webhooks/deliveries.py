"""Deliveries of a webhook: list, get, test and redeliver."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated, Any, Final
from uuid import UUID

from fastapi import APIRouter, Path, Query, Request, Response
from pydantic import Field, TypeAdapter
from sqlalchemy import Connection, case, null, select

from app.api.core.dependencies import Reader, ReaderDependency
from app.api.core.idempotency import IdempotencyDependency
from app.api.core.openapi import problems
from app.api.core.pagination import Keyset, PageParamsWithTotal, read_page, where_equal
from app.api.core.problems import INVALID, INVALID_CURSOR, KEY_REUSED, Problem, as_sentence
from app.api.core.schemas import MAX_ID
from app.api.core.scopes import requires_scope
from app.api.webhooks.problems import UNKNOWN_DELIVERY, UNKNOWN_WEBHOOK, WEBHOOK_INACTIVE
from app.api.webhooks.routes import EndpointId, read_webhook, unknown_webhook
from app.api.webhooks.schemas import AcceptedDelivery, Delivery, DeliveryList
from app.db.param_types import Integer64
from app.errors import EndpointInactive
from app.webhooks import endpoints
from app.webhooks.tables import DeliveryState, webhook_delivery, webhook_event

router = APIRouter(prefix="/v1/webhooks/{endpoint_id}", tags=["webhooks"])
DeliveryId = Annotated[int, Path(ge=1, le=MAX_ID, description="As in the list.")]
NEWEST_FIRST: Final = Keyset(("delivery_id",), TypeAdapter(tuple[Integer64]), is_descending=True)
d = webhook_delivery.c
DELIVERY_COLUMNS: Final = (
    "delivery_id",
    "endpoint_id",
    "event_id",
    "state",
    "attempts",
    "created_at",
    "last_attempt_at",
)
OUTCOME: Final = ("delivered_at", "status", "response_body", "error")
DELIVERIES: Final = select(
    *(d[name] for name in (*DELIVERY_COLUMNS, *OUTCOME)),
    case((d.claim.is_(None), d.next_attempt_at), else_=null()).label("next_attempt_at"),
    webhook_event.c.type,
    webhook_event.c.data,
).join_from(webhook_delivery, webhook_event, webhook_event.c.event_id == d.event_id)
REDELIVERY_RESPONSES: Final[dict[int | str, dict[str, Any]]] = {
    202: {
        "description": "Queued; poll the address in Location.",
        "headers": {"Location": {"description": "Address of the delivery.", "schema": {"type": "string"}}},
    },
}


class DeliveryFilters(PageParamsWithTotal):
    """Filters of deliveries."""

    state: Annotated[list[DeliveryState] | None, Field(description="In one of these states.")] = None


@router.get("/deliveries", summary="List deliveries", responses=problems(INVALID_CURSOR, UNKNOWN_WEBHOOK, INVALID))
@requires_scope("webhooks:write")
async def list_webhook_deliveries(
    reader: ReaderDependency, endpoint_id: EndpointId, query: Annotated[DeliveryFilters, Query()]
) -> DeliveryList:
    """List the deliveries of a webhook, newest first, with event, response of the receiver, and next attempt."""
    statement = where_equal(DELIVERIES, {d.endpoint_id: endpoint_id, d.state: query.state})
    page = await read_page(reader, statement, NEWEST_FIRST, query, f"deliveries of {endpoint_id}")
    if not page["data"]:
        await read_webhook(reader, endpoint_id)
    return DeliveryList.model_validate(page)


@router.get(
    "/deliveries/{delivery_id}",
    summary="Get a delivery",
    responses=problems(UNKNOWN_WEBHOOK, UNKNOWN_DELIVERY, INVALID),
)
@requires_scope("webhooks:write")
async def get_webhook_delivery(reader: ReaderDependency, endpoint_id: EndpointId, delivery_id: DeliveryId) -> Delivery:
    """Get the delivery of an event; poll until the state is not pending."""
    return Delivery.model_validate(await _read(reader, endpoint_id, delivery_id))


@router.post(
    "/test",
    status_code=202,
    summary="Send a test event",
    response_model=AcceptedDelivery,
    responses={**REDELIVERY_RESPONSES, **problems(UNKNOWN_WEBHOOK, WEBHOOK_INACTIVE, INVALID, KEY_REUSED)},
)
@requires_scope("webhooks:write")
async def send_test_event(request: Request, endpoint_id: EndpointId, responder: IdempotencyDependency) -> Response:
    """Send a `webhook.test` event, which is signed, retried and listed like any other event."""

    def send(connection: Connection) -> tuple[AcceptedDelivery, dict[str, str]]:
        with _active():
            delivery_id = endpoints.send_test(connection, endpoint_id)
        if delivery_id is None:
            raise unknown_webhook(endpoint_id)
        return _accepted(request, connection, endpoint_id, delivery_id)

    return await responder.respond(202, send)


@router.post(
    "/deliveries/{delivery_id}/redeliver",
    status_code=202,
    summary="Redeliver an event",
    response_model=AcceptedDelivery,
    responses={
        **REDELIVERY_RESPONSES,
        **problems(UNKNOWN_WEBHOOK, UNKNOWN_DELIVERY, WEBHOOK_INACTIVE, INVALID, KEY_REUSED),
    },
)
@requires_scope("webhooks:write")
async def redeliver_webhook(
    request: Request,
    reader: ReaderDependency,
    endpoint_id: EndpointId,
    delivery_id: DeliveryId,
    responder: IdempotencyDependency,
) -> Response:
    """Send an event again immediately, with the same `webhook-id`, after any result of its delivery."""
    await read_webhook(reader, endpoint_id)

    def send(connection: Connection) -> tuple[AcceptedDelivery, dict[str, str]]:
        with _active():
            found = endpoints.redeliver(connection, endpoint_id, delivery_id)
        if not found:
            raise _unknown(endpoint_id, delivery_id)
        return _accepted(request, connection, endpoint_id, delivery_id)

    return await responder.respond(202, send)


def _accepted(
    request: Request, connection: Connection, endpoint_id: UUID, delivery_id: int
) -> tuple[AcceptedDelivery, dict[str, str]]:
    row = connection.execute(DELIVERIES.where(d.delivery_id == delivery_id)).mappings().one()
    location = f"{request.scope.get('root_path', '')}/v1/webhooks/{endpoint_id}/deliveries/{delivery_id}"
    return AcceptedDelivery.model_validate(row), {"Location": location}


async def _read(reader: Reader, endpoint_id: UUID, delivery_id: int) -> dict[str, Any]:
    found = await reader.rows(DELIVERIES.where(d.endpoint_id == endpoint_id, d.delivery_id == delivery_id))
    if not found:
        await read_webhook(reader, endpoint_id)
        raise _unknown(endpoint_id, delivery_id)
    return dict(found[0]._mapping)  # noqa: SLF001  # _mapping is public API of SQLAlchemy


def _unknown(endpoint_id: UUID, delivery_id: int) -> Problem:
    return Problem(
        UNKNOWN_DELIVERY, f"Webhook {endpoint_id} has no delivery {delivery_id}; deliveries are kept for 30 days."
    )


@contextmanager
def _active() -> Iterator[None]:
    try:
        yield
    except EndpointInactive as error:
        raise Problem(WEBHOOK_INACTIVE, as_sentence(error)) from None
