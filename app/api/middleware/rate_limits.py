"""Rate limits per API key, and limits of failed attempts per address."""

import asyncio
import logging
import math
import time
from collections import OrderedDict
from dataclasses import dataclass
from ipaddress import IPv6Address, ip_address
from typing import Final, cast

from sqlalchemy import Engine
from starlette.types import Scope

from app.access.rate_limits import chunk_of, take_allowance
from app.api.core.grant import Grant
from app.api.core.problems import TOO_MANY, Problem
from app.api.middleware.response_headers import EXTRA_HEADERS

WINDOW_SECONDS: Final = 60
log = logging.getLogger("regulars.access")


class Allowance:
    """Requests of a key in the current minute that are reserved for this process.

    Attributes:
        left: reserved requests that are left.
        unreserved: unreserved requests of all processes at the last query.
        ends_at: end of the minute, by the monotonic clock.
        taking: running query that reserves more requests, or None.
    """

    __slots__ = ("ends_at", "left", "taking", "unreserved")

    def __init__(self) -> None:
        self.left, self.unreserved, self.ends_at = 0, 0, 0.0
        self.taking: asyncio.Task[None] | None = None


@dataclass(frozen=True, slots=True)
class CountTimings:
    """Timings of the counts in the database.

    Attributes:
        query_seconds: deadline of a query, after which the database counts as unavailable.
        uncounted_seconds: interval in which one chunk is allowed while the database is unavailable.
    """

    query_seconds: float = 2.0
    uncounted_seconds: float = 5.0


class RateLimits:
    """Rate limits counted in memory, with a query for each chunk of a twentieth of a limit.

    While the database is unavailable, one chunk is allowed every few seconds: the operations respond to these
    requests with 503, whereas a 429 would mean that the client sent too many.
    """

    def __init__(self, timings: CountTimings) -> None:
        self._timings = timings
        self.writer: Engine | None = None
        """Engine of the database with the counts, set at the start of the app."""
        self._allowances: dict[str, Allowance] = {}

    async def spend(self, grant: Grant, scope: Scope) -> None:
        """Count one request of a key and add its RateLimit headers; raises Problem if the limit is reached."""
        allowance = self._allowances.get(grant.key_id)
        if allowance is None:
            allowance = self._allowances[grant.key_id] = Allowance()
        while (now := time.monotonic()) >= allowance.ends_at or (not allowance.left and allowance.unreserved):
            if allowance.taking is None:
                allowance.taking = asyncio.create_task(self._take(grant, allowance))
            await asyncio.shield(allowance.taking)
        seconds = math.ceil(allowance.ends_at - now)
        if allowance.left:
            allowance.left -= 1
            scope[EXTRA_HEADERS] = _headers(grant.limit, allowance.left + allowance.unreserved, seconds)
            return
        scope[EXTRA_HEADERS] = _headers(grant.limit, 0, seconds)
        spent = f"The limit of the key is {grant.limit} requests a minute; the next minute begins in {seconds} s."
        raise Problem(TOO_MANY, spent, headers={"Retry-After": str(seconds)})

    async def _take(self, grant: Grant, allowance: Allowance) -> None:
        now = time.monotonic()  # before the query, so that the minute does not end later here than in the database
        try:
            async with asyncio.timeout(self._timings.query_seconds):
                taken = await asyncio.to_thread(take_allowance, cast("Engine", self.writer), grant.key_id, grant.limit)
            allowance.left, allowance.unreserved = taken.granted, taken.unreserved
            allowance.ends_at = now + taken.seconds
        except Exception as error:  # noqa: BLE001  # requests are served uncounted
            log.warning("rate limit of key %s not enforced: %s", grant.key_id, str(error) or "no answer in time")
            allowance.left, allowance.unreserved = chunk_of(grant.limit), 0
            allowance.ends_at = time.monotonic() + self._timings.uncounted_seconds
        finally:
            allowance.taking = None


def _headers(limit: int, left: int, seconds: int) -> tuple[tuple[bytes, bytes], ...]:
    # draft-ietf-httpapi-ratelimit-headers-11
    return (
        (b"ratelimit-policy", b'"default";q=%d;w=%d' % (limit, WINDOW_SECONDS)),
        (b"ratelimit", b'"default";r=%d;t=%d' % (left, seconds)),
    )


@dataclass(frozen=True, slots=True)
class AttemptLimits:
    """Limits of failed attempts.

    Attributes:
        failures: invalid keys that an address may send in a window.
        window_seconds: length of a window.
        addresses: number of stored addresses; the oldest is removed for a new one.
    """

    failures: int = 30
    window_seconds: float = 60.0
    addresses: int = 10_000


class FailedAttempts:
    """Number of invalid keys per address."""

    def __init__(self, limits: AttemptLimits) -> None:
        self._limits = limits
        self._windows: OrderedDict[str, tuple[int, float]] = OrderedDict()

    def seconds_until_allowed(self, address: str) -> int:
        """Return the seconds until an address may send another invalid key, 0 if it may now."""
        count, ends_at = self._windows.get(_network(address), (0, 0.0))
        left = ends_at - time.monotonic()
        return math.ceil(left) if count >= self._limits.failures and left > 0 else 0

    def record(self, address: str) -> None:
        """Record that an address sent an invalid key."""
        network, now = _network(address), time.monotonic()
        count, ends_at = self._windows.pop(network, (0, 0.0))
        is_open = now < ends_at
        self._windows[network] = (count + 1, ends_at) if is_open else (1, now + self._limits.window_seconds)
        if len(self._windows) > self._limits.addresses:
            self._windows.popitem(last=False)


def _network(address: str) -> str:
    try:
        found = ip_address(address)
    except ValueError:
        return address[:64]
    # A client usually has a /64 network of IPv6 addresses.
    return found.exploded[:19] if isinstance(found, IPv6Address) and not found.ipv4_mapped else str(found)
