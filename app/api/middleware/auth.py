"""Authentication by API keys with scopes; a server without keys accepts requests from its own machine only."""

import logging
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import lru_cache
from ipaddress import IPv6Address, ip_address
from typing import Final

from sqlalchemy import Engine
from starlette.middleware.body_limit import RequestBodyLimitMiddleware
from starlette.types import ASGIApp, Receive, Scope, Send

from app.access.audit_log import WITHOUT_KEY
from app.access.scopes import ScopeName
from app.api.core.dependencies import Reader
from app.api.core.grant import GRANT, Grant
from app.api.core.problems import NO_DATABASE, NOT_ALLOWED, UNAUTHORIZED, Problem
from app.api.core.route_table import API_PREFIX, METRICS_PATH, READ_METHODS, RouteTable
from app.api.core.routing import ROUTE, route_path
from app.api.core.throttle import Throttle
from app.api.middleware.api_keys import WITHOUT_KEY_GRANT, ApiKeys, KeyRefresh, bearer
from app.api.middleware.audit_log import AuditedRequest, AuditLogWriter, AuditTimings
from app.api.middleware.rate_limits import AttemptLimits, CountTimings, FailedAttempts, RateLimits
from app.errors import Misconfigured
from app.settings import Settings

PUBLIC_PATHS: Final = frozenset({"/", "/docs", "/docs/start.js", "/openapi.json", "/problems"})
PUBLIC_PREFIXES: Final = ("/health/", "/docs/assets/", "/problems/")
CHALLENGE: Final = 'Bearer realm="regulars"'
INVALID_TOKEN: Final = {"WWW-Authenticate": f'{CHALLENGE}, error="invalid_token"'}
METRICS_SCOPE: Final[ScopeName] = "metrics:read"
LOCAL_METRICS_GRANT: Final = Grant(WITHOUT_KEY, frozenset({METRICS_SCOPE}))
"""Grant of a request for metrics from this machine, without a key, to a server with keys."""
FORWARDED: Final = frozenset({b"forwarded", b"via", b"x-forwarded-for", b"x-forwarded-host", b"x-real-ip"})
"""Headers that proxies add."""
BEHIND_PROXY: Final = (
    "This server has no API key and accepts requests from its own machine only, not through a proxy. "
    "Create a key (regulars keys create) or set REGULARS_API_KEY."
)
REFUSALS_LOGGED_A_MINUTE: Final = 60
log = logging.getLogger("regulars.access")


def api_key(settings: Settings) -> str | None:
    """Return the operator's key of the settings, None if it is missing or empty."""
    key = settings.api_key.get_secret_value().strip() if settings.api_key else ""
    return key or None


def check_binding(settings: Settings, *, has_keys: bool) -> None:
    """Raise Misconfigured if other machines could send requests without a key.

    Args:
        settings: host to bind and operator's key.
        has_keys: whether a key was ever created in the database.
    """
    if not has_keys and api_key(settings) is None and not is_loopback(settings.host):
        raise Misconfigured(
            f"cannot bind {settings.host!r} without an API key; create one (regulars keys create), set "
            "REGULARS_API_KEY to a long random text, or REGULARS_HOST to 127.0.0.1"
        )


def is_public(path: str) -> bool:
    """Return whether a path needs no key: health checks and documentation."""
    return not path.startswith(API_PREFIX) and (path in PUBLIC_PATHS or path.startswith(PUBLIC_PREFIXES))


@lru_cache(maxsize=1024)
def is_loopback(host: str) -> bool:
    """Return whether an address is a loopback address or `localhost`; other names are not resolved."""
    if host.lower() == "localhost":
        return True
    try:
        address = ip_address(host.strip("[]"))
    except ValueError:
        return False
    mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    return (mapped or address).is_loopback


@dataclass(frozen=True, slots=True)
class AccessTuning:
    """Timings and sizes of the authentication.

    Attributes:
        keys: refresh of the cached API keys.
        counts: timings of the rate limits.
        attempts: limits of invalid keys per address.
        audit: writer of the audit log.
    """

    keys: KeyRefresh = field(default_factory=KeyRefresh)
    counts: CountTimings = field(default_factory=CountTimings)
    attempts: AttemptLimits = field(default_factory=AttemptLimits)
    audit: AuditTimings = field(default_factory=AuditTimings)


class Access:
    """State of the authentication: keys, rate limits, failed attempts, operations, audit log."""

    def __init__(self, settings: Settings, tuning: AccessTuning) -> None:
        self.keys = ApiKeys(settings, api_key(settings), tuning.keys)
        self.limits, self.attempts = RateLimits(tuning.counts), FailedAttempts(tuning.attempts)
        self.audit_log = AuditLogWriter(self.keys, tuning.audit)
        self.operations = RouteTable(())
        self._refusals = Throttle(REFUSALS_LOGGED_A_MINUTE)

    @asynccontextmanager
    async def running(self, reader: Reader, writer: Engine) -> AsyncIterator[None]:
        """Refresh the keys and write the audit log during the context."""
        self.limits.writer = writer
        async with self.audit_log.running(writer), self.keys.refreshed(reader):
            yield

    def authenticate(self, scope: Scope) -> Grant:
        """Return the grant of a request's Authorization header; raises Problem without a valid key."""
        if (grant := self.grant_without_key(scope)) is not None:
            return grant
        credentials = [value for name, value in scope["headers"] if name == b"authorization"]
        if len(credentials) == 1 and (grant := self.keys.cached_grant(credentials[0])):
            return grant
        return self.verify(scope, credentials)

    def grant_without_key(self, scope: Scope) -> Grant | None:
        """Return the grant of a request that needs no key: of this machine, to a server without keys or for metrics."""
        if self.keys.is_guarded is False:
            return WITHOUT_KEY_GRANT if is_local(scope) else None
        is_metrics = scope["path"].endswith(METRICS_PATH) and route_path(scope) == METRICS_PATH
        return LOCAL_METRICS_GRANT if is_metrics and is_local(scope) else None

    def verify(self, scope: Scope, credentials: Sequence[bytes]) -> Grant:
        """Return the grant of Authorization headers; raises Problem for a wrong key, and records the attempt."""
        keys, attempts = self.keys, self.attempts
        if keys.is_guarded is None:
            raise Problem(NO_DATABASE)
        if not any(bearer(each) for each in credentials):
            detail = BEHIND_PROXY if keys.is_guarded is False and _is_forwarded(scope) else None
            raise Problem(UNAUTHORIZED, detail, headers={"WWW-Authenticate": CHALLENGE})
        address = scope["client"][0] if scope.get("client") else ""
        # A key is tried even if too many wrong ones came from the address: all clients behind a proxy share it.
        # One hash costs less than the response, and a key of 256 random bits cannot be found by trying.
        seconds = attempts.seconds_until_allowed(address)
        grant = keys.verify(credentials[0], tries_guessable=not seconds) if len(credentials) == 1 else None
        if grant is not None:
            return grant
        if not keys.is_loaded:
            raise Problem(NO_DATABASE)
        if seconds:
            often = "Too many invalid keys were sent from this address; try again later."
            raise Problem(UNAUTHORIZED, often, headers={"WWW-Authenticate": CHALLENGE, "Retry-After": str(seconds)})
        attempts.record(address)
        self.log_refusal(scope, address, keys.refusal_reason(credentials))
        raise Problem(UNAUTHORIZED, headers=INVALID_TOKEN)

    def grant_of_session(self, key_id: str, secret_sha256: bytes) -> Grant | None:
        """Return the grant of a session's key, None if it is revoked, expired or rotated.

        Raises Problem if the keys are not read yet.
        """
        grant = self.keys.grant_of(key_id, secret_sha256)
        if grant is None and not self.keys.is_loaded:
            raise Problem(NO_DATABASE)
        return grant

    def log_refusal(self, scope: Scope, address: str, reason: str) -> None:
        """Log a refused key: a bounded number of lines, without the secret."""
        if self._refusals.passes():
            more = self._refusals.take_suppressed()
            log.warning("key refused: %s, from %s, %s %s%s", reason, address, scope["method"], scope["path"], more)


class Guard:
    """Refuses requests without a valid key or scope, before their body is read.

    Health checks and documentation need no key. All other paths do, including unknown ones.
    """

    def __init__(self, app: ASGIApp, access: Access) -> None:
        self.app, self._access = app, access

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Check the request and call the app, or respond 401, 403, 405, 413, 415, 422 or 429."""
        if scope["type"] == "websocket":
            await send({"type": "websocket.close"})  # the API has none
            return
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        path = route_path(scope)
        if is_public(path):
            await self.app(scope, receive, send)
            return
        try:
            grant = self._access.authenticate(scope)
            if grant.limit:
                await self._access.limits.spend(grant, scope)
        except Problem as problem:
            if found := self._access.operations.find(path, scope["method"]):
                scope[ROUTE] = found.path
            await problem.response(scope)(scope, receive, send)
            return
        operation = self._access.operations.find(path, scope["method"])
        if operation is None:
            methods = self._access.operations.methods(path)
            refused = Problem(NOT_ALLOWED, headers={"Allow": ", ".join(methods)}).response(scope)
            await (refused if methods else self.app)(scope, receive, send)
            return
        scope[GRANT], scope[ROUTE] = grant, operation.path
        refusal = operation.refusal(grant.scopes, scope)
        app = self.app if refusal is None else refusal.response(scope)
        if refusal is None and scope["method"] not in READ_METHODS:
            app = RequestBodyLimitMiddleware(app, operation.max_bytes)
        if operation.is_write:
            audited = AuditedRequest(grant, operation, path)
            await self._access.audit_log.watch(app, scope, receive, send, audited)
        else:
            await app(scope, receive, send)


def is_local(scope: Scope) -> bool:
    """Return whether a request was sent by a program on this machine, neither by a proxy nor by a page of another site.

    A page whose name was made to resolve to this machine has that name as its host, any other page its origin.
    """
    client = scope.get("client")
    named = {name: value.decode("latin-1") for name, value in scope["headers"] if name in {b"host", b"origin"}}
    hosts = [named.get(b"host", ""), *([named[b"origin"].partition("://")[2]] if b"origin" in named else [])]
    is_near = client is None or is_loopback(client[0])
    return is_near and all(is_loopback(_without_port(host)) for host in hosts) and not _is_forwarded(scope)


def _is_forwarded(scope: Scope) -> bool:
    return any(name in FORWARDED for name, _ in scope["headers"])


def _without_port(host: str) -> str:
    name, _, port = host.rpartition(":")
    return name if name and port.isdigit() else host
