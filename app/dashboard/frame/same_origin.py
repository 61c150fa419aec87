"""Protection against forms of other sites (CSRF), in addition to the SameSite cookie."""

from typing import Final
from urllib.parse import urlsplit

from starlette.requests import Request

from app.api.core.problems import Problem, ProblemKind

OTHER_SITE: Final = ProblemKind(
    "cross-site-request", 403, "Request of another site refused", "Open the page of the dashboard and submit it there."
)


def check_same_origin(request: Request) -> None:
    """Raise Problem unless the browser says that a page of this server sent the request.

    Sec-Fetch-Site decides where the browser sends it (over HTTPS and to this machine), else Origin. Every browser sends
    one of them with a form.
    """
    site = request.headers.get("Sec-Fetch-Site")
    if site is not None:
        is_same = site == "same-origin"
    else:
        is_same = _host(request.headers.get("Origin", "")) == request.headers.get("Host", "").lower()
    if not is_same or not request.headers.get("Host"):
        raise Problem(OTHER_SITE)


def _host(origin: str) -> str | None:
    try:
        return urlsplit(origin).netloc.lower()
    except ValueError:  # brackets without an IPv6 address
        return None
