"""Unexpected errors: logged with a traceback, answered with status 500 without details."""

import logging

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.api.core.problems import INTERNAL, Problem

log = logging.getLogger(__name__)


class ServerErrors:
    """Responds to a request with status 500 after an unexpected exception."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on; re-raise an exception after the response has begun."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        has_begun = False

        async def send_watched(message: Message) -> None:
            nonlocal has_begun
            has_begun = True
            await send(message)

        try:
            await self.app(scope, receive, send_watched)
        except Exception:
            if has_begun:
                raise
            log.exception("%s %s failed", scope["method"], scope["path"])
            await Problem(INTERNAL).response(scope)(scope, receive, send)
