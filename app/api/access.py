"""Who may ask: the one API key, and the rule that a server without it is for this machine alone."""

import secrets
from hashlib import sha256
from ipaddress import IPv6Address, ip_address
from typing import Final

from starlette.types import ASGIApp, Receive, Scope, Send

from app.api.problems import TOO_LARGE, UNAUTHORIZED, Problem
from app.errors import Misconfigured
from app.settings import Settings

OPEN_BELOW: Final = "/health/"
LARGEST_BODY: Final = 64 * 1024
LARGEST_LOOKUP: Final = 512 * 1024
LOOKUP: Final = "/v1/customers/lookup"


def api_key(settings: Settings) -> str | None:
    """The key that requests must carry, None where none is configured (an empty one is none)."""
    key = settings.api_key.get_secret_value().strip() if settings.api_key else ""
    return key or None


def check_binding(settings: Settings) -> None:
    """Raises Misconfigured where the server would answer other machines without asking for a key."""
    if api_key(settings) is None and not is_loopback(settings.host):
        raise Misconfigured(
            f"REGULARS_API_KEY is not set, so the API answers this machine only and will not bind {settings.host!r}; "
            "set REGULARS_API_KEY to a long random text, or REGULARS_HOST to 127.0.0.1"
        )


def is_loopback(host: str) -> bool:
    """Whether an address to bind is reached from this machine only; a name other than localhost is not trusted."""
    if host.lower() == "localhost":
        return True
    try:
        address = ip_address(host.strip("[]"))
    except ValueError:
        return False
    mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    return (mapped or address).is_loopback


class KeyGuard:
    """Refuses what carries no key, before anything of it is read; health alone is open.

    Whatever is not below health is guarded, the reference and a route added tomorrow too.
    """

    def __init__(self, app: ASGIApp, key: str | None) -> None:
        self.app = app
        self._expected = sha256(key.encode()).digest() if key is not None else None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, or answer 401 or 413."""
        refusal = self._refusal(scope) if scope["type"] == "http" else None
        if refusal is None:
            await self.app(scope, receive, send)
        else:
            await refusal.response(scope)(scope, receive, send)

    def _refusal(self, scope: Scope) -> Problem | None:
        path = scope["path"].removeprefix(scope.get("root_path", ""))
        if path.startswith(OPEN_BELOW):
            return None
        headers = dict(scope["headers"])
        if self._expected is not None and (refusal := self._check(headers.get(b"authorization", b""))):
            return refusal
        length, most = headers.get(b"content-length", b"0"), LARGEST_LOOKUP if path == LOOKUP else LARGEST_BODY
        return Problem(TOO_LARGE) if length.isdigit() and int(length) > most else None

    def _check(self, authorization: bytes) -> Problem | None:
        scheme, _, given = authorization.partition(b" ")
        if not given or scheme.lower() != b"bearer":
            return Problem(UNAUTHORIZED, headers={"WWW-Authenticate": 'Bearer realm="regulars"'})
        if not secrets.compare_digest(sha256(given.strip()).digest(), self._expected or b""):
            wrong = 'Bearer realm="regulars", error="invalid_token"'
            return Problem(UNAUTHORIZED, headers={"WWW-Authenticate": wrong})
        return None
