"""Addresses of pages: paths below the root path of a proxy, and query strings."""

from typing import Any, Final
from urllib.parse import quote, urlencode

from jinja2 import Undefined
from starlette.requests import Request

from app.segments.model.schemes import SchemeName

DEFAULT_SCHEME: Final[SchemeName] = "kmeans"
PATH_CHARACTERS: Final = "/%:@!$&'()*+,;=[]"
"""Characters that a path has besides letters, digits and `-._~`."""
DOTS: Final = frozenset({".", ".."})
"""Ids that browsers remove from paths, percent-encoded too."""
ID_OF_DOTS: Final = "/id-"
"""End of a path that an id of dots follows."""


def address(root: str, path: str, /, **query: Any) -> str:
    """Return a URL of this server: a path below the root path of a proxy, and a query string.

    Empty values and the default scheme are left out.
    """
    # An inline `if` of a template without `else` is Undefined.
    kept = {name.rstrip("_"): value for name, value in query.items() if not isinstance(value, Undefined)}
    if kept.get("scheme") in (DEFAULT_SCHEME, [DEFAULT_SCHEME]):
        del kept["scheme"]
    given = {name: value for name, value in kept.items() if value not in (None, "", [])}
    return f"{root}{quote(path, safe='/%')}" + (f"?{urlencode(given, doseq=True)}" if given else "")


def customer_path(customer_id: str) -> str:
    """Return the path of the page of a customer."""
    return _of_customer("/customers", "/customer", customer_id)


def customer_lineage_path(customer_id: str) -> str:
    """Return the path of the page of a customer's lineage."""
    return _of_customer("/lineage/customers", "/lineage/customer", customer_id)


def run_path(run_id: object) -> str:
    """Return the path of the page of a run."""
    return f"/runs/{run_id}"


def sent_path(request: Request) -> str:
    """Return the path of a request as it was sent, percent-encoded, with the root path of a proxy.

    The decoded path does not show which slashes belong to an id.
    """
    raw = request.scope.get("raw_path")
    return quote(raw if raw is not None else request.url.path, safe=PATH_CHARACTERS)


def _of_customer(path: str, path_of_dots: str, customer_id: str) -> str:
    if customer_id in DOTS:
        return f"{path_of_dots}{ID_OF_DOTS}{customer_id}"
    return f"{path}/{quote(customer_id, safe='')}"
