"""Who is told: endpoints are made, changed, deleted, tried out; their secrets are renewed."""

import secrets
from base64 import b64encode
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final
from uuid import UUID, uuid4

from sqlalchemy import Connection, Engine, delete, func, insert, null, select, text, update

from app.db.engine import translated
from app.errors import EndpointInactive, IdempotencyConflict, TooManyEndpoints
from app.webhooks.outbox import CHANNEL, event_id
from app.webhooks.tables import TEST, webhook_delivery, webhook_endpoint, webhook_event, webhook_secret

MOST_ENDPOINTS: Final = 50
MOST_SECRETS: Final = 5
SECRET_BYTES: Final = 32
GRACE_HOURS: Final = 24
AGAIN: Final = {"state": "pending", "attempts": 0, "next_attempt_at": func.clock_timestamp(), "delivered_at": null()}
e, s, d = webhook_endpoint.c, webhook_secret.c, webhook_delivery.c


@dataclass(frozen=True, slots=True)
class Secret:
    """The newest secret of an endpoint, and until when the one before it signs too."""

    endpoint_id: UUID
    secret: str = field(repr=False)
    previous_expires_at: datetime | None = None


@translated()
def create(engine: Engine, values: Mapping[str, Any], idempotency_key: str | None = None) -> Secret:
    """A new endpoint and its secret; raises TooManyEndpoints.

    The same idempotency key is answered with what it made first; raises KeyReused where that is another endpoint.
    """
    with engine.begin() as connection:
        connection.execute(select(func.pg_advisory_xact_lock(func.hashtext("regulars.webhook_endpoints"))))
        known = connection.execute(select(webhook_endpoint).where(e.idempotency_key == idempotency_key)).mappings()
        if idempotency_key is not None and (made := known.one_or_none()) is not None:
            if any(made[name] != value for name, value in values.items()):
                raise IdempotencyConflict("the idempotency key made another webhook before")
            first = select(s.secret).where(s.endpoint_id == made["endpoint_id"]).order_by(s.secret_id).limit(1)
            return Secret(made["endpoint_id"], connection.execute(first).scalar_one())
        if connection.execute(select(func.count()).select_from(webhook_endpoint)).scalar_one() >= MOST_ENDPOINTS:
            raise TooManyEndpoints(f"there are {MOST_ENDPOINTS} webhooks already; delete one first")
        endpoint_id = uuid4()
        key = {"endpoint_id": endpoint_id, "idempotency_key": idempotency_key}
        connection.execute(insert(webhook_endpoint).values(**key, **values))
        return Secret(endpoint_id, _new_secret(connection, endpoint_id))


@translated()
def change(engine: Engine, endpoint_id: UUID, values: Mapping[str, Any]) -> bool:
    """Change what is given of an endpoint; whether there is one. Made active again, it begins with a clean slate."""
    slate: dict[str, str | None] = (
        {"state_reason": None, "failing_since": None} if values.get("state") == "active" else {}
    )
    if values.get("state") == "disabled":
        slate = {"state_reason": "disabled on request"}
    changed = update(webhook_endpoint).where(e.endpoint_id == endpoint_id)
    with engine.begin() as connection:
        found = connection.execute(changed.values(**values, **slate, updated_at=func.clock_timestamp())).rowcount == 1
        if found and values.get("state") == "active":
            _wake(connection)
        return found


@translated()
def remove(engine: Engine, endpoint_id: UUID) -> bool:
    """Delete an endpoint with its secrets and deliveries; whether there was one."""
    with engine.begin() as connection:
        # In the order in which an attempt that ends locks them.
        connection.execute(delete(webhook_delivery).where(d.endpoint_id == endpoint_id))
        return connection.execute(delete(webhook_endpoint).where(e.endpoint_id == endpoint_id)).rowcount == 1


@translated()
def rotate(engine: Engine, endpoint_id: UUID, idempotency_key: str | None = None) -> Secret | None:
    """A new secret; those before it sign too for 24 hours. None where there is no such endpoint."""
    with engine.begin() as connection:
        if _lock(connection, endpoint_id) is None:
            return None
        newest = select(webhook_secret).where(s.endpoint_id == endpoint_id).order_by(s.secret_id.desc())
        held = connection.execute(newest).all()
        if idempotency_key is not None:
            for newer, older in zip(held, [*held[1:], None], strict=True):
                if newer.idempotency_key == idempotency_key:
                    return Secret(endpoint_id, newer.secret, older.expires_at if older else None)
        until = text(f"clock_timestamp() + interval '{GRACE_HOURS} hours'")
        ending = update(webhook_secret).where(s.endpoint_id == endpoint_id, s.expires_at.is_(None))
        expires_at = connection.execute(ending.values(expires_at=until).returning(s.expires_at)).scalar_one()
        dropped = [each.secret_id for each in held[MOST_SECRETS - 1 :]]
        spent = (s.secret_id.in_(dropped)) | (s.expires_at < func.clock_timestamp())
        connection.execute(delete(webhook_secret).where(s.endpoint_id == endpoint_id, spent))
        return Secret(endpoint_id, _new_secret(connection, endpoint_id, idempotency_key), expires_at)


@translated()
def send_test(engine: Engine, endpoint_id: UUID, idempotency_key: str | None = None) -> int | None:
    """Send an event that says nothing, as any other is sent; its delivery_id, None where there is no such endpoint.

    Raises EndpointInactive.
    """
    with engine.begin() as connection:
        state = _lock(connection, endpoint_id)
        if state is None:
            return None
        asked = (d.endpoint_id == endpoint_id, d.idempotency_key == idempotency_key)
        made = connection.execute(select(d.delivery_id).where(*asked)).scalar() if idempotency_key else None
        if made is not None:
            return int(made)
        if state != "active":
            raise EndpointInactive(f"webhook {endpoint_id} is {state}; make it active first")
        event = {"event_id": event_id(), "type": TEST, "data": {"endpoint_id": str(endpoint_id)}}
        connection.execute(insert(webhook_event).values(event))
        row = {"event_id": event["event_id"], "endpoint_id": endpoint_id, "idempotency_key": idempotency_key}
        delivery_id: int = connection.execute(
            insert(webhook_delivery).values(row).returning(d.delivery_id)
        ).scalar_one()
        _wake(connection)
        return delivery_id


@translated()
def redeliver(engine: Engine, endpoint_id: UUID, delivery_id: int, idempotency_key: str | None = None) -> bool:
    """Send a delivery again, at once and from the beginning of the schedule; whether there is one.

    The same idempotency key sends it once. Raises EndpointInactive.
    """
    with engine.begin() as connection:
        state = _lock(connection, endpoint_id)
        one = (d.endpoint_id == endpoint_id, d.delivery_id == delivery_id)
        row = connection.execute(select(d.idempotency_key, d.claim).where(*one)).one_or_none()
        if state is None or row is None:
            return False
        if idempotency_key is not None and row.idempotency_key == idempotency_key:
            return True
        if state != "active":
            raise EndpointInactive(f"webhook {endpoint_id} is {state}; make it active first")
        # One that is being sent now keeps its claim no longer: it is sent once more.
        connection.execute(
            update(webhook_delivery).where(*one).values(**AGAIN, claim=None, idempotency_key=idempotency_key)
        )
        _wake(connection)
        return True


def _lock(connection: Connection, endpoint_id: UUID) -> str | None:
    """The state of an endpoint, which stays until the transaction ends; None where there is none."""
    locked = select(e.state).where(e.endpoint_id == endpoint_id).with_for_update(key_share=True)
    return connection.execute(locked).scalar_one_or_none()


def _new_secret(connection: Connection, endpoint_id: UUID, idempotency_key: str | None = None) -> str:
    secret = "whsec_" + b64encode(secrets.token_bytes(SECRET_BYTES)).decode()
    row = {"endpoint_id": endpoint_id, "secret": secret, "idempotency_key": idempotency_key}
    connection.execute(insert(webhook_secret).values(row))
    return secret


def _wake(connection: Connection) -> None:
    connection.execute(select(func.pg_notify(CHANNEL, "")))
