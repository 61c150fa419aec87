"""A name for every request, so that an answer and the log can be brought together; and the headers of every answer."""

import logging
import re
from typing import Final
from uuid import uuid4

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.api.core.problems import INTERNAL, Problem
from app.api.middleware.security_headers import Headers, missing

HEADER: Final = b"x-request-id"
REQUEST_ID: Final = "regulars.request_id"
EXTRA_HEADERS: Final = "regulars.headers"
"""Where in an ASGI scope those inside leave headers for the answer, whatever it will be."""
ACCEPTED: Final = re.compile(rb"[A-Za-z0-9._:-]{1,128}")
log = logging.getLogger(__name__)


class RequestIds:
    """Puts X-Request-Id on every answer, the client's own where it sent a plain one.

    The last resort for errors too: they are logged under the id, and the client gets a 500 that tells nothing.
    """

    def __init__(self, app: ASGIApp, headers: Headers = ()) -> None:
        self.app, self._headers = app, headers

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on; raises what happens after an answer has begun."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        request_id, has_begun = _name(scope), False
        scope[REQUEST_ID] = request_id

        async def send_named(message: Message) -> None:
            nonlocal has_begun
            if message["type"] == "http.response.start":
                has_begun = True
                given = message.get("headers", [])
                more = (*missing(self._headers, given), *scope.get(EXTRA_HEADERS, ()))
                message["headers"] = [*given, *more, (HEADER, request_id)]
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
