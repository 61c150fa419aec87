"""Keys in memory: who asks is known without asking the database, and a key that was revoked is gone at once.

Every change is told by NOTIFY; whatever was missed is seen a few seconds later. While the database is away what was
known last holds: then there is nothing to be read with it either.
"""

import asyncio
import logging
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from hashlib import sha256
from secrets import compare_digest, token_bytes
from typing import Any, Final

from sqlalchemy import select

from app.access.api_keys import CHANNEL, PREFIX, digest
from app.access.audit_log import BOOTSTRAP, OPEN
from app.access.scopes import ADMIN, SCOPES
from app.access.tables import api_key
from app.api.core.dependencies import Reader
from app.api.core.grant import Grant
from app.db.listen import listen
from app.errors import RegularsError
from app.settings import Settings

POLL_SECONDS: Final = 5.0
FIRST_LOAD_SECONDS: Final = 5.0
LONGEST_HEADER: Final = 512
MOST_VERIFIED: Final = 10_000
k = api_key.c
KEYS: Final = select(
    *(k.key_id, k.secret_sha256, k.previous_sha256, k.previous_until, k.scopes),
    *(k.requests_a_minute, k.expires_at, k.revoked_at),
).order_by(k.key_id)
log = logging.getLogger("regulars.access")


EVERYTHING: Final = frozenset(SCOPES)
OPEN_GRANT: Final = Grant(OPEN, EVERYTHING)
NOBODY: Final = Grant("", frozenset(), until=0.0, secret=token_bytes(32))
"""Whom unknown keys are compared with, so that they cost what known ones do."""


def bearer(authorization: bytes) -> bytes | None:
    """The key in a header of this value, None where there is none or it is longer than any."""
    scheme, _, given = authorization.partition(b" ")
    is_bearer = scheme.lower() == b"bearer" and len(authorization) <= LONGEST_HEADER
    return given.strip() or None if is_bearer else None


class ApiKeys:
    """The keys, as they stood a moment ago. `is_guarded` is None until it is known whether there are any."""

    def __init__(self, settings: Settings, bootstrap: str | None) -> None:
        self._limit = settings.rate_limit
        self._bootstrap = Grant(BOOTSTRAP, EVERYTHING, secret=digest(bootstrap.encode())) if bootstrap else NOBODY
        self.is_guarded: bool | None = True if bootstrap else None
        self.is_loaded = False
        self._rows: list[Any] = []
        self._grants: Mapping[bytes, tuple[Grant, ...]] = {}
        self._verified: dict[bytes, Grant] = {}
        self._changed = asyncio.Event()
        self._is_stopping = False

    def remembered(self, authorization: bytes) -> Grant | None:
        """Whom a header of this value was found to be of before, if it still holds: one hash and one look."""
        grant = self._verified.get(sha256(authorization).digest())
        if grant is None or time.time() >= grant.until:
            return None
        grant.is_used = True
        return grant

    def verify(self, authorization: bytes) -> Grant | None:
        """Whom a header of this value is of. Which part of it is wrong cannot be told from the time this takes."""
        token = bearer(authorization) or b""
        prefix, _, rest = token.partition(b"_")
        key_id, _, secret = rest.partition(b"_")
        found = self._bootstrap if compare_digest(digest(token), self._bootstrap.secret) else NOBODY
        hashed = digest(secret)
        for grant in self._grants.get(key_id, (NOBODY, NOBODY)):
            if compare_digest(hashed, grant.secret) and prefix == PREFIX.encode():
                found = grant
        if found is NOBODY or time.time() >= found.until:
            return None
        found.is_used = True
        if len(self._verified) >= MOST_VERIFIED:
            self._verified.clear()
        self._verified[sha256(authorization).digest()] = found
        return found

    def used(self) -> list[str]:
        """Ids of the keys that were used since this was asked last."""
        used = [grant for grants in self._grants.values() for grant in grants if grant.is_used]
        for grant in used:
            grant.is_used = False
        return sorted({grant.key_id for grant in used})

    def replace(self, rows: list[Any]) -> None:
        """Take the rows of KEYS for what holds from now on. Once there was a key, the server stays guarded."""
        self.is_guarded = bool(self.is_guarded) or bool(rows)
        self.is_loaded = True
        if rows == self._rows:
            return
        self._rows = rows
        before = {grant.secret: grant.is_used for grants in self._grants.values() for grant in grants}
        self._grants = {row.key_id.encode(): self._of(row) for row in rows if row.revoked_at is None}
        now = {grant.secret: grant for grants in self._grants.values() for grant in grants if grant is not NOBODY}
        for secret, grant in now.items():
            grant.is_used = before.get(secret, False)
        now[self._bootstrap.secret] = self._bootstrap
        self._verified = {key: now[old.secret] for key, old in self._verified.items() if old.secret in now}

    def _of(self, row: Any) -> tuple[Grant, Grant]:
        scopes = EVERYTHING if ADMIN in row.scopes else frozenset(row.scopes)
        limit = self._limit if row.requests_a_minute is None else row.requests_a_minute
        until = row.expires_at.timestamp() if row.expires_at else float("inf")
        current = Grant(row.key_id, scopes, limit, until, bytes(row.secret_sha256))
        if row.previous_sha256 is None:
            return current, NOBODY
        until = min(until, row.previous_until.timestamp())
        return current, Grant(row.key_id, scopes, limit, until, bytes(row.previous_sha256))

    @asynccontextmanager
    async def following(self, reader: Reader) -> AsyncIterator[None]:
        """Stay at what the database says while the context lasts."""
        with suppress(TimeoutError):
            async with asyncio.timeout(FIRST_LOAD_SECONDS):
                await self._load(reader)
        following = asyncio.create_task(self._follow(reader))
        listening = asyncio.create_task(listen(reader.engine.url, CHANNEL, self._changed.set))
        try:
            yield
        finally:
            # What follows ends by itself: to be cancelled while it connects would leave a connection behind.
            self._is_stopping = True
            self._changed.set()
            listening.cancel()
            await asyncio.wait([following, listening])

    async def _follow(self, reader: Reader) -> None:
        while not self._is_stopping:
            with suppress(TimeoutError):
                async with asyncio.timeout(POLL_SECONDS):
                    await self._changed.wait()
            self._changed.clear()
            if not self._is_stopping:
                await self._load(reader)

    async def _load(self, reader: Reader) -> None:
        try:
            self.replace(list(await reader.rows(KEYS)))
        except RegularsError as error:
            log.warning("the keys that were known last hold: %s", error)
        except Exception:  # nothing may end what follows the keys
            log.exception("the keys could not be read")
