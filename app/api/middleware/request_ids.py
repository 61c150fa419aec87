"""Request ids: every request has one, in its answer (X-Request-Id), in the audit log and in each of its log lines."""

import re
from typing import Final
from uuid import uuid4

from asgi_correlation_id import CorrelationIdMiddleware, correlation_id
from starlette.middleware import Middleware

HEADER: Final = "X-Request-Id"
ACCEPTED: Final = re.compile(r"[A-Za-z0-9._:-]{1,128}")


def request_ids() -> Middleware:
    """The middleware that sets the id of a request: the client's own where it is well-formed, else a new one."""
    # A validator would write a log line for each malformed header, as many as a client likes; a transformer does not.
    return Middleware(
        CorrelationIdMiddleware,
        header_name=HEADER,
        update_request_header=False,
        validator=None,
        transformer=_well_formed,
    )


def request_id() -> str:
    """Return the id of the current request, empty outside of one."""
    return correlation_id.get() or ""


def _well_formed(given: str) -> str:
    return given if ACCEPTED.fullmatch(given) else uuid4().hex
