"""Authorization of a request: its API key and scopes."""

from dataclasses import dataclass
from typing import Final

GRANT: Final = "regulars.grant"
"""Key of a request's Grant in the ASGI scope."""


@dataclass(slots=True, eq=False)
class Grant:
    """Authorization of one API key.

    Attributes:
        key_id: public id of the key.
        scopes: scopes of the key.
        limit: requests a minute; 0 is unlimited.
        until: expiry, seconds since the epoch.
        secret_sha256: digest of the secret.
        is_used: whether a request used it since the last write of last_used_at.
    """

    key_id: str
    scopes: frozenset[str]
    limit: int = 0
    until: float = float("inf")
    secret_sha256: bytes = b""
    is_used: bool = False
