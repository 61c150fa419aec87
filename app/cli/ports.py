"""The port that the API is to bind."""

import socket

from app.errors import Misconfigured
from app.settings import Settings


def check_port(settings: Settings) -> None:
    """Raises Misconfigured where the port cannot be bound, before anything was started for it."""
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    with socket.socket(family) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((settings.host, settings.port))
        except OSError as error:
            raise Misconfigured(
                f"cannot bind {settings.host}:{settings.port}: {error.strerror}; give another --port"
            ) from None
