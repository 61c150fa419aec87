"""Origins of web pages that may call the API (CORS)."""

from typing import Annotated, Final
from urllib.parse import urlsplit

from pydantic import BeforeValidator
from pydantic_settings import NoDecode

ANY_ORIGIN: Final = "*"


def parse_origins(value: object) -> object:
    """Parse a comma-separated list of origins; raises ValueError for an invalid origin."""
    if not isinstance(value, str):
        return value
    return tuple(_origin(part.strip()) for part in value.split(",")) if value.strip() else ()


def _origin(text: str) -> str:
    try:
        url = urlsplit(text)
        port = "" if url.port is None else f":{url.port}"
    except ValueError:
        url, port = urlsplit(""), ""
    host = url.hostname or ""
    host = f"[{host}]" if ":" in host else host
    is_origin = url.scheme in {"http", "https"} and host and ANY_ORIGIN not in host
    if text != ANY_ORIGIN and (not is_origin or text != f"{url.scheme}://{host}{port}"):
        shown = "a part" if "@" in text else repr(text)
        raise ValueError(
            f"{shown} is not an origin; write https://crm.example or http://localhost:3000, in lower case, without a "
            "path or a user, and several with commas"
        )
    return text


Origins = Annotated[tuple[str, ...], NoDecode, BeforeValidator(parse_origins)]
