"""Problem responses (RFC 9457): kinds of problems, the exception `Problem`, and handlers of all other errors.

Kinds of one resource are declared in the package of its routes, kinds of several resources here. `all_kinds` returns
all, for the documentation.
"""

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, Final
from urllib.parse import quote

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse
from starlette.types import Scope

from app.errors import DatabaseUnusable, RegularsError, Retriable

MEDIA_TYPE: Final = "application/problem+json"
MAX_QUOTED_CHARACTERS: Final = 80
log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class ProblemKind:
    """One kind of problem.

    Attributes:
        name: end of its `type`.
        status: HTTP status.
        title: short description, the same for all problems of the kind.
        remedy: instruction for the client.
        retry_after: seconds after which a repetition may succeed, None if it cannot.
    """

    name: str
    status: int
    title: str
    remedy: str
    retry_after: int | None = None

    @property
    def uri(self) -> str:
        """The `type` of the problem document: the path of the kind's documentation."""
        return f"/problems/{self.name}"


_declared: dict[str, ProblemKind] = {}


def declare(name: str, status: int, title: str, remedy: str, retry_after: int | None = None) -> ProblemKind:
    """Declare a kind of problem; raises ValueError for a duplicate name."""
    if name in _declared:
        raise ValueError(f"the problem {name} is declared twice")
    kind = _declared[name] = ProblemKind(name, status, title, remedy, retry_after)
    return kind


def all_kinds() -> list[ProblemKind]:
    """Return the declared kinds by status and name."""
    return sorted(_declared.values(), key=lambda kind: (kind.status, kind.name))


UNREADABLE: Final = declare(
    "unreadable-request", 400, "Unreadable request", "Correct the request; see the documentation of the operation."
)
UNAUTHORIZED: Final = declare(
    "unauthorized", 401, "API key missing or invalid", "Send a valid key in the header `Authorization: Bearer <key>`."
)
INSUFFICIENT_SCOPE: Final = declare(
    "insufficient-scope",
    403,
    "Scope missing",
    "Ask the operator for a key with the scope in `detail`.",
)
NOT_FOUND: Final = declare("not-found", 404, "Path not found", "Check the path in the documentation.")
UNKNOWN_SEGMENT: Final = declare(
    "unknown-segment",
    404,
    "Segment not found",
    "List the segments of the scheme, or use a name suggested in `detail`.",
)
NOT_YET: Final = declare(
    "not-published-yet",
    404,
    "Nothing published on that day",
    "Request a day from the first published one to today; `detail` has the limit.",
)
NOT_ALLOWED: Final = declare(
    "method-not-allowed", 405, "Method not allowed", "Use a method listed in the header `Allow`."
)
INVALID_CURSOR: Final = declare(
    "invalid-cursor",
    409,
    "Invalid cursor",
    "Repeat the path and the filters of the page that returned the cursor, or start again without a cursor.",
)
CONFLICTING_FILTERS: Final = declare(
    "conflicting-filters",
    409,
    "Conflicting filters",
    "Change the filters as `detail` says.",
)
KEY_REUSED: Final = declare(
    "idempotency-key-reused",
    409,
    "Idempotency key reused",
    "Send a new key with every new request.",
)
TOO_LARGE: Final = declare(
    "body-too-large", 413, "Request body too large", "Send at most 64 KiB, or 512 KiB to look up customers."
)
NOT_JSON: Final = declare(
    "json-required", 415, "JSON content type required", "Send the header `Content-Type: application/json`."
)
INVALID: Final = declare(
    "invalid-request", 422, "Invalid request", "Correct the parameters or body fields listed in `errors`."
)
TOO_MANY: Final = declare(
    "too-many-requests",
    429,
    "Too many requests",
    "Try again after the seconds in `Retry-After`; `RateLimit` has the number of remaining requests.",
)
INTERNAL: Final = declare(
    "internal-error",
    500,
    "Internal server error",
    "Try again; if the problem persists, send the operator the `X-Request-Id` of the response.",
)
NO_MODEL: Final = declare(
    "no-model",
    503,
    "No segmentation published",
    "Load sales and start a training run, then try again.",
    retry_after=60,
)
NO_DATABASE: Final = declare(
    "database-unavailable",
    503,
    "Database unavailable",
    "Try again after the seconds in `Retry-After`.",
    retry_after=5,
)
BY_STATUS: Final = {
    kind.status: kind for kind in (UNREADABLE, UNAUTHORIZED, NOT_FOUND, NOT_ALLOWED, TOO_LARGE, INVALID)
}


def as_sentence(error: Exception) -> str:
    """Return the message of an error as a sentence, with a capital letter and a full stop."""
    text = str(error)
    return f"{text[:1].upper()}{text[1:]}."


class Problem(Exception):
    """Exception for a request that fails; answered with a problem document."""

    def __init__(
        self,
        kind: ProblemKind,
        detail: str | None = None,
        *,
        errors: Sequence[Mapping[str, Any]] = (),
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(detail or kind.title)
        self.kind, self.detail, self.errors = kind, detail, errors
        self.headers = dict(headers or {})

    def response(self, scope: Scope) -> JSONResponse:
        """Build the response to the request of an ASGI scope."""
        document: dict[str, Any] = {
            "type": self.kind.uri,
            "title": self.kind.title,
            "status": self.kind.status,
            "detail": self.detail,
            "instance": quote(scope["path"]),
            "errors": list(self.errors),
        }
        retry = {"Retry-After": str(self.kind.retry_after)} if self.kind.retry_after else {}
        headers = {"Cache-Control": "no-store", **retry, **self.headers}
        content = {name: value for name, value in document.items() if value not in (None, [])}
        return JSONResponse(content, self.kind.status, headers, MEDIA_TYPE)


def quoted(text: str) -> str:
    """Quote and shorten a text of the client."""
    return repr(text if len(text) <= MAX_QUOTED_CHARACTERS else f"{text[:MAX_QUOTED_CHARACTERS]}…")


def handle_problems(app: FastAPI) -> None:
    """Respond to every error that reaches the app's handlers with a problem document."""
    app.add_exception_handler(Problem, _answer_problem)
    app.add_exception_handler(RegularsError, _answer_own_error)
    app.add_exception_handler(RequestValidationError, _answer_invalid)
    app.add_exception_handler(HTTPException, _answer_http_error)


async def _answer_problem(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, Problem)  # noqa: S101  # registered for no other class
    return error.response(request.scope)


async def _answer_own_error(request: Request, error: Exception) -> JSONResponse:
    if not isinstance(error, Retriable | DatabaseUnusable):
        raise error
    # The message has names of hosts and users: it is logged for the operator, not returned.
    log.warning("%s %s: %s", request.method, quote(request.scope["path"]), error)
    return Problem(NO_DATABASE).response(request.scope)


async def _answer_http_error(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, HTTPException)  # noqa: S101  # registered for no other class
    phrase = HTTPStatus(error.status_code).phrase
    kind = BY_STATUS.get(error.status_code) or ProblemKind("http-error", error.status_code, phrase, "")
    detail = None if error.detail == phrase else error.detail
    return Problem(kind, detail, headers=error.headers).response(request.scope)


async def _answer_invalid(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, RequestValidationError)  # noqa: S101  # registered for no other class
    errors = [_error_entry(found) for found in error.errors()]
    first = errors[0]
    where = first.get("parameter") or first.get("header") or f"body {first.get('pointer')}"
    return Problem(INVALID, f"{where}: {first['detail']}", errors=errors).response(request.scope)


def _error_entry(found: Mapping[str, Any]) -> dict[str, str]:
    source, *path = found["loc"]
    message = found["msg"]
    if found["type"] == "json_invalid":
        return {"detail": f"invalid JSON at character {path[0]}: {found['ctx']['error']}", "pointer": "#"}
    if source == "body":
        tokens = [quote(str(part).replace("~", "~0").replace("/", "~1"), safe="~") for part in path]
        return {"detail": message, "pointer": "#" + "".join(f"/{token}" for token in tokens)}
    # path[1], if present, is an index into a list of values.
    return {"detail": message, "header" if source == "header" else "parameter": str(path[0])}
