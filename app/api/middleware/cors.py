"""CORS: pages of the origins in the settings may read answers, all others may not."""

from typing import Final

from starlette.middleware import Middleware
from starlette.middleware.cors import CORSMiddleware

from app.settings import Settings

METHODS: Final = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE")
SENT: Final = ("Authorization", "Content-Type", "Idempotency-Key", "If-None-Match", "X-Request-Id")
SHOWN: Final = (
    *("ETag", "Link", "Location", "RateLimit", "RateLimit-Policy", "Retry-After", "WWW-Authenticate", "X-Request-Id"),
    *("Content-Disposition", "Regulars-Run-Id", "Regulars-As-Of", "Regulars-Data-Through", "Regulars-Quality"),
    "Regulars-Quality-Reason",
)


def cors(settings: Settings) -> list[Middleware]:
    """Return the middleware for the settings' origins.

    Credentials are never allowed: a page sends its key itself, cookies are not used.
    """
    if not settings.cors_origins:
        return []
    return [
        Middleware(
            CORSMiddleware,
            allow_origins=settings.cors_origins,
            allow_methods=METHODS,
            allow_headers=SENT,
            expose_headers=SHOWN,
            allow_credentials=False,
        )
    ]
