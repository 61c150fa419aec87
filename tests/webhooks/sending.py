"""Endpoints, events for them, and rounds of attempts at a time of the test's choice."""

import asyncio
import ssl
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Engine

from app.settings.private_hosts import PrivateHosts
from app.webhooks import delivery_queue
from app.webhooks.endpoints import Secret, create
from app.webhooks.outbox import emit_quality_failed
from app.webhooks.sender import DEFAULT_TIMINGS, Outcome, Sender, SenderTimings, Sending
from app.webhooks.tables import ENTERED, EXITED, QUALITY_FAILED, RUN_COMPLETED
from app.webhooks.url_policy import resolve
from tests.loading import query
from tests.receiver import Receiver

ALL = [ENTERED, EXITED, RUN_COMPLETED, QUALITY_FAILED]
LOOPBACK = PrivateHosts.parse("127.0.0.0/8")
ROW = "select state, attempts, status, response_body, error from webhooks.webhook_delivery order by delivery_id"


def endpoint(engine: Engine, url: str, **given: Any) -> Secret:
    values = {"url": url, "events": ALL, "scheme": "kmeans", "segments": None, "batch": False, "description": None}
    with engine.begin() as connection:
        return create(connection, {**values, **given})


def emit(engine: Engine, *reasons: str) -> None:
    """An event for every endpoint, with no customer in it."""
    with engine.begin() as connection:
        for reason in reasons or ("gate",):
            emit_quality_failed(connection, reason)


def sender(
    allowed: PrivateHosts = LOOPBACK,
    resolve: Any = resolve,
    trust: ssl.SSLContext | None = None,
    timings: SenderTimings = DEFAULT_TIMINGS,
) -> Sender:
    return Sender(allowed, resolve, trust, timings)


def post(sending: Sending | Sequence[Sending], by: Sender | None = None) -> list[Outcome]:
    """Attempts at once."""
    several = [sending] if isinstance(sending, Sending) else sending

    async def attempt() -> list[Outcome]:
        async with by or sender() as it:
            return await asyncio.gather(*(it.send(each) for each in several))

    return asyncio.run(attempt())


def deliver(engine: Engine, now: datetime | None = None, by: Sender | None = None) -> int:
    """One round at a moment; the number of attempts."""
    claimed = delivery_queue.claim(engine, now)
    for sending, outcome in zip(claimed, post(claimed, by), strict=True):
        delivery_queue.record_outcome(engine, sending, outcome, now)
    return len(claimed)


def later(**given: float) -> datetime:
    return datetime.now(UTC) + timedelta(**given)


def sending_to(url: str, secrets: Sequence[str] = ()) -> Sending:
    """A delivery without a database."""
    now = datetime.now(UTC)
    return Sending(1, UUID(int=0), 1, now, url, list(secrets), "evt_1", QUALITY_FAILED, now, {"reason": "Bücher"})


def seen(receiver: Receiver) -> list[str]:
    """The reasons in the received events, in their order."""
    return [each.body.decode().split('"reason":"')[1].split('"')[0] for each in receiver.received]


def rows(engine: Engine) -> list[tuple[Any, ...]]:
    return query(engine, ROW)
