"""Response headers: security headers, and headers that other middleware adds to the request's scope."""

from typing import Final

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.settings import Settings

Headers = tuple[tuple[bytes, bytes], ...]
STATUS: Final = "regulars.status"
"""Key of the status of the response in the ASGI scope, for metrics and traces; missing before the response begins."""
EXTRA_HEADERS: Final = "regulars.headers"
"""Key of additional response headers in the ASGI scope."""
CONTENT_SECURITY_POLICY: Final = (b"content-security-policy", b"default-src 'none'; frame-ancestors 'none'")
COMMON_HEADERS: Final[Headers] = (
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
)


def security_headers(settings: Settings) -> Headers:
    """Return the security headers: nosniff, Referrer-Policy, Content-Security-Policy, and HSTS if configured."""
    seconds = settings.hsts_seconds
    hsts = ((b"strict-transport-security", b"max-age=%d" % seconds),) if seconds else ()
    return (*COMMON_HEADERS, CONTENT_SECURITY_POLICY, *hsts)


class ResponseHeaders:
    """Adds configured headers that the response lacks, and all headers in the scope under EXTRA_HEADERS.

    It also stores the status in the scope, so that no other middleware has to wrap `send` for it.
    """

    def __init__(self, app: ASGIApp, headers: Headers = ()) -> None:
        self.app, self._headers = app, headers

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Add the headers to the response of an HTTP request."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                scope[STATUS] = message["status"]
                headers = message.get("headers", [])
                names = {name for name, _ in headers}
                added = [each for each in self._headers if each[0] not in names]
                message["headers"] = [*headers, *added, *scope.get(EXTRA_HEADERS, ())]
            await send(message)

        await self.app(scope, receive, send_with_headers)
