"""Webhooks: create, update, delete, and rotate secrets."""

import asyncio
from difflib import get_close_matches
from typing import Annotated, Any, Final
from uuid import UUID

from fastapi import APIRouter, Path, Query, Request, Response
from pydantic import AwareDatetime, TypeAdapter
from sqlalchemy import Connection, select
from starlette.concurrency import run_in_threadpool

from app.api.core.dependencies import AnySchemeName, Reader, ReaderDependency, WriterDependency
from app.api.core.idempotency import IdempotencyDependency
from app.api.core.openapi import problems
from app.api.core.pagination import Keyset, PageParamsWithTotal, read_page
from app.api.core.problems import (
    INVALID,
    INVALID_CURSOR,
    KEY_REUSED,
    TOO_LARGE,
    UNREADABLE,
    Problem,
    as_sentence,
    quoted,
)
from app.api.core.scopes import requires_scope
from app.api.webhooks.problems import ADDRESS_REFUSED, TOO_MANY_WEBHOOKS, UNKNOWN_WEBHOOK
from app.api.webhooks.schemas import CreatedWebhook, RotatedSecret, Webhook, WebhookChange, WebhookList, WebhookRequest
from app.errors import AddressRefused, TooManyEndpoints
from app.segments.custom.definitions import CURRENT_SLUGS
from app.segments.model.schemes import CUSTOM
from app.segments.model.segment_table.fields import slug_of
from app.segments.model.segment_table.table import SegmentTable
from app.webhooks import endpoints
from app.webhooks.tables import webhook_endpoint
from app.webhooks.url_policy import NOT_PUBLIC, addresses_of, read_url, resolve

router = APIRouter(prefix="/v1/webhooks", tags=["webhooks"])
RESOLVE_SECONDS: Final = 5.0
EndpointId = Annotated[UUID, Path(description="As in the list, or in the response that created it.")]
BY_AGE: Final = Keyset(("created_at", "endpoint_id"), TypeAdapter(tuple[AwareDatetime, UUID]))
WEBHOOKS: Final = select(webhook_endpoint)
CREATED: Final[dict[int | str, dict[str, Any]]] = {
    201: {
        "description": "Created; the secret is shown only in this response.",
        "headers": {"Location": {"description": "Address of the webhook.", "schema": {"type": "string"}}},
    },
    **problems(UNREADABLE, TOO_MANY_WEBHOOKS, TOO_LARGE, INVALID, ADDRESS_REFUSED, KEY_REUSED),
}


@router.get("", summary="List webhooks", responses=problems(INVALID_CURSOR, INVALID))
@requires_scope("webhooks:write")
async def list_webhooks(reader: ReaderDependency, query: Annotated[PageParamsWithTotal, Query()]) -> WebhookList:
    """List the webhooks, oldest first, without their secrets."""
    return WebhookList.model_validate(await read_page(reader, WEBHOOKS, BY_AGE, query, "webhooks"))


@router.post("", status_code=201, summary="Create a webhook", response_model=CreatedWebhook, responses=CREATED)
@requires_scope("webhooks:write")
async def create_webhook(
    request: Request, body: WebhookRequest, reader: ReaderDependency, responder: IdempotencyDependency
) -> Response:
    """Create a webhook. New events are sent to its URL at least once, signed as specified by Standard Webhooks and
    retried for three days; `GET /v1/changes` has earlier changes.

    The secret is only in this response, and in responses to repetitions with the same `Idempotency-Key`.
    """
    await _check_address(body.url, reader)
    values = _stored(body.model_dump() | {"segments": await _slugs(reader, body.segments, body.scheme)})

    def create(connection: Connection) -> tuple[CreatedWebhook, dict[str, str]]:
        try:
            made = endpoints.create(connection, values)
        except TooManyEndpoints as error:
            raise Problem(TOO_MANY_WEBHOOKS, as_sentence(error)) from None
        one = WEBHOOKS.where(webhook_endpoint.c.endpoint_id == made.endpoint_id)
        row = connection.execute(one).mappings().one()
        location = f"{request.scope.get('root_path', '')}/v1/webhooks/{made.endpoint_id}"
        body = CreatedWebhook.model_validate({**row, "secret": made.secret})
        return body, {"Location": location, "Cache-Control": "no-store"}

    return await responder.respond(201, create)


@router.get("/{endpoint_id}", summary="Get a webhook", responses=problems(UNKNOWN_WEBHOOK, INVALID))
@requires_scope("webhooks:write")
async def get_webhook(reader: ReaderDependency, endpoint_id: EndpointId) -> Webhook:
    """Get a webhook: its events, filters and state."""
    return Webhook.model_validate(await read_webhook(reader, endpoint_id))


@router.patch(
    "/{endpoint_id}",
    summary="Update a webhook",
    responses=problems(UNREADABLE, UNKNOWN_WEBHOOK, TOO_LARGE, INVALID, ADDRESS_REFUSED),
)
@requires_scope("webhooks:write")
async def update_webhook(
    body: WebhookChange, reader: ReaderDependency, writer: WriterDependency, endpoint_id: EndpointId
) -> Webhook:
    """Update a webhook. `{"state": "active"}` activates a disabled or gone webhook. Its pending deliveries are
    sent; events that occurred meanwhile are not: read them from `GET /v1/changes`.
    """
    current = await read_webhook(reader, endpoint_id)
    values = body.model_dump(exclude_unset=True)
    if "url" in values:
        await _check_address(values["url"], reader)
    if values.keys() & {"segments", "scheme"}:
        scheme, segments = (values.get(name, current[name]) for name in ("scheme", "segments"))
        values |= {
            "scheme": scheme,
            "segments": await _slugs(reader, segments, scheme),
        }  # stored together, so that concurrent updates keep them consistent
    if not values:
        return Webhook.model_validate(current)
    if not await run_in_threadpool(endpoints.change, writer, endpoint_id, _stored(values)):
        raise unknown_webhook(endpoint_id)
    return Webhook.model_validate(await read_webhook(reader, endpoint_id))


@router.delete("/{endpoint_id}", summary="Delete a webhook", responses=problems(UNKNOWN_WEBHOOK, INVALID))
@requires_scope("webhooks:write")
async def delete_webhook(reader: ReaderDependency, writer: WriterDependency, endpoint_id: EndpointId) -> Webhook:
    """Delete a webhook with its secrets and deliveries; return the deleted webhook."""
    deleted = await read_webhook(reader, endpoint_id)
    if not await run_in_threadpool(endpoints.remove, writer, endpoint_id):
        raise unknown_webhook(endpoint_id)
    return Webhook.model_validate(deleted)


@router.post(
    "/{endpoint_id}/rotate-secret",
    summary="Rotate the secret",
    response_model=RotatedSecret,
    responses=problems(UNKNOWN_WEBHOOK, INVALID, KEY_REUSED),
)
@requires_scope("webhooks:write")
async def rotate_webhook_secret(endpoint_id: EndpointId, responder: IdempotencyDependency) -> Response:
    """Create a new secret. For 24 hours events are signed with both secrets, so that the receiver can be updated."""

    def rotate(connection: Connection) -> tuple[RotatedSecret, dict[str, str]]:
        made = endpoints.rotate(connection, endpoint_id)
        if made is None:
            raise unknown_webhook(endpoint_id)
        body = RotatedSecret(endpoint_id=endpoint_id, secret=made.secret, previous_expires_at=made.previous_expires_at)
        return body, {"Cache-Control": "no-store"}

    return await responder.respond(200, rotate)


async def read_webhook(reader: Reader, endpoint_id: UUID) -> dict[str, Any]:
    """Return a webhook's row; raises Problem if there is none."""
    found = await reader.rows(WEBHOOKS.where(webhook_endpoint.c.endpoint_id == endpoint_id))
    if not found:
        raise unknown_webhook(endpoint_id)
    return dict(found[0]._mapping)  # noqa: SLF001  # _mapping is public API of SQLAlchemy


def unknown_webhook(endpoint_id: UUID) -> Problem:
    """Return the problem for an unknown webhook."""
    return Problem(UNKNOWN_WEBHOOK, f"The webhook {endpoint_id} does not exist; list the webhooks.")


def _stored(values: dict[str, Any]) -> dict[str, Any]:
    return values | ({"events": list(dict.fromkeys(values["events"]))} if "events" in values else {})


async def _check_address(url: str, reader: Reader) -> None:
    try:
        async with asyncio.timeout(RESOLVE_SECONDS):
            await addresses_of(read_url(url), reader.settings.webhook_allow_private, resolve)
    except (AddressRefused, TimeoutError) as refused:
        reason = str(refused) or NOT_PUBLIC
        errors = [{"detail": reason, "pointer": "#/url"}]
        raise Problem(ADDRESS_REFUSED, f"The address cannot be called: {reason}.", errors=errors) from None


async def _slugs(reader: Reader, segments: list[str] | None, scheme: AnySchemeName) -> list[str] | None:
    """Return the slugs of segments given by slug or name; raises Problem for one that the scheme does not have."""
    if segments is None:
        return None
    if scheme == CUSTOM:
        known = [row.slug for row in await reader.rows(CURRENT_SLUGS)]
    else:
        table = await run_in_threadpool(SegmentTable.load)
        known = [segment.slug for segment in getattr(table, scheme)]
    slugs = [slug_of(each) for each in segments]
    errors = []
    for position, slug in enumerate(slugs):
        if slug not in known:
            near = get_close_matches(slug, known, cutoff=0.5)
            hint = f"; did you mean {', '.join(near)}?" if near else ""
            detail = f"the scheme {scheme} has no segment {quoted(segments[position])}{hint}"
            errors.append({"detail": detail, "pointer": f"#/segments/{position}"})
    if errors:
        raise Problem(INVALID, f"body {errors[0]['pointer']}: {errors[0]['detail']}", errors=errors)
    return list(dict.fromkeys(slugs))
