"""HEAD requests: answered as GET, without the body."""

from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Message, Receive, Scope, Send


class HeadSent(OSError):
    """The response to a HEAD request is complete; its body is not needed.

    An OSError of `send` stops a Starlette response, as a lost connection does, and is raised as ClientDisconnect.
    """


class HeadRequests:
    """Handles HEAD requests as GET, and stops the response after its headers."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, HEAD as GET."""
        if scope["type"] != "http" or scope["method"] != "HEAD":
            await self.app(scope, receive, send)
            return
        is_complete = False

        async def send_head(message: Message) -> None:
            nonlocal is_complete
            if message["type"] == "http.response.start":
                await send(message)
            elif is_complete:
                raise HeadSent
            else:
                is_complete = True
                await send({"type": "http.response.body", "body": b"", "more_body": False})

        try:
            await self.app({**scope, "method": "GET"}, receive, send_head)
        except (ClientDisconnect, HeadSent):
            if not is_complete:  # the client is gone
                raise
