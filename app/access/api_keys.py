"""API keys: create, rotate, revoke, list; each change notifies the processes of the API."""

import secrets
from base64 import b32encode
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from difflib import get_close_matches
from hashlib import sha256
from typing import Any, Final

from sqlalchemy import Connection, Engine, Row, exists, func, or_, select, update
from sqlalchemy.dialects.postgresql import insert as upsert

from app.access.scopes import ScopeName
from app.access.tables import api_key
from app.db.engine import translate_db_errors
from app.errors import InvalidSelection

API_KEYS_CHANNEL: Final = "regulars_keys"
KEY_PREFIX: Final = "rgl"
ID_BYTES: Final = 5
SECRET_BYTES: Final = 32
MAX_NAME_CHARACTERS: Final = 100
k = api_key.c
now: Final = func.clock_timestamp()


@dataclass(frozen=True, slots=True)
class NewKey:
    """A new key, `rgl_<key_id>_<secret>`, to be shown once."""

    key_id: str
    name: str
    key: str


@translate_db_errors()
def create(
    engine: Engine,
    name: str,
    scopes: Sequence[ScopeName],
    requests_a_minute: int | None = None,
    expires_at: datetime | None = None,
) -> NewKey:
    """Create a key.

    Args:
        requests_a_minute: rate limit; None for the default of the settings, 0 for no limit.

    Raises InvalidSelection for a malformed name, and for the name of an active key.
    """
    if not name.strip() or not name.isprintable() or len(name) > MAX_NAME_CHARACTERS:
        raise InvalidSelection(f"Invalid key name {name!r}: use 1 to {MAX_NAME_CHARACTERS} printable characters.")
    key_id, secret = _random(ID_BYTES), _random(SECRET_BYTES)
    values = {
        "key_id": key_id,
        "name": name,
        "secret_sha256": digest(secret.encode()),
        "scopes": list(scopes),
        "requests_a_minute": requests_a_minute,
        "expires_at": expires_at,
    }
    with engine.begin() as connection:
        # The id is random: only the name can collide.
        inserted = upsert(api_key).values(values).on_conflict_do_nothing().returning(k.key_id)
        if connection.execute(inserted).first() is None:
            raise InvalidSelection(f"A key named {name!r} exists already: rotate or revoke it, or give another name.")
        _notify(connection)
    return NewKey(key_id, name, f"{KEY_PREFIX}_{key_id}_{secret}")


@translate_db_errors()
def rotate(engine: Engine, id_or_name: str, grace: timedelta) -> NewKey:
    """Replace the secret of a key (id or name); the old one is valid for `grace`. Raises InvalidSelection."""
    secret = _random(SECRET_BYTES)
    values = {
        "secret_sha256": digest(secret.encode()),
        "previous_sha256": k.secret_sha256,
        "previous_until": now + grace,
    }
    with engine.begin() as connection:
        found = _find(connection, id_or_name)
        connection.execute(update(api_key).where(k.key_id == found.key_id).values(values))
        _notify(connection)
    return NewKey(found.key_id, found.name, f"{KEY_PREFIX}_{found.key_id}_{secret}")


@translate_db_errors()
def revoke(engine: Engine, id_or_name: str) -> str:
    """Revoke a key, by id or name, and return its id. Raises InvalidSelection."""
    with engine.begin() as connection:
        found = _find(connection, id_or_name)
        connection.execute(update(api_key).where(k.key_id == found.key_id).values(revoked_at=now))
        _notify(connection)
    return str(found.key_id)


@translate_db_errors()
def read_all(engine: Engine) -> list[dict[str, Any]]:
    """Return every key without its secrets, the oldest first, with its state: active, expired or revoked."""
    shown = [column for column in k if not column.name.endswith("_sha256")]
    is_expired = (k.expires_at <= now).label("is_expired")
    with engine.connect() as connection:
        rows = connection.execute(select(*shown, is_expired).order_by(k.created_at, k.key_id)).mappings().all()
    return [{**{n: v for n, v in row.items() if n != "is_expired"}, "state": _state(row)} for row in rows]


@translate_db_errors()
def has_keys(engine: Engine) -> bool:
    """Return whether a key was ever created."""
    with engine.connect() as connection:
        return connection.execute(select(exists(select(k.key_id)))).scalar_one()


@translate_db_errors()
def touch_last_used(engine: Engine, key_ids: Iterable[str]) -> None:
    """Record that keys were used just now."""
    with engine.begin() as connection:
        connection.execute(update(api_key).where(k.key_id.in_(list(key_ids))).values(last_used_at=now))


def digest(secret: bytes) -> bytes:
    """Return the SHA-256 of a secret; for 256 random bits a fast hash is as safe as a slow one."""
    return sha256(secret).digest()


def _random(count: int) -> str:
    return b32encode(secrets.token_bytes(count)).decode().rstrip("=").lower()


def _notify(connection: Connection) -> None:
    connection.execute(select(func.pg_notify(API_KEYS_CHANNEL, "")))


def _state(row: Any) -> str:
    return "revoked" if row["revoked_at"] else "expired" if row["is_expired"] else "active"


def _find(connection: Connection, id_or_name: str) -> Row[str, str]:
    is_active = (k.revoked_at.is_(None), or_(k.expires_at.is_(None), k.expires_at > now))
    active = connection.execute(select(k.key_id, k.name).where(*is_active).with_for_update()).all()
    found = [row for row in active if row.key_id == id_or_name] or [row for row in active if row.name == id_or_name]
    if not found:
        near = get_close_matches(id_or_name, [each for row in active for each in (row.key_id, row.name)], cutoff=0.5)
        hint = f"did you mean {' or '.join(dict.fromkeys(near))}?" if near else "list them with: regulars keys list"
        raise InvalidSelection(f"No active key {id_or_name!r}: {hint}")
    return found[0]
