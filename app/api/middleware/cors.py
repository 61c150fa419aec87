"""CORS: pages of the origins in the settings may read answers, all others may not."""

from typing import Final
from urllib.parse import urlsplit

from starlette.middleware import Middleware
from starlette.middleware.cors import CORSMiddleware

from app.errors import Misconfigured
from app.settings import Settings

ANY: Final = "*"
METHODS: Final = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE")
SENT: Final = ("Authorization", "Content-Type", "Idempotency-Key", "If-None-Match", "X-Request-Id")
SHOWN: Final = (
    *("ETag", "Link", "Location", "RateLimit", "RateLimit-Policy", "Retry-After", "WWW-Authenticate", "X-Request-Id"),
    *("Content-Disposition", "Regulars-Run-Id", "Regulars-As-Of", "Regulars-Data-Through", "Regulars-Quality"),
    "Regulars-Quality-Reason",
)


def cors(settings: Settings) -> list[Middleware]:
    """Return the middleware for the settings' origins; raises Misconfigured for a malformed origin.

    Credentials are never allowed: a page sends its key itself, cookies are not used.
    """
    if not settings.cors_origins:
        return []
    origins = [_origin(each.strip()) for each in settings.cors_origins.split(",")]
    return [
        Middleware(
            CORSMiddleware,
            allow_origins=origins,
            allow_methods=METHODS,
            allow_headers=SENT,
            expose_headers=SHOWN,
            allow_credentials=False,
        )
    ]


def _origin(text: str) -> str:
    try:
        found = urlsplit(text)
        port = "" if found.port is None else f":{found.port}"
    except ValueError:
        found, port = urlsplit(""), ""
    host = found.hostname or ""
    host = f"[{host}]" if ":" in host else host
    is_origin = found.scheme in {"http", "https"} and host and ANY not in host
    if text != ANY and (not is_origin or text != f"{found.scheme}://{host}{port}"):
        raise Misconfigured(
            f"REGULARS_CORS_ORIGINS: invalid origin {text!r}; write https://crm.example or http://localhost:3000, in "
            "lower case, without a path, and several with commas"
        )
    return text
