"""The server's side of a connection: the head of a request is no larger than memory can bear."""

import math
from typing import Final

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

LARGEST_HEAD: Final = 512 * 1024


class BoundedHead(HttpToolsProtocol):
    """Hangs up on who sends a line and headers without an end; bodies are bounded where they are read."""

    _unread: float = 0

    def data_received(self, data: bytes) -> None:
        """Read on, unless the head has become too large."""
        self._unread += len(data)
        if self._unread > LARGEST_HEAD:
            self.send_400_response("The head of the request is too large.")
            return
        super().data_received(data)

    def on_headers_complete(self) -> None:
        """The head is read: what follows does not count."""
        self._unread = -math.inf
        super().on_headers_complete()

    def on_message_complete(self) -> None:
        """What follows is the head of another request."""
        self._unread = 0
        super().on_message_complete()
