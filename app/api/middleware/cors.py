"""CORS: allows web pages of the configured origins to call the API."""

from typing import Final

from starlette.middleware import Middleware
from starlette.middleware.cors import CORSMiddleware

from app.settings import Settings

ALLOWED_METHODS: Final = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE")
ALLOWED_HEADERS: Final = ("Authorization", "Content-Type", "Idempotency-Key", "If-None-Match", "X-Request-Id")
EXPOSED_HEADERS: Final = (
    "Content-Disposition",
    "ETag",
    "Link",
    "Location",
    "RateLimit",
    "RateLimit-Policy",
    "Regulars-As-Of",
    "Regulars-Data-Through",
    "Regulars-Monetary-Basis",
    "Regulars-Quality",
    "Regulars-Quality-Reason",
    "Regulars-Run-Id",
    "Regulars-Updated-Through",
    "Retry-After",
    "WWW-Authenticate",
    "X-Request-Id",
)


def cors(settings: Settings) -> list[Middleware]:
    """Return the middleware for the configured origins, empty without origins.

    Credentials mode is not allowed: a page sends its key in a header, and the API takes no cookies.
    """
    if not settings.cors_origins:
        return []
    return [
        Middleware(
            CORSMiddleware,
            allow_origins=settings.cors_origins,
            allow_methods=ALLOWED_METHODS,
            allow_headers=ALLOWED_HEADERS,
            expose_headers=EXPOSED_HEADERS,
            allow_credentials=False,
        )
    ]
