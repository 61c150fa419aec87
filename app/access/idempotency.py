"""Idempotency keys: a repeated request returns the stored response and has no effect."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from sqlalchemy import Connection, Engine, delete, func, or_, select, text, tuple_, update
from sqlalchemy.dialects.postgresql import insert as upsert

from app.access.tables import idempotency_key
from app.db.engine import translate_db_errors
from app.errors import IdempotencyConflict

RETENTION_HOURS: Final = 24
EXPIRED_ROWS: Final = 1_000
i = idempotency_key.c


@dataclass(frozen=True, slots=True)
class IdempotentRequest:
    """A request with an idempotency key.

    Attributes:
        owner: id of the API key of the client.
        key: the client's idempotency key.
        operation: method and path template.
        request_hash: SHA-256 of method, path, query and body.
    """

    owner: str
    key: str
    operation: str
    request_hash: bytes


@dataclass(frozen=True, slots=True)
class StoredResponse:
    """A stored response: status, headers and JSON body."""

    status: int
    body: str = field(repr=False)
    headers: Mapping[str, str] = field(default_factory=dict)


@translate_db_errors()
def respond_once(
    engine: Engine, request: IdempotentRequest | None, effect: Callable[[Connection], StoredResponse]
) -> StoredResponse:
    """Return the response stored for a request, or run its effect and store the response, in one transaction.

    A concurrent request with the same key waits for the first to commit. An error inside the effect stores nothing.

    Args:
        request: the request; None without a key: the effect always runs.
        effect: function that writes in the transaction and returns the response.

    Raises IdempotencyConflict if the key was used for another request.
    """
    with engine.begin() as connection:
        if request is None:
            return effect(connection)
        _delete_expired(connection)
        if not _claim(connection, request):
            return _stored(connection, request)
        response = effect(connection)
        values = {"status": response.status, "body": response.body, "headers": dict(response.headers)}
        connection.execute(update(idempotency_key).where(*_same(request)).values(values))
        return response


def _claim(connection: Connection, request: IdempotentRequest) -> bool:
    """Insert the key and return whether it is new; waits for a concurrent insert of the same key."""
    values = {
        "owner": request.owner,
        "key": request.key,
        "operation": request.operation,
        "request_hash": request.request_hash,
    }
    inserted = upsert(idempotency_key).values(values).on_conflict_do_nothing().returning(i.key)
    return connection.execute(inserted).first() is not None


def _stored(connection: Connection, request: IdempotentRequest) -> StoredResponse:
    row = connection.execute(select(idempotency_key).where(*_same(request))).one()
    if (row.operation, bytes(row.request_hash)) != (request.operation, request.request_hash):
        raise IdempotencyConflict("the idempotency key was used for another request")
    return StoredResponse(row.status, row.body, row.headers)


def _same(request: IdempotentRequest) -> tuple[Any, ...]:
    return i.owner == request.owner, i.key == request.key


def _delete_expired(connection: Connection) -> None:
    now, retention = func.clock_timestamp(), text(f"interval '{RETENTION_HOURS} hours'")
    # A key that is further ahead was recorded by a wrong clock.
    is_expired = or_(i.created_at < now - retention, i.created_at > now + retention)
    # Without waiting for a transaction that deletes or replays the same rows.
    expired = select(i.owner, i.key).where(is_expired).limit(EXPIRED_ROWS).with_for_update(skip_locked=True)
    connection.execute(delete(idempotency_key).where(tuple_(i.owner, i.key).in_(expired)))
