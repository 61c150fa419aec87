"""Who may ask what: keys with scopes, and the rule that a server without any is for this machine alone."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import lru_cache
from ipaddress import IPv6Address, ip_address
from typing import Final

from sqlalchemy import Engine
from starlette.middleware.body_limit import RequestBodyLimitMiddleware
from starlette.types import ASGIApp, Receive, Scope, Send

from app.api.core.dependencies import Reader
from app.api.core.grant import GRANT, Grant
from app.api.core.problems import NO_DATABASE, NOT_ALLOWED, UNAUTHORIZED, Problem
from app.api.core.route_table import GUARDED, READING, RouteTable
from app.api.core.routing import route_path
from app.api.middleware.api_keys import OPEN_GRANT, ApiKeys, bearer
from app.api.middleware.audit_log import Asked, AuditLog
from app.api.middleware.rate_limits import FailedAttempts, RateLimits
from app.errors import Misconfigured
from app.settings import Settings

OPEN: Final = frozenset({"/", "/docs", "/docs/start.js", "/openapi.json"})
OPEN_BELOW: Final = ("/health/", "/docs/assets/", "/problems/")
CHALLENGE: Final = 'Bearer realm="regulars"'


def api_key(settings: Settings) -> str | None:
    """The operator's key of the settings, None where there is none (an empty one is none)."""
    key = settings.api_key.get_secret_value().strip() if settings.api_key else ""
    return key or None


def check_binding(settings: Settings, *, has_keys: bool) -> None:
    """Raises Misconfigured where the server would answer other machines without asking for a key.

    has_keys: whether a key was ever created in the database.
    """
    if not has_keys and api_key(settings) is None and not is_loopback(settings.host):
        raise Misconfigured(
            f"there is no key, so the API answers this machine only and will not bind {settings.host!r}; create one "
            "(regulars keys create), set REGULARS_API_KEY to a long random text, or REGULARS_HOST to 127.0.0.1"
        )


@lru_cache(maxsize=1024)
def is_loopback(host: str) -> bool:
    """Whether an address is reached from this machine only; a name other than localhost is not trusted."""
    if host.lower() == "localhost":
        return True
    try:
        address = ip_address(host.strip("[]"))
    except ValueError:
        return False
    mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    return (mapped or address).is_loopback


class Access:
    """What the guard goes by: keys, limits, operations; and what it leaves behind."""

    def __init__(self, settings: Settings) -> None:
        self.keyring = ApiKeys(settings, api_key(settings))
        self.limits, self.failures = RateLimits(), FailedAttempts()
        self.recorder = AuditLog(self.keyring)
        self.operations = RouteTable(())

    @asynccontextmanager
    async def kept(self, reader: Reader, writer: Engine) -> AsyncIterator[None]:
        """Stay at what the database says, and write to it what was noted, while the context lasts."""
        self.limits.writer = writer
        async with self.recorder.recording(writer), self.keyring.following(reader):
            yield


class Guard:
    """Refuses who has no key, or not the scope, before anything of the request is read.

    Health and the reference are open. Whatever else there is is guarded, an address that leads nowhere too.
    """

    def __init__(self, app: ASGIApp, access: Access) -> None:
        self.app, self._access = app, access

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, or answer 401, 403, 405, 413, 422 or 429."""
        if scope["type"] == "websocket":
            await send({"type": "websocket.close"})  # there are none
            return
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        path = route_path(scope)
        if not path.startswith(GUARDED) and (path in OPEN or path.startswith(OPEN_BELOW)):
            await self.app(scope, receive, send)
            return
        try:
            grant = self._who(scope)
            if grant.limit:
                await self._access.limits.spend(grant, scope)
        except Problem as problem:
            await problem.response(scope)(scope, receive, send)
            return
        operation = self._access.operations.find(path, scope["method"])
        if operation is None:
            methods = self._access.operations.methods(path)
            refused = Problem(NOT_ALLOWED, headers={"Allow": ", ".join(methods)}).response(scope)
            await (refused if methods else self.app)(scope, receive, send)
            return
        scope[GRANT] = grant
        refusal = operation.refusal(grant.scopes, scope)
        app = self.app if refusal is None else refusal.response(scope)
        if refusal is None and scope["method"] not in READING:
            app = RequestBodyLimitMiddleware(app, operation.largest)
        if operation.is_write:
            await self._access.recorder.watch(app, scope, receive, send, Asked(grant, operation, path))
        else:
            await app(scope, receive, send)

    def _who(self, scope: Scope) -> Grant:
        if self._access.keyring.is_guarded is False and _is_of_this_machine(scope):
            return OPEN_GRANT
        given = [value for name, value in scope["headers"] if name == b"authorization"]
        if len(given) == 1 and (grant := self._access.keyring.remembered(given[0])):
            return grant
        return self._newcomer(scope, given)

    def _newcomer(self, scope: Scope, given: list[bytes]) -> Grant:
        keyring, failures = self._access.keyring, self._access.failures
        if keyring.is_guarded is None:
            raise Problem(NO_DATABASE)
        if not any(bearer(each) for each in given):
            raise Problem(UNAUTHORIZED, headers={"WWW-Authenticate": CHALLENGE})
        address = scope["client"][0] if scope.get("client") else ""
        if seconds := failures.wait(address):
            often = "Too many wrong keys came from this address; none is tried for a while."
            raise Problem(UNAUTHORIZED, often, headers={"WWW-Authenticate": CHALLENGE, "Retry-After": str(seconds)})
        grant = keyring.verify(given[0]) if len(given) == 1 else None
        if grant is not None:
            return grant
        if not keyring.is_loaded:
            raise Problem(NO_DATABASE)
        failures.note(address)
        raise Problem(UNAUTHORIZED, headers={"WWW-Authenticate": f'{CHALLENGE}, error="invalid_token"'})


def _is_of_this_machine(scope: Scope) -> bool:
    """Whether a request comes from here and was sent here, and not by a page of elsewhere in a browser of here.

    A page that had its own name lead here shows that name as the host, any other page its origin.
    """
    client = scope.get("client")
    named = {name: value.decode("latin-1") for name, value in scope["headers"] if name in {b"host", b"origin"}}
    hosts = [named.get(b"host", ""), *([named[b"origin"].partition("://")[2]] if b"origin" in named else [])]
    return (client is None or is_loopback(client[0])) and all(is_loopback(_without_port(host)) for host in hosts)


def _without_port(host: str) -> str:
    name, _, port = host.rpartition(":")
    return name if name and port.isdigit() else host
