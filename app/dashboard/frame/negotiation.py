"""Content negotiation between pages for browsers and JSON for clients of the API."""

from typing import Final

HTML: Final = frozenset({"text/html", "application/xhtml+xml"})
JSON: Final = frozenset({"application/json", "application/problem+json"})


def prefers_html(accept: str) -> bool:
    """Return whether an Accept header names HTML, and not JSON with a higher weight; `*/*` does not name it."""
    weights = [_weighted(part) for part in accept.split(",")]
    html = max((weight for name, weight in weights if name in HTML), default=0.0)
    json = max((weight for name, weight in weights if name in JSON), default=0.0)
    return html > 0 and html >= json


def _weighted(part: str) -> tuple[str, float]:
    name, *parameters = (each.strip().lower() for each in part.split(";"))
    weight = next((each.removeprefix("q=") for each in parameters if each.startswith("q=")), "1")
    try:
        return name, min(max(float(weight), 0.0), 1.0)
    except ValueError:
        return name, 0.0
