"""ETags and conditional requests: status 304 for unchanged responses."""

from hashlib import blake2b
from typing import Final

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.api.core.route_table import API_PREFIX
from app.api.core.routing import route_path

NO_CACHE: Final = (b"cache-control", b"private, no-cache")
NO_STORE: Final = (b"cache-control", b"private, no-store")


class ETags:
    """Adds an ETag to responses to GET below /v1, except streams, and handles If-None-Match.

    The tag is a hash of the body.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, and delay the head of the response until the body is complete."""
        if scope["type"] != "http" or scope["method"] != "GET" or not route_path(scope).startswith(API_PREFIX):
            await self.app(scope, receive, send)
            return
        held: Message | None = None

        async def send_tagged(message: Message) -> None:
            nonlocal held
            if message["type"] == "http.response.start" and message["status"] == 200:  # noqa: PLR2004  # OK
                held = message
                return
            if held is not None:
                start, held = held, None
                if message.get("more_body"):
                    start = {**start, "headers": [*start["headers"], NO_STORE]}
                else:
                    start, message = _tagged(scope, start, message)
                await send(start)
            await send(message)

        await self.app(scope, receive, send_tagged)


def _tagged(scope: Scope, start: Message, body: Message) -> tuple[Message, Message]:
    tag = b'"' + blake2b(body["body"], digest_size=12).hexdigest().encode() + b'"'
    caching = [(b"etag", tag), NO_CACHE]
    if any(name == b"if-none-match" and _has(tag, value) for name, value in scope["headers"]):
        return {**start, "status": 304, "headers": caching}, {**body, "body": b""}
    return {**start, "headers": [*start["headers"], *caching]}, body


def _has(tag: bytes, if_none_match: bytes) -> bool:
    known = [each.strip().removeprefix(b"W/") for each in if_none_match.split(b",")]
    return tag in known or b"*" in known
