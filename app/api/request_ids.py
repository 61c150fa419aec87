"""A name for every request, so that an answer and the log can be brought together."""

import logging
import re
from typing import Final
from uuid import uuid4

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.api.problems import INTERNAL, Problem

HEADER: Final = b"x-request-id"
ACCEPTED: Final = re.compile(rb"[A-Za-z0-9._:-]{1,128}")
log = logging.getLogger(__name__)


class RequestIds:
    """Puts X-Request-Id on every answer, the client's own where it sent a plain one.

    The last resort for errors too: they are logged under the id, and the client gets a 500 that tells nothing.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on; raises what happens after an answer has begun."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        request_id, has_begun = _name(scope), False

        async def send_named(message: Message) -> None:
            nonlocal has_begun
            if message["type"] == "http.response.start":
                has_begun = True
                message["headers"] = [*message.get("headers", ()), (HEADER, request_id)]
            await send(message)

        try:
            await self.app(scope, receive, send_named)
        except Exception:
            if has_begun:
                raise
            log.exception("%s: %s %r failed", request_id.decode(), scope["method"], scope["path"])
            await Problem(INTERNAL).response(scope)(scope, receive, send_named)


def _name(scope: Scope) -> bytes:
    given: bytes = dict(scope["headers"]).get(HEADER, b"")
    return given if ACCEPTED.fullmatch(given) else uuid4().hex.encode()
