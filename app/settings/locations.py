"""Syntax of locations: buckets of registered stores, folders, store endpoints and database URLs.

Messages never quote a URL that may contain a user name or password.
"""

import re
from typing import Annotated, Final
from urllib.parse import urlsplit

from pydantic import AfterValidator, SecretStr
from sqlalchemy import make_url
from sqlalchemy.exc import ArgumentError

from app.settings.stores import FOLDER, STORES, location_forms

BUCKET: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:-]*")


def check_location(text: str, *, is_target: bool = False) -> str:
    """Check the location of a store or the path of a folder and return it; raises ValueError for other texts.

    Args:
        is_target: whether exports are to be written there.
    """
    stores = {scheme: store for scheme, store in STORES.items() if store.takes_exports or not is_target}
    forms = location_forms(stores.values())
    remedy = f"write {forms}, or {FOLDER}"
    scheme, mark, path = text.partition("://")
    if not mark:
        before, colon, _ = text.lower().partition(":")
        if colon and before in stores:
            raise ValueError(f"{_quoted(text)} has no two slashes after {before}:; {remedy}")
        if "\0" in text:
            raise ValueError(f"a path cannot hold a NUL character; {remedy}")
        return text
    if scheme.lower() not in stores:
        raise ValueError(f"{_quoted(text)} is neither {forms} nor a folder; {remedy}")
    if not BUCKET.fullmatch(path.partition("/")[0]):
        raise ValueError(f"{_quoted(text)} does not name a bucket; {remedy}")
    return text


def check_export_target(text: str) -> str:
    """Check the location of a store that takes exports, or the path of a folder; raises ValueError for other texts."""
    return check_location(text, is_target=True)


def check_endpoint(text: str) -> str:
    """Return the URL of an S3-compatible store without its trailing slash; raises ValueError."""
    form = "write http://host:port or https://host, and give credentials as AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY"
    try:
        url = urlsplit(text)
        has_port = url.port is None or url.port > 0
    except ValueError:
        raise ValueError(f"the URL is malformed; {form}") from None
    if "@" in text:
        raise ValueError(f"the URL holds a user or a password, which would appear in logs; {form}")
    if url.scheme not in {"http", "https"} or not url.hostname or not has_port:
        raise ValueError(f"{text!r} is not the address of a store; {form}")
    if url.query or url.fragment:
        raise ValueError(f"the URL holds a query or a fragment; {form}")
    return text.rstrip("/")


def check_database_url(secret: SecretStr) -> SecretStr:
    """Check the URL of a PostgreSQL database and return it; raises ValueError."""
    try:
        backend = make_url(secret.get_secret_value()).get_backend_name()
    except (ArgumentError, ValueError):  # ValueError: a port that is not a number
        raise ValueError("the value is not a URL; write postgresql://user@host/database") from None
    if backend not in {"postgresql", "postgres"}:
        raise ValueError(
            f"the URL names {backend}, and Regulars needs PostgreSQL; write postgresql://user@host/database"
        )
    return secret


def _quoted(text: str) -> str:
    # Before an @ there may be a password.
    return "the URL" if "@" in text else repr(text)


Location = Annotated[str, AfterValidator(check_location)]
ExportTarget = Annotated[str, AfterValidator(check_export_target)]
EndpointUrl = Annotated[str, AfterValidator(check_endpoint)]
DatabaseUrl = Annotated[SecretStr, AfterValidator(check_database_url)]
