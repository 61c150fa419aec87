"""Address and port that the API binds."""

import errno
import socket
from typing import Final

from app.errors import Misconfigured
from app.settings import Settings

HOST_ERRORS: Final = frozenset({errno.EADDRNOTAVAIL, errno.EAFNOSUPPORT, errno.EINVAL})
"""Errors of an address that is not one of this machine."""


def check_port(settings: Settings) -> None:
    """Raise Misconfigured if the host and port cannot be bound."""
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    with socket.socket(family) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((settings.host, settings.port))
        except (OSError, UnicodeError) as error:  # UnicodeError: a label of the name is empty or too long
            is_host = isinstance(error, (socket.gaierror, UnicodeError)) or error.errno in HOST_ERRORS
            name, reason = "host" if is_host else "port", getattr(error, "strerror", error)
            raise Misconfigured(
                f"cannot bind {settings.host}:{settings.port}: {reason}; give another --{name} "
                f"(REGULARS_{name.upper()})"
            ) from None


def shown_host(settings: Settings) -> str:
    """Return the host of the API for URLs on this machine."""
    host = {"0.0.0.0": "127.0.0.1", "localhost": "127.0.0.1", "::": "::1"}.get(settings.host, settings.host)  # noqa: S104
    return f"[{host}]" if ":" in host else host
