"""HEAD: what GET would answer, without the answer."""

from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Message, Receive, Scope, Send


class Enough(OSError):
    """The headers are out; nobody waits for the rest."""


class HeadRequests:
    """Answers HEAD wherever GET is answered, and stops what would stream once its headers are out."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, HEAD as GET."""
        if scope["type"] != "http" or scope["method"] != "HEAD":
            await self.app(scope, receive, send)
            return
        is_out = False

        async def send_head(message: Message) -> None:
            nonlocal is_out
            if message["type"] == "http.response.start":
                await send(message)
            elif is_out:
                raise Enough
            else:
                is_out = True
                await send({"type": "http.response.body", "body": b"", "more_body": False})

        try:
            await self.app({**scope, "method": "GET"}, receive, send_head)
        except (ClientDisconnect, Enough):
            if not is_out:
                raise
