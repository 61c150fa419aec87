"""Segmentation scheme of a page, by its query string."""

from typing import Annotated, Final

from pydantic import Field

from app.api.core.dependencies import SCHEMES, SchemeName
from app.dashboard.frame.page_request import PageQuery, PageRequest
from app.dashboard.frame.rendering import address

LEFT_OUT: Final = frozenset({"scheme", "segment", "from_segment", "to_segment", "cursor"})


class SchemeQuery(PageQuery):
    """Query string of a page about one scheme."""

    scheme: Annotated[SchemeName, Field(description="Segmentation scheme.")] = "kmeans"


def scheme_links(request: PageRequest) -> dict[str, str]:
    """Return the address of the page in each scheme; filters by segments belong to one scheme and are left out."""
    root = request.http.scope.get("root_path", "")
    kept = {name: values for name, values in request.filters.items() if name not in LEFT_OUT}
    return {
        scheme: address(root, request.path, **{**kept, "scheme": None if scheme == "kmeans" else scheme})
        for scheme in SCHEMES
    }
