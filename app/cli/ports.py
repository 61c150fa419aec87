"""Address and port that the API binds."""

import socket

from app.errors import Misconfigured
from app.settings import Settings


def check_port(settings: Settings) -> None:
    """Raise Misconfigured if the port cannot be bound."""
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    with socket.socket(family) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((settings.host, settings.port))
        except OSError as error:
            raise Misconfigured(
                f"cannot bind {settings.host}:{settings.port}: {error.strerror}; give another --port"
            ) from None


def shown_host(settings: Settings) -> str:
    """Return the host of the API for URLs on this machine."""
    host = {"0.0.0.0": "127.0.0.1", "localhost": "127.0.0.1", "::": "::1"}.get(settings.host, settings.host)  # noqa: S104
    return f"[{host}]" if ":" in host else host
