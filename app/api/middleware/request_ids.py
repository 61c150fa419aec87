"""Request ids, returned in X-Request-Id, and written to the audit log and to every log line of the request."""

import re
from secrets import token_hex
from typing import Final

from asgi_correlation_id import CorrelationIdMiddleware, correlation_id
from starlette.middleware import Middleware

REQUEST_ID_HEADER: Final = "X-Request-Id"
REQUEST_ID: Final = re.compile(r"[A-Za-z0-9._:-]{1,128}")


def request_ids() -> Middleware:
    """Return the middleware that sets the request id: the client's if it is well-formed, else a new one."""
    # A validator would log every malformed header, so that clients could fill the log; a transformer does not.
    return Middleware(
        CorrelationIdMiddleware,
        header_name=REQUEST_ID_HEADER,
        update_request_header=False,
        generator=_new_id,
        validator=None,
        transformer=_well_formed,
    )


def request_id() -> str:
    """Return the id of the current request, an empty text outside a request."""
    return correlation_id.get() or ""


def _well_formed(sent: str) -> str:
    return sent if REQUEST_ID.fullmatch(sent) else _new_id()


def _new_id() -> str:
    return token_hex(16)
