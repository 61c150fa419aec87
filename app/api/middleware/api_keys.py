"""In-memory cache of API keys, refreshed by NOTIFY, and by polling in case a notification is lost.

A request is authenticated without a query, and a revoked key is refused immediately. While the database is unavailable,
the cached keys remain valid.
"""

import asyncio
import logging
import re
import time
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from hashlib import sha256
from secrets import compare_digest, token_bytes
from typing import Any, Final

from sqlalchemy import select

from app.access.api_keys import API_KEYS_CHANNEL, KEY_PREFIX, digest
from app.access.audit_log import BOOTSTRAP, WITHOUT_KEY
from app.access.scopes import ADMIN, SCOPES
from app.access.tables import api_key
from app.api.core.dependencies import Reader
from app.api.core.grant import Grant
from app.db.listen import listen
from app.errors import RegularsError
from app.settings import Settings

MAX_HEADER_BYTES: Final = 512
UNGUESSABLE_LENGTH: Final = 32
"""Minimum length of an operator's key that cannot be guessed; attempts at a shorter key are limited."""
KEY_ID: Final = re.compile(rb"[a-z2-7]{1,16}")
k = api_key.c
KEYS: Final = select(
    *(k.key_id, k.secret_sha256, k.previous_sha256, k.previous_until, k.scopes),
    *(k.requests_a_minute, k.expires_at, k.revoked_at),
).order_by(k.key_id)
log = logging.getLogger("regulars.access")

ALL_SCOPES: Final = frozenset(SCOPES)
WITHOUT_KEY_GRANT: Final = Grant(WITHOUT_KEY, ALL_SCOPES)
NO_GRANT: Final = Grant("", frozenset(), until=0.0, secret_sha256=token_bytes(32))
"""Placeholder for unknown keys, so that they are verified in the same time as known keys."""


@dataclass(frozen=True, slots=True)
class KeyRefresh:
    """Timings of the cache.

    Attributes:
        poll_seconds: interval between two reads of the keys without a notification.
        first_load_seconds: longest wait for the first read at the start of the app.
        max_verified: number of cached verified headers.
    """

    poll_seconds: float = 5.0
    first_load_seconds: float = 5.0
    max_verified: int = 10_000


def bearer(authorization: bytes) -> bytes | None:
    """Return the key of an Authorization header, None if it has none or is longer than any key."""
    scheme, _, credentials = authorization.partition(b" ")
    is_bearer = scheme.lower() == b"bearer" and len(authorization) <= MAX_HEADER_BYTES
    return credentials.strip() or None if is_bearer else None


class ApiKeys:
    """Cached keys.

    Attributes:
        is_guarded: whether requests need a key; None until the keys were read.
        is_loaded: whether the keys were read.
    """

    def __init__(self, settings: Settings, operator_key: str | None, refresh: KeyRefresh) -> None:
        self._limit, self._refresh = settings.rate_limit, refresh
        self._operator_grant = (
            Grant(BOOTSTRAP, ALL_SCOPES, secret_sha256=digest(operator_key.encode())) if operator_key else NO_GRANT
        )
        self._is_guessable = operator_key is not None and len(operator_key) < UNGUESSABLE_LENGTH
        self.is_guarded: bool | None = True if operator_key else None
        self.is_loaded = False
        self._rows: list[Any] = []
        self._grants: Mapping[bytes, tuple[Grant, ...]] = {}
        self._verified: dict[bytes, Grant] = {}
        self._changed = asyncio.Event()
        self._is_stopping = False

    def cached_grant(self, authorization: bytes) -> Grant | None:
        """Return the cached grant of a verified header, None if it has expired."""
        grant = self._verified.get(sha256(authorization).digest())
        if grant is None or time.time() >= grant.until:
            return None
        grant.is_used = True
        return grant

    def verify(self, authorization: bytes, *, tries_guessable: bool = True) -> Grant | None:
        """Return the grant of a header, None for an invalid key, in a time that does not depend on the reason.

        Args:
            authorization: value of the header.
            tries_guessable: whether to compare an operator's key that is short enough to be guessed.
        """
        token = bearer(authorization) or b""
        prefix, key_id, secret = _split(token)
        is_operator = compare_digest(digest(token), self._operator_grant.secret_sha256)
        found = self._operator_grant if is_operator and (tries_guessable or not self._is_guessable) else NO_GRANT
        hashed = digest(secret)
        for grant in self._grants.get(key_id, (NO_GRANT, NO_GRANT)):
            if compare_digest(hashed, grant.secret_sha256) and prefix == KEY_PREFIX.encode():
                found = grant
        if found is NO_GRANT or time.time() >= found.until:
            return None
        found.is_used = True
        if len(self._verified) >= self._refresh.max_verified:
            self._verified.clear()
        self._verified[sha256(authorization).digest()] = found
        return found

    def grant_of(self, key_id: str, secret_sha256: bytes) -> Grant | None:
        """Return the grant of a key that was verified before, None if it is revoked, expired or rotated."""
        known = (*self._grants.get(key_id.encode(), ()), self._operator_grant)
        for grant in known:
            if grant.key_id == key_id and compare_digest(secret_sha256, grant.secret_sha256):
                grant.is_used = True
                return grant if time.time() < grant.until else None
        return None

    def refusal_reason(self, credentials: Sequence[bytes]) -> str:
        """Return the reason of a refusal for the log, without the secret."""
        if len(credentials) != 1:
            return "several Authorization headers"
        prefix, key_id, _ = _split(bearer(credentials[0]) or b"")
        if prefix != KEY_PREFIX.encode() or not KEY_ID.fullmatch(key_id):
            return "malformed key"
        name = key_id.decode()
        row = next((row for row in self._rows if row.key_id == name), None)
        if row is None:
            return f"unknown key {name}"
        if row.revoked_at is not None:
            return f"revoked key {name}"
        if row.expires_at is not None and time.time() >= row.expires_at.timestamp():
            return f"expired key {name}"
        return f"wrong secret of key {name}"

    def take_used(self) -> list[str]:
        """Return the ids of keys used since the last call."""
        used = [grant for grants in self._grants.values() for grant in grants if grant.is_used]
        for grant in used:
            grant.is_used = False
        return sorted({grant.key_id for grant in used})

    def replace(self, rows: list[Any]) -> None:
        """Replace the cache by the rows of KEYS. After the first key was created, requests need a key permanently."""
        self.is_guarded = bool(self.is_guarded) or bool(rows)
        self.is_loaded = True
        if rows == self._rows:
            return
        self._rows = rows
        before = {grant.secret_sha256: grant.is_used for grants in self._grants.values() for grant in grants}
        self._grants = {row.key_id.encode(): self._grants_of(row) for row in rows if row.revoked_at is None}
        now = {
            grant.secret_sha256: grant for grants in self._grants.values() for grant in grants if grant is not NO_GRANT
        }
        for secret_sha256, grant in now.items():
            grant.is_used = before.get(secret_sha256, False)
        now[self._operator_grant.secret_sha256] = self._operator_grant
        self._verified = {
            key: now[old.secret_sha256] for key, old in self._verified.items() if old.secret_sha256 in now
        }

    def _grants_of(self, row: Any) -> tuple[Grant, Grant]:
        scopes = ALL_SCOPES if ADMIN in row.scopes else frozenset(row.scopes)
        limit = self._limit if row.requests_a_minute is None else row.requests_a_minute
        until = row.expires_at.timestamp() if row.expires_at else float("inf")
        current = Grant(row.key_id, scopes, limit, until, bytes(row.secret_sha256))
        if row.previous_sha256 is None:
            return current, NO_GRANT
        until = min(until, row.previous_until.timestamp())
        return current, Grant(row.key_id, scopes, limit, until, bytes(row.previous_sha256))

    @asynccontextmanager
    async def refreshed(self, reader: Reader) -> AsyncIterator[None]:
        """Refresh the cache during the context."""
        loading = asyncio.create_task(self._load(reader))
        await asyncio.wait([loading], timeout=self._refresh.first_load_seconds)
        following = asyncio.create_task(self._follow(reader))
        listening = asyncio.create_task(listen(reader.engine.url, API_KEYS_CHANNEL, self._changed.set))
        try:
            yield
        finally:
            # Not cancelled: a load cancelled while it connects would leak a connection.
            self._is_stopping = True
            self._changed.set()
            listening.cancel()
            await asyncio.wait([loading, following, listening])

    async def _follow(self, reader: Reader) -> None:
        while not self._is_stopping:
            with suppress(TimeoutError):
                async with asyncio.timeout(self._refresh.poll_seconds):
                    await self._changed.wait()
            self._changed.clear()
            if not self._is_stopping:
                await self._load(reader)

    async def _load(self, reader: Reader) -> None:
        try:
            self.replace(list(await reader.rows(KEYS)))
        except RegularsError as error:
            log.warning("API keys not refreshed, the cached ones remain valid: %s", error)
        except Exception:  # the loop must continue
            log.exception("API keys not refreshed, the cached ones remain valid")


def _split(token: bytes) -> tuple[bytes, bytes, bytes]:
    prefix, _, rest = token.partition(b"_")
    key_id, _, secret = rest.partition(b"_")
    return prefix, key_id, secret
