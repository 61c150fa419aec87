"""Pages for problems, and the page of an empty database."""

import logging
from collections.abc import Mapping
from typing import Any, Final

from starlette.requests import Request

from app.api.core.problems import INTERNAL, NO_DATABASE, NO_MODEL, Problem, ProblemKind
from app.api.middleware.request_ids import request_id
from app.dashboard.frame.addresses import sent_path
from app.dashboard.frame.page import PageContent
from app.errors import DatabaseUnusable, Retriable

REMEDIES: Final[Mapping[int, str]] = {
    401: "Sign in with an API key.",
    403: "Sign in with a key that has the scope, or ask the operator for one.",
    404: "Check the address, or start from the overview.",
    405: "Start from the overview.",
    422: "Correct the filters named above, or open the page without them.",
    429: "Wait a moment, then reload the page.",
    500: "Reload the page; if the problem persists, send the operator the request id below.",
    503: "Reload the page in a few seconds. If the database stays away, start it, or `regulars up`, again.",
}
"""Remedies for readers of pages; those of the kinds address clients of the API."""
log = logging.getLogger("regulars.dashboard")


def problem_of(request: Request, error: Exception) -> Problem:
    """Return the problem for an exception, and log the details for the operator."""
    if isinstance(error, Problem):
        return error
    if isinstance(error, Retriable | DatabaseUnusable):
        log.warning("%s %r: %s", request.method, request.url.path, error)
        return Problem(NO_DATABASE)
    log.error("%s %r failed", request.method, request.url.path, exc_info=error)
    return Problem(INTERNAL)


def page_of(request: Request, problem: Problem) -> PageContent:
    """Return the page of a problem; before the first publication, the page of an empty database."""
    if problem.kind is NO_MODEL:
        return PageContent("empty.html", "No segments yet", {"reason": problem.detail})
    kind = problem.kind
    retry = {"Retry-After": str(kind.retry_after)} if kind.retry_after else {}
    return PageContent(
        "error.html",
        kind.title,
        {
            "status": kind.status,
            "detail": problem.detail,
            "remedy": _remedy(kind),
            "errors": [_entry(error) for error in problem.errors],
            "request_id": request_id(),
            "without_filters": _without_filters(request),
        },
        status=kind.status,
        headers={**retry, **{name: value for name, value in problem.headers.items() if name != "WWW-Authenticate"}},
    )


def _without_filters(request: Request) -> str | None:
    path = sent_path(request)
    is_filtered = request.url.query and request.method == "GET"
    return path if is_filtered and not path.startswith("//") else None  # `//host` is an address of another server


def _remedy(kind: ProblemKind) -> str:
    return REMEDIES.get(kind.status, kind.remedy)


def _entry(error: Mapping[str, Any]) -> tuple[str, str]:
    return str(error.get("parameter", "")), str(error["detail"])
