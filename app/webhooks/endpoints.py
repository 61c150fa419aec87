"""Endpoints of webhooks: create, change, remove, send a test, redeliver, rotate the secret.

Functions with a connection write in the caller's transaction, which also stores the response to an idempotent request.
"""

import secrets
from base64 import b64encode
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final
from uuid import UUID, uuid4

from sqlalchemy import Connection, Engine, delete, func, insert, null, select, text, update

from app.db.engine import translate_db_errors
from app.errors import EndpointInactive, TooManyEndpoints
from app.webhooks.outbox import WEBHOOKS_CHANNEL, event_id
from app.webhooks.tables import TEST, EndpointState, webhook_delivery, webhook_endpoint, webhook_event, webhook_secret

MAX_ENDPOINTS: Final = 50
MAX_SECRETS: Final = 5
SECRET_BYTES: Final = 32
GRACE_HOURS: Final = 24
DUE: Final = {"state": "pending", "attempts": 0, "next_attempt_at": func.clock_timestamp(), "delivered_at": null()}
e, s, d = webhook_endpoint.c, webhook_secret.c, webhook_delivery.c


@dataclass(frozen=True, slots=True)
class Secret:
    """The newest secret of an endpoint.

    Attributes:
        endpoint_id: id of the endpoint.
        secret: the secret, shown only once.
        previous_expires_at: expiry of the previous secret; None if there is none.
    """

    endpoint_id: UUID
    secret: str = field(repr=False)
    previous_expires_at: datetime | None = None


def create(connection: Connection, values: Mapping[str, Any]) -> Secret:
    """Create an endpoint and its secret. Raises TooManyEndpoints."""
    connection.execute(select(func.pg_advisory_xact_lock(func.hashtext("regulars.webhook_endpoints"))))
    if connection.execute(select(func.count()).select_from(webhook_endpoint)).scalar_one() >= MAX_ENDPOINTS:
        raise TooManyEndpoints(f"there are {MAX_ENDPOINTS} webhooks already; delete one first")
    endpoint_id = uuid4()
    connection.execute(insert(webhook_endpoint).values(endpoint_id=endpoint_id, **values))
    return Secret(endpoint_id, _new_secret(connection, endpoint_id))


@translate_db_errors()
def change(engine: Engine, endpoint_id: UUID, values: Mapping[str, Any]) -> bool:
    """Change the given values of an endpoint; return whether it exists. Activation resets its failures."""
    reset: dict[str, str | None] = (
        {"state_reason": None, "failing_since": None} if values.get("state") == "active" else {}
    )
    if values.get("state") == "disabled":
        reset = {"state_reason": "disabled on request"}
    changed = update(webhook_endpoint).where(e.endpoint_id == endpoint_id)
    with engine.begin() as connection:
        found = connection.execute(changed.values(**values, **reset, updated_at=func.clock_timestamp())).rowcount == 1
        if found and values.get("state") == "active":
            _notify_dispatcher(connection)
        return found


@translate_db_errors()
def remove(engine: Engine, endpoint_id: UUID) -> bool:
    """Delete an endpoint with its secrets and deliveries; return whether it existed."""
    with engine.begin() as connection:
        # In the same lock order as `delivery_queue.record_outcome`.
        connection.execute(delete(webhook_delivery).where(d.endpoint_id == endpoint_id))
        return connection.execute(delete(webhook_endpoint).where(e.endpoint_id == endpoint_id)).rowcount == 1


def rotate(connection: Connection, endpoint_id: UUID) -> Secret | None:
    """Create a new secret; earlier secrets are also used for 24 hours. Returns None for an unknown endpoint."""
    if _lock(connection, endpoint_id) is None:
        return None
    newest = select(s.secret_id).where(s.endpoint_id == endpoint_id).order_by(s.secret_id.desc())
    secret_ids = connection.execute(newest).scalars().all()
    until = text(f"clock_timestamp() + interval '{GRACE_HOURS} hours'")
    ending = update(webhook_secret).where(s.endpoint_id == endpoint_id, s.expires_at.is_(None))
    expires_at = connection.execute(ending.values(expires_at=until).returning(s.expires_at)).scalar_one()
    expired = (s.secret_id.in_(secret_ids[MAX_SECRETS - 1 :])) | (s.expires_at < func.clock_timestamp())
    connection.execute(delete(webhook_secret).where(s.endpoint_id == endpoint_id, expired))
    return Secret(endpoint_id, _new_secret(connection, endpoint_id), expires_at)


def send_test(connection: Connection, endpoint_id: UUID) -> int | None:
    """Send a test event like any other event; return its delivery_id, None for an unknown endpoint.

    Raises EndpointInactive.
    """
    state = _lock(connection, endpoint_id)
    if state is None:
        return None
    _check_active(endpoint_id, state)
    event = {"event_id": event_id(), "type": TEST, "data": {"endpoint_id": str(endpoint_id)}}
    connection.execute(insert(webhook_event).values(event))
    row = {"event_id": event["event_id"], "endpoint_id": endpoint_id}
    delivery_id: int = connection.execute(insert(webhook_delivery).values(row).returning(d.delivery_id)).scalar_one()
    _notify_dispatcher(connection)
    return delivery_id


def redeliver(connection: Connection, endpoint_id: UUID, delivery_id: int) -> bool:
    """Send a delivery again immediately, with a new schedule of attempts; return whether it exists.

    Raises EndpointInactive.
    """
    state = _lock(connection, endpoint_id)
    one = (d.endpoint_id == endpoint_id, d.delivery_id == delivery_id)
    if state is None or connection.execute(select(d.delivery_id).where(*one)).first() is None:
        return False
    _check_active(endpoint_id, state)
    # An attempt in progress loses its claim: the event is sent once more.
    connection.execute(update(webhook_delivery).where(*one).values(**DUE, claim=None))
    _notify_dispatcher(connection)
    return True


def _lock(connection: Connection, endpoint_id: UUID) -> EndpointState | None:
    """Return the state of an endpoint, locked until the transaction ends; None for an unknown endpoint."""
    locked = select(e.state).where(e.endpoint_id == endpoint_id).with_for_update(key_share=True)
    return connection.execute(locked).scalar_one_or_none()


def _check_active(endpoint_id: UUID, state: EndpointState) -> None:
    if state != "active":
        raise EndpointInactive(f"webhook {endpoint_id} is {state}; set its state to active first")


def _new_secret(connection: Connection, endpoint_id: UUID) -> str:
    secret = "whsec_" + b64encode(secrets.token_bytes(SECRET_BYTES)).decode()
    connection.execute(insert(webhook_secret).values(endpoint_id=endpoint_id, secret=secret))
    return secret


def _notify_dispatcher(connection: Connection) -> None:
    connection.execute(select(func.pg_notify(WEBHOOKS_CHANNEL, "")))
