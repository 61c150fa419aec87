"""What the API says when it cannot answer: RFC 9457 problem details, and the one table of HTTP statuses."""

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
LONGEST_ECHO: Final = 80
log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of problem: the name that ends its `type`, its status and title, and what to do about it."""

    name: str
    status: int
    title: str
    remedy: str
    retry_after: int | None = None

    @property
    def uri(self) -> str:
        """The `type` of the problem document, which is also where the kind is explained."""
        return f"/problems/{self.name}"


UNREADABLE = Kind("unreadable-request", 400, "The request cannot be read", "Send what the reference shows.")
INVALID_CURSOR = Kind(
    "invalid-cursor",
    409,
    "The cursor does not fit this list",
    "Repeat the path and the filters that gave the cursor, or start again without it.",
)
UNAUTHORIZED = Kind(
    "unauthorized", 401, "The API key is missing or wrong", "Send the key in the header `Authorization: Bearer …`."
)
INSUFFICIENT_SCOPE = Kind(
    "insufficient-scope",
    403,
    "The API key may not do this",
    "detail names the scope that is missing; ask the operator for a key that has it.",
)
NOT_FOUND = Kind("not-found", 404, "There is nothing at this address", "Look the address up in the reference.")
UNKNOWN_CUSTOMER = Kind(
    "unknown-customer",
    404,
    "No such customer",
    "Only customers with at least one sale that counts are known; check the id.",
)
UNKNOWN_SEGMENT = Kind(
    "unknown-segment", 404, "No such segment", "List the segments of the scheme, or try a name that is suggested."
)
NOT_YET = Kind(
    "not-published-yet",
    404,
    "Nothing was published on that day yet",
    "Ask for a later day; detail names the first.",
)
UNKNOWN_RUN = Kind("unknown-run", 404, "No such run", "List the runs.")
UNKNOWN_EXPORT = Kind("unknown-export", 404, "Export not found", "List the exports.")
UNKNOWN_FILE = Kind("unknown-file", 404, "No such file", "List the files.")
UNKNOWN_WEBHOOK = Kind("unknown-webhook", 404, "No such webhook", "List the webhooks.")
UNKNOWN_DELIVERY = Kind("unknown-delivery", 404, "No such delivery", "List the deliveries of the webhook.")
UNKNOWN_ERASURE = Kind("unknown-erasure", 404, "No such erasure", "List the erasures.")
NOT_ALLOWED = Kind(
    "method-not-allowed", 405, "This address does not take this method", "The header Allow names those it takes."
)
HAS_ENDED = Kind("run-has-ended", 409, "The run has ended already", "Nothing is left to cancel; ask for a new run.")
NOTHING_CHOSEN = Kind("nothing-chosen", 409, "No rows are chosen", "Name the rows, or say that all are meant.")
WEBHOOK_INACTIVE = Kind(
    "webhook-inactive", 409, "The webhook is disabled or gone", "Make it active, and send the request again."
)
TOO_MANY_WEBHOOKS = Kind(
    "too-many-webhooks", 409, "There are as many webhooks as can be", "Delete one that nobody needs, or share one."
)
NO_EXPORT_TARGET = Kind(
    "no-export-target",
    409,
    "No place is set that exports are written to",
    "Stream the export instead, or ask the operator to set REGULARS_EXPORT_TARGET.",
)
ERASURE_NOT_CONFIGURED = Kind(
    "erasure-not-configured",
    409,
    "The key of the erasures is missing or is another",
    "Ask the operator to set REGULARS_ERASURE_KEY, or to set it back.",
)
TOO_LARGE = Kind("body-too-large", 413, "The body is too large", "Send 64 KiB at most, ids to look up 512 KiB.")
INVALID = Kind(
    "invalid-request",
    422,
    "The request is malformed",
    "errors names each parameter, or the place in the body, and what is wrong with it.",
)
KEY_REUSED = Kind(
    "idempotency-key-reused",
    409,
    "The idempotency key was used for another request",
    "Send a new key with every new request.",
)
IMPOSSIBLE_SALES = Kind(
    "impossible-sales",
    409,
    "These transactions make no customer",
    "errors names what stands in the way: a date after as_of or a century before it, a sum beyond twelve digits, or no "
    "line that counts.",
)
TOO_MANY = Kind(
    "too-many-requests",
    429,
    "Too many requests",
    "Try again after the seconds that Retry-After gives; RateLimit says how many are left.",
)
TOO_MANY_RUNS = Kind(
    "too-many-queued-runs",
    429,
    "Too many queued runs",
    "Wait until some runs of the job have ended, or cancel some; an equal request is answered with the queued run.",
    retry_after=60,
)
ADDRESS_REFUSED = Kind(
    "address-refused",
    409,
    "The address of the webhook cannot be called",
    "Give an https address at a public host, or ask the operator to allow it.",
)
INTERNAL = Kind(
    "internal-error",
    500,
    "The server failed",
    "Try again; if it stays, give the operator the X-Request-Id of the answer.",
)
NO_MODEL = Kind(
    "no-model",
    503,
    "No segmentation is published yet",
    "Load sales and train once; then every customer has a segment.",
    retry_after=60,
)
NO_DATABASE = Kind(
    "database-unavailable",
    503,
    "The database cannot be read now",
    "Try again after the seconds that Retry-After gives.",
    retry_after=5,
)
NOT_READY = Kind("not-ready", 503, "The service is not ready", "errors names what is missing.", retry_after=5)
KINDS: Final = (
    NO_EXPORT_TARGET,
    TOO_MANY_RUNS,
    *(UNKNOWN_ERASURE, ERASURE_NOT_CONFIGURED),
    *(UNKNOWN_WEBHOOK, UNKNOWN_DELIVERY, WEBHOOK_INACTIVE, TOO_MANY_WEBHOOKS, ADDRESS_REFUSED),
    *(
        UNREADABLE,
        INVALID_CURSOR,
        UNAUTHORIZED,
        INSUFFICIENT_SCOPE,
        NOT_FOUND,
        UNKNOWN_CUSTOMER,
        UNKNOWN_SEGMENT,
        NOT_YET,
        UNKNOWN_RUN,
    ),
    *(
        UNKNOWN_EXPORT,
        UNKNOWN_FILE,
        NOT_ALLOWED,
        HAS_ENDED,
        NOTHING_CHOSEN,
        TOO_LARGE,
        INVALID,
        KEY_REUSED,
        IMPOSSIBLE_SALES,
        TOO_MANY,
        INTERNAL,
        NO_MODEL,
        NO_DATABASE,
        NOT_READY,
    ),
)
BY_STATUS: Final = {
    kind.status: kind for kind in (UNREADABLE, UNAUTHORIZED, NOT_FOUND, NOT_ALLOWED, TOO_LARGE, INVALID)
}


def sentence(error: Exception) -> str:
    """Return the message of an error as a sentence: a capital at its start, a full stop at its end."""
    text = str(error)
    return f"{text[:1].upper()}{text[1:]}."


class Problem(Exception):  # the RFC's word for what the client is told
    """Raised where a request cannot be answered; the handlers make the document of it."""

    def __init__(
        self,
        kind: Kind,
        detail: str | None = None,
        *,
        errors: Sequence[Mapping[str, Any]] = (),
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(detail or kind.title)
        self.kind, self.detail, self.errors = kind, detail, errors
        self.headers = dict(headers or {})

    def response(self, scope: Scope) -> JSONResponse:
        """The answer, for the request of this ASGI scope."""
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
    """The client's own words in quotes, shortened."""
    return repr(text if len(text) <= LONGEST_ECHO else f"{text[:LONGEST_ECHO]}…")


def handle_problems(app: FastAPI) -> None:
    """Make every error that reaches the app's handlers a problem document."""
    app.add_exception_handler(Problem, _of_problem)
    app.add_exception_handler(RegularsError, _of_ours)
    app.add_exception_handler(RequestValidationError, _of_validation)
    app.add_exception_handler(HTTPException, _of_http)


async def _of_problem(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, Problem)  # noqa: S101  # registered for no other class
    return error.response(request.scope)


async def _of_ours(request: Request, error: Exception) -> JSONResponse:
    if not isinstance(error, Retriable | DatabaseUnusable):
        raise error
    # The message names hosts and users, which are the operator's business.
    log.warning("%s %s: %s", request.method, quote(request.scope["path"]), error)
    return Problem(NO_DATABASE).response(request.scope)


async def _of_http(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, HTTPException)  # noqa: S101  # registered for no other class
    phrase = HTTPStatus(error.status_code).phrase
    kind = BY_STATUS.get(error.status_code) or Kind("http-error", error.status_code, phrase, "")
    detail = None if error.detail == phrase else error.detail
    return Problem(kind, detail, headers=error.headers).response(request.scope)


async def _of_validation(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, RequestValidationError)  # noqa: S101  # registered for no other class
    errors = [_place(found) for found in error.errors()]
    first = errors[0]
    where = first.get("parameter") or first.get("header") or f"body {first.get('pointer')}"
    return Problem(INVALID, f"{where}: {first['detail']}", errors=errors).response(request.scope)


def _place(found: Mapping[str, Any]) -> dict[str, str]:
    place, *path = found["loc"]
    message = found["msg"]
    if found["type"] == "json_invalid":
        return {"detail": f"no JSON from character {path[0]} on: {found['ctx']['error']}", "pointer": "#"}
    if place == "body":
        tokens = [quote(str(part).replace("~", "~0").replace("/", "~1"), safe="~") for part in path]
        return {"detail": message, "pointer": "#" + "".join(f"/{token}" for token in tokens)}
    # What follows the name is the position in a list of values.
    return {"detail": message, "header" if place == "header" else "parameter": str(path[0])}
