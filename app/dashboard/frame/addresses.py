"""Addresses of pages: paths below the root path of a proxy, and query strings."""

from typing import Any, Final
from urllib.parse import quote, urlencode

from jinja2 import Undefined

from app.segments.model.segment_table.rows import SchemeName

DEFAULT_SCHEME: Final[SchemeName] = "kmeans"


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
    return f"/customers/{quote(customer_id, safe='')}"


def customer_lineage_path(customer_id: str) -> str:
    """Return the path of the page of a customer's lineage."""
    return f"/lineage{customer_path(customer_id)}"


def run_path(run_id: object) -> str:
    """Return the path of the page of a run."""
    return f"/runs/{run_id}"
