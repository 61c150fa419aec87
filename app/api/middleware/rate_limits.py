"""How often a key may ask, and an address may be wrong."""

import asyncio
import logging
import math
import time
from collections import OrderedDict
from ipaddress import IPv6Address, ip_address
from typing import Final, cast

from sqlalchemy import Engine
from starlette.types import Scope

from app.access.rate_limits import chunk_of, take_allowance
from app.api.core.grant import Grant
from app.api.core.problems import TOO_MANY, Problem
from app.api.middleware.response_headers import EXTRA_HEADERS

WINDOW_SECONDS: Final = 60
AWAY_SECONDS: Final = 5.0
MOST_FAILURES: Final = 30
MOST_ADDRESSES: Final = 10_000
log = logging.getLogger("regulars.access")


class Allowance:
    """What this process may still spend of a key's minute, and what was left to others when it last asked."""

    __slots__ = ("asking", "ends_at", "left", "others")

    def __init__(self) -> None:
        self.left, self.others, self.ends_at = 0, 0, 0.0
        self.asking: asyncio.Task[None] | None = None


class RateLimits:
    """Spends from memory; asks the database once for every twentieth of a limit.

    While the database is away a twentieth every few seconds passes, for health and errors to be told as ever.
    """

    def __init__(self) -> None:
        self.writer: Engine | None = None
        """Where the count stands, once the app has started."""
        self._of: dict[str, Allowance] = {}

    async def spend(self, grant: Grant, scope: Scope) -> None:
        """Let one request of a key pass and note its RateLimit fields; raises Problem where all are spent."""
        allowance = self._of.get(grant.key_id)
        if allowance is None:
            allowance = self._of[grant.key_id] = Allowance()
        while (now := time.monotonic()) >= allowance.ends_at or (not allowance.left and allowance.others):
            if allowance.asking is None:
                allowance.asking = asyncio.create_task(self._ask(grant, allowance))
            await asyncio.shield(allowance.asking)
        seconds = math.ceil(allowance.ends_at - now)
        if allowance.left:
            allowance.left -= 1
            scope[EXTRA_HEADERS] = _fields(grant.limit, allowance.left + allowance.others, seconds)
            return
        scope[EXTRA_HEADERS] = _fields(grant.limit, 0, seconds)
        spent = f"The key may send {grant.limit} requests a minute; the next begins in {seconds} s."
        raise Problem(TOO_MANY, spent, headers={"Retry-After": str(seconds)})

    async def _ask(self, grant: Grant, allowance: Allowance) -> None:
        now = time.monotonic()  # before the database looks at its clock: the minute ends here no later than there
        try:
            taken = await asyncio.to_thread(take_allowance, cast("Engine", self.writer), grant.key_id, grant.limit)
            allowance.left, allowance.others = taken.granted, taken.others
            allowance.ends_at = now + taken.seconds
        except Exception as error:  # noqa: BLE001  # whatever it is, who reads needs no count
            log.warning("requests of key %s are not counted now: %s", grant.key_id, error)
            allowance.left, allowance.others = chunk_of(grant.limit), 0
            allowance.ends_at = time.monotonic() + AWAY_SECONDS
        finally:
            allowance.asking = None


def _fields(limit: int, left: int, seconds: int) -> tuple[tuple[bytes, bytes], ...]:
    # draft-ietf-httpapi-ratelimit-headers-11
    return (
        (b"ratelimit-policy", b'"default";q=%d;w=%d' % (limit, WINDOW_SECONDS)),
        (b"ratelimit", b'"default";r=%d;t=%d' % (left, seconds)),
    )


class FailedAttempts:
    """How often addresses sent a wrong key of late; what is remembered is bounded."""

    def __init__(self) -> None:
        self._of: OrderedDict[str, tuple[int, float]] = OrderedDict()

    def wait(self, address: str) -> int:
        """Seconds for which no key is tried that comes from an address; 0: it may try."""
        count, ends_at = self._of.get(_network(address), (0, 0.0))
        left = ends_at - time.monotonic()
        return math.ceil(left) if count >= MOST_FAILURES and left > 0 else 0

    def note(self, address: str) -> None:
        """An address sent a wrong key."""
        network, now = _network(address), time.monotonic()
        count, ends_at = self._of.pop(network, (0, 0.0))
        self._of[network] = (count + 1, ends_at) if now < ends_at else (1, now + WINDOW_SECONDS)
        if len(self._of) > MOST_ADDRESSES:
            self._of.popitem(last=False)


def _network(address: str) -> str:
    try:
        found = ip_address(address)
    except ValueError:
        return address[:64]
    # One subscriber has a /64 of addresses to send from.
    return found.exploded[:19] if isinstance(found, IPv6Address) and not found.ipv4_mapped else str(found)
