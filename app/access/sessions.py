"""Sessions of the dashboard: an opaque token in a cookie, its digest and the digest of the API key in the database."""

import secrets
from dataclasses import dataclass
from datetime import timedelta
from hashlib import sha256
from typing import Any, Final

from sqlalchemy import Engine, Select, delete, func, insert, select

from app.access.tables import dashboard_session
from app.db.engine import translate_db_errors

SESSION_HOURS: Final = 12
TOKEN_BYTES: Final = 32
EXPIRED_ROWS: Final = 1_000
s = dashboard_session.c


@dataclass(frozen=True, slots=True)
class SessionKey:
    """API key of a session.

    Attributes:
        key_id: id of the key.
        secret_sha256: digest of the secret that signed in; a rotated key ends the session.
    """

    key_id: str
    secret_sha256: bytes


@translate_db_errors()
def begin_session(engine: Engine, key: SessionKey) -> str:
    """Create a session and return its token; expired sessions are deleted."""
    token, now = secrets.token_urlsafe(TOKEN_BYTES), func.clock_timestamp()
    values = {
        "token_sha256": _digest(token),
        "key_id": key.key_id,
        "secret_sha256": key.secret_sha256,
        "expires_at": now + timedelta(hours=SESSION_HOURS),
    }
    expired = select(s.token_sha256).where(s.expires_at < now).limit(EXPIRED_ROWS).with_for_update(skip_locked=True)
    with engine.begin() as connection:
        connection.execute(delete(dashboard_session).where(s.token_sha256.in_(expired)))
        connection.execute(insert(dashboard_session).values(values))
    return token


@translate_db_errors()
def end_session(engine: Engine, token: str) -> None:
    """Delete a session."""
    with engine.begin() as connection:
        connection.execute(delete(dashboard_session).where(s.token_sha256 == _digest(token)))


def session_query(token: str) -> Select[Any]:
    """Return the SELECT of the key of a session that has not expired."""
    is_open = s.expires_at > func.clock_timestamp()
    return select(s.key_id, s.secret_sha256).where(s.token_sha256 == _digest(token), is_open)


def _digest(token: str) -> bytes:
    return sha256(token.encode()).digest()
